#Requires -Version 5.1
<#
.SYNOPSIS
Shows what would change in Sophos Central, and keeps it as a plan to be approved.
.DESCRIPTION
Reads the directory and Sophos Central, prints one line for each change and each hold, and what can be done
next. Ends with adsync's exit code: 0 when all could be planned, 11 when something waits for a person.
.PARAMETER Only
People or groups to plan for, by mail address, account, name, DN, SID or GUID.
.PARAMETER PassThru
Returns the plan instead of the lines.
.PARAMETER Profile
The profile; left out, the environment decides.
.PARAMETER HomePath
The folder of the profiles; left out, the environment decides.
.EXAMPLE
.\Invoke-AdsyncPreview.ps1
#>
[CmdletBinding()]
param(
    [string[]] $Only,

    [switch] $PassThru,

    [string] $Profile,

    [string] $HomePath
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath 'Adsync')

$words = @{}
foreach ($name in 'Only', 'Profile', 'HomePath') {
    if ($PSBoundParameters.ContainsKey($name)) {
        $words[$name] = $PSBoundParameters[$name]
    }
}

try {
    $plan = New-AdsyncPlan @words
} catch {
    if ($_.FullyQualifiedErrorId -notlike 'adsync.*') {
        throw
    }
    Write-Warning -Message $_.ErrorDetails.Message
    exit $LASTEXITCODE
}
$code = $LASTEXITCODE

if ($PassThru) {
    $plan
    exit $code
}

$line = @{ Name = 'change'; Expression = { '{0} {1}' -f $_.action, $_.kind } }
$group = @{ Name = 'group'; Expression = { if ($_.PSObject.Properties['group']) { $_.group.name } } }
$cause = @{ Name = 'cause'; Expression = { $_.cause.text } }
$rule = @{ Name = 'held because'; Expression = { $_.rule.text } }
'Plan {0}' -f $plan.id
$plan.changes | Format-Table -Property $line, name, $group, $cause -AutoSize
$plan.holds | Format-Table -Property $line, name, $group, $rule -AutoSize
$plan.warnings | Format-Table -Property code, name, text -AutoSize
'{0} changes, {1} held, {2} warnings' -f @($plan.changes).Count, $plan.summary.held.total, @($plan.warnings).Count
foreach ($step in $plan.next) {
    '{0}  # {1}' -f $step.command, $step.why
}
exit $code
