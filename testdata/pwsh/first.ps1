#Requires -Version 5.1
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath 'Check.psm1')
Import-Module -Name (Join-Path -Path $env:ADSYNC_TEST_SCRIPTS -ChildPath 'Adsync')

# The ready scripts up to the first approval: the first run is a person's.
Test-Case 'the preview ends with 11 while something waits' {
    $preview = Invoke-Script 'Invoke-AdsyncPreview.ps1'
    Assert-Equal 11 $preview.Code
    foreach ($part in 'Julia Weber', 'create user', '2 held', 'adsync approve ', 'user.emailDuplicate') {
        Assert-Equal $true $preview.Text.Contains($part) $part
    }
    $script = Join-Path -Path $env:ADSYNC_TEST_SCRIPTS -ChildPath 'Invoke-AdsyncPreview.ps1'
    $plan = & $script -PassThru -Only 'julia.weber@corp.example'
    Assert-Equal 11 $LASTEXITCODE
    Assert-Equal $true ($plan.changes.Count -lt 20) 'changes'
}

Test-Case 'the preview forwards an error' {
    $preview = Invoke-Script 'Invoke-AdsyncPreview.ps1' @{ Profile = 'nobody' }
    Assert-Equal 40 $preview.Code
    Assert-Equal $true $preview.Text.Contains('config.') $preview.Text
}

Test-Case 'the scheduled run does nothing while the schedule is never' {
    $before = @(Get-AdsyncPlan).Count
    $run = Invoke-Script 'Invoke-AdsyncScheduledRun.ps1'
    Assert-Equal 0 $run.Code $run.Text
    Assert-Equal $before @(Get-AdsyncPlan).Count 'plans'
    $step = Invoke-Adsync -ArgumentList 'preview', '--scheduled'
    Assert-Equal 'schedule.never' $step.skipped.code
}

Test-Case 'duplicate addresses are settled in the directory' {
    $words = 'sandbox', 'change', 'mail', 'Julia Weber-Klein', 'julia.klein@corp.example'
    $null = Invoke-Adsync -ArgumentList $words
    Assert-Equal 0 (New-AdsyncPlan).holds.Count
    Assert-Equal 0 $LASTEXITCODE
    Assert-Equal 0 (Invoke-Script 'Invoke-AdsyncPreview.ps1').Code
}

Test-Case 'a scheduled run without an enrolled policy key ends with 12' {
    $null = Invoke-Adsync -ArgumentList 'schedule', 'set', '--every=4h'
    $run = Invoke-Script 'Invoke-AdsyncScheduledRun.ps1'
    Assert-Equal 12 $run.Code $run.Text
    Assert-Equal $true $run.Text.Contains('approval.signer') $run.Text
}

Test-Case 'the first scheduled run is held for a person' {
    $null = Invoke-Adsync -ArgumentList 'approver', 'enroll', '--policy-only'
    $run = Invoke-Script 'Invoke-AdsyncScheduledRun.ps1' @{ Profile = 'sandbox'; HomePath = $env:ADSYNC_HOME }
    Assert-Equal 11 $run.Code $run.Text
    Assert-Equal $false @(Get-AdsyncPlan)[0].approved
    Assert-Equal $true ((Get-AdsyncStatus).pending.changes -gt 200) 'what waits'
    Assert-Equal 0 @(Get-AdsyncRun | Where-Object { $_.outcome -ne 'failed' }).Count 'runs'
}

Test-Case '-WhatIf of Approve-AdsyncPending approves nothing' {
    $approve = Invoke-Script 'Approve-AdsyncPending.ps1' @{ WhatIf = $true; Apply = $true }
    Assert-Equal 0 $approve.Code $approve.Text
    Assert-Equal $false @(Get-AdsyncPlan)[0].approved
}

Test-Case 'Approve-AdsyncPending shows and approves the plan' {
    $approve = Invoke-Script 'Approve-AdsyncPending.ps1' @{ Comment = 'the first "run"'; Confirm = $false }
    Assert-Equal 0 $approve.Code $approve.Text
    Assert-Equal $true $approve.Text.Contains('Approved until ') $approve.Text
    Assert-Equal $true $approve.Text.Contains('Bauer') $approve.Text
    Assert-Equal $true @(Get-AdsyncPlan)[0].approved
}

'done'
exit 0
