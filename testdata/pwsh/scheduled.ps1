#Requires -Version 5.1
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath 'Check.psm1')
Import-Module -Name (Join-Path -Path $env:ADSYNC_TEST_SCRIPTS -ChildPath 'Adsync')

# Scheduled runs, after a process was killed in the middle of carrying out the first plan.
Test-Case 'the record of the killed run can be read' {
    $run = @(Get-AdsyncRun)[0]
    Assert-Equal 'interrupted' $run.outcome
    $whole = $run | Get-AdsyncRun
    Assert-Equal 0 $LASTEXITCODE
    Assert-Equal $run.id $whole.id
    Assert-Equal $true ($whole.results.Count -gt 0) 'results'
}

Test-Case 'a scheduled run goes on with what was interrupted' {
    $before = @(Get-AdsyncRun)
    $run = Invoke-Script 'Invoke-AdsyncScheduledRun.ps1'
    Assert-Equal 0 $run.Code $run.Text
    $after = @(Get-AdsyncRun)
    Assert-Equal $before.Count $after.Count 'runs'
    Assert-Equal $before[0].id $after[0].id
    Assert-Equal 'done' $after[0].outcome
    Assert-Equal 0 (New-AdsyncPlan -NoSave).changes.Count 'changes that are left'
}

Test-Case 'a hire is approved by policy and applied' {
    $null = Invoke-Adsync -ArgumentList 'sandbox', 'change', '--scenario', 'hires'
    $run = Invoke-Script 'Invoke-AdsyncScheduledRun.ps1'
    Assert-Equal 0 $run.Code $run.Text
    $record = @(Get-AdsyncRun)[0] | Get-AdsyncRun
    Assert-Equal 'done' $record.outcome
    Assert-Equal $true ($record.summary.done -ge 5) 'changes done'
    Assert-Equal 0 (New-AdsyncPlan -NoSave).changes.Count 'changes that are left'
}

Test-Case 'nothing to do is 0' {
    $before = @(Get-AdsyncRun).Count
    $run = Invoke-Script 'Invoke-AdsyncScheduledRun.ps1'
    Assert-Equal 0 $run.Code $run.Text
    Assert-Equal $before @(Get-AdsyncRun).Count 'runs'
}

Test-Case 'the pipeline goes from the plan to its run' {
    $null = Invoke-Adsync -ArgumentList 'sandbox', 'change', '--scenario', 'marriage'
    $yes = @{ Confirm = $false }
    $run = New-AdsyncPlan | Approve-AdsyncPlan @yes -Comment 'married' | Invoke-AdsyncPlan @yes
    Assert-Equal 0 $LASTEXITCODE
    Assert-Equal 'done' $run.outcome
    Assert-Equal $run.summary.done $run.results.Count
    Assert-Equal $run.id ($run | Get-AdsyncRun).id
    Assert-Equal $run.id (Resume-AdsyncRun -Confirm:$false).id
    Assert-Equal 0 $LASTEXITCODE
    Assert-Equal $run.id (Get-AdsyncStatus).lastRun.id
}

Test-Case 'removals wait for a person' {
    $null = Invoke-Adsync -ArgumentList 'sandbox', 'change', '--scenario', 'leavers'
    $run = Invoke-Script 'Invoke-AdsyncScheduledRun.ps1'
    Assert-Equal 11 $run.Code $run.Text
    Assert-Equal 3 (Get-AdsyncStatus).pending.removals
}

Test-Case 'what a person approved is applied by the next scheduled run' {
    $approve = Invoke-Script 'Approve-AdsyncPending.ps1' @{ Confirm = $false }
    Assert-Equal 0 $approve.Code $approve.Text
    $run = Invoke-Script 'Invoke-AdsyncScheduledRun.ps1'
    Assert-Equal 0 $run.Code $run.Text
    Assert-Equal $null (Get-AdsyncStatus).pending
}

Test-Case 'Approve-AdsyncPending -Apply carries the plan out' {
    $null = Invoke-Adsync -ArgumentList 'sandbox', 'change', '--scenario', 'absence'
    Assert-Equal 0 (Invoke-Script 'Invoke-AdsyncPreview.ps1').Code
    $approve = Invoke-Script 'Approve-AdsyncPending.ps1' @{ Confirm = $false; Apply = $true; Comment = 'seen' }
    Assert-Equal 0 $approve.Code $approve.Text
    Assert-Equal $true $approve.Text.Contains('done, 0 failed') $approve.Text
    $approve = Invoke-Script 'Approve-AdsyncPending.ps1' @{ Confirm = $false; Apply = $true }
    Assert-Equal 'Nothing waits for an approval.' $approve.Text.Trim()
}

Test-Case 'a refused credential ends with 22, and is no trouble once it is right' {
    $secret = New-Object -TypeName System.Security.SecureString
    $secret.AppendChar('x')
    $words = 'svc-adsync@corp.example', $secret
    $credential = New-Object -TypeName System.Management.Automation.PSCredential -ArgumentList $words
    $null = Set-AdsyncCredential -Purpose 'directory' -Credential $credential
    $run = Invoke-Script 'Invoke-AdsyncScheduledRun.ps1'
    Assert-Equal 22 $run.Code $run.Text
    Assert-Equal $true $run.Text.Contains('directory.bind.refused') $run.Text
    $record = @(Get-AdsyncRun)[0]
    Assert-Equal 'failed' $record.outcome
    Assert-Equal 'directory.bind.refused.password' ($record | Get-AdsyncRun).error.code
    Assert-Equal 0 $LASTEXITCODE
    $null = Invoke-Adsync -ArgumentList 'sandbox', 'start'
    $run = Invoke-Script 'Invoke-AdsyncScheduledRun.ps1'
    Assert-Equal 0 $run.Code $run.Text
}

'done'
exit 0
