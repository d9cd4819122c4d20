#Requires -Version 5.1
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath 'Check.psm1')
Import-Module -Name (Join-Path -Path $env:ADSYNC_TEST_SCRIPTS -ChildPath 'Adsync')

# What asks, with the answers no, no, no and yes on standard input.
$plan = @(Get-AdsyncPlan)[0]

Test-Case 'a no approves nothing' {
    Assert-Equal $null ($plan | Approve-AdsyncPlan -Confirm)
    Assert-Equal $null ($plan | Approve-AdsyncPlan)
    Assert-Equal $false @(Get-AdsyncPlan)[0].approved
}

Test-Case 'a no to the script approves nothing' {
    Assert-Equal 0 (Invoke-Script 'Approve-AdsyncPending.ps1' @{ Comment = 'no' }).Code
    Assert-Equal $false @(Get-AdsyncPlan)[0].approved
}

Test-Case 'a yes approves' {
    Assert-Equal $plan.id ($plan | Approve-AdsyncPlan).plan
    $null = Invoke-Adsync -ArgumentList 'revoke', $plan.id
}

'done'
exit 0
