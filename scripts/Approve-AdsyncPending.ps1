#Requires -Version 5.1
<#
.SYNOPSIS
Shows the plan that waits for a person, and approves it when the question is answered with yes.
.PARAMETER Id
The plan; left out, the one that status names as pending.
.PARAMETER Comment
Why; it stays with the approval.
.PARAMETER Apply
Carries the plan out once it is approved.
.PARAMETER Profile
The profile; left out, the environment decides.
.PARAMETER HomePath
The folder of the profiles; left out, the environment decides.
.EXAMPLE
.\Approve-AdsyncPending.ps1 -Comment 'reviewed with the service desk' -Apply
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
param(
    [Alias('Plan', 'Run')]
    [string] $Id,

    [string] $Comment,

    [switch] $Apply,

    [string] $Profile,

    [string] $HomePath
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath 'Adsync')

$common = @{}
foreach ($name in 'Profile', 'HomePath') {
    if ($PSBoundParameters.ContainsKey($name)) {
        $common[$name] = $PSBoundParameters[$name]
    }
}

try {
    if (-not $Id) {
        $status = Get-AdsyncStatus @common
        if ($null -eq $status.pending) {
            'Nothing waits for an approval.'
            exit 0
        }
        $Id = $status.pending.plan
    }

    $plan = Get-AdsyncPlan -Id $Id @common
    $plan.changes | Format-Table -Property action, kind, name, @{ Name = 'cause'; Expression = { $_.cause.text } }
    $question = 'plan {0} with {1} changes, {2} removals among them' -f $plan.id, @($plan.changes).Count,
        $plan.summary.remove.total
    if (-not $PSCmdlet.ShouldProcess($question, 'approve')) {
        exit 0
    }

    $words = @{ Id = $plan.id; Confirm = $false }
    if ($Comment) {
        $words['Comment'] = $Comment
    }
    $approval = Approve-AdsyncPlan @words @common
    'Approved until {0}' -f $approval.until
    if (-not $Apply) {
        exit 0
    }

    $run = Invoke-AdsyncPlan -Id $plan.id -Confirm:$false @common
    $code = $LASTEXITCODE
    'Run {0}: {1}, {2} done, {3} failed' -f $run.id, $run.outcome, $run.summary.done, $run.summary.failed
    exit $code
} catch {
    if ($_.FullyQualifiedErrorId -notlike 'adsync.*') {
        throw
    }
    Write-Warning -Message $_.ErrorDetails.Message
    exit $LASTEXITCODE
}
