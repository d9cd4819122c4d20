#Requires -Version 5.1
<#
.SYNOPSIS
One scheduled run: go on with what was interrupted, apply what a person approved, preview, approve by policy,
apply that.
.DESCRIPTION
Made for Task Scheduler. Ends with the first, in adsync's order of precedence, of the exit codes of its steps,
so that the task's last run result tells the truth: 11 when something waits for a person. What waits for a
person, or did not succeed for single objects, does not keep the later steps back; any other failure does.
.PARAMETER Profile
The profile; left out, the environment decides.
.PARAMETER HomePath
The folder of the profiles; left out, the environment decides.
.EXAMPLE
powershell.exe -NoProfile -NonInteractive -File .\Invoke-AdsyncScheduledRun.ps1 -Profile default
#>
[CmdletBinding()]
param(
    [string] $Profile,

    [string] $HomePath
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath 'Adsync')

$common = $PSBoundParameters
$precedence = 130, 80, 40, 30, 22, 23, 20, 21, 1, 12, 13, 14, 11, 10, 0
$goOn = 0, 10, 11, 12, 13, 14
$codes = New-Object -TypeName System.Collections.ArrayList

function Get-WorstCode {
    <#
    .SYNOPSIS
    Returns the first of the codes in the order of precedence; a code that is not in it counts as failed.
    #>
    [CmdletBinding()]
    [OutputType([int])]
    param(
        [Parameter(Mandatory)]
        [int[]] $Code
    )

    foreach ($known in $precedence) {
        foreach ($seen in $Code) {
            if ($seen -eq $known -or ($known -eq 1 -and $precedence -notcontains $seen)) {
                return $seen
            }
        }
    }
}

function Invoke-Step {
    <#
    .SYNOPSIS
    Runs one step, prints what came of it, and ends the script when the later steps make no sense any more.
    #>
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)]
        [string[]] $Word
    )

    $document = $null
    try {
        $words = $Word + '--scheduled', '--no-input'
        $document = Invoke-Adsync -ArgumentList $words -ByLine:($Word[0] -ne 'approve') @common
        $code = $LASTEXITCODE
    } catch {
        if ($_.FullyQualifiedErrorId -notlike 'adsync.*') {
            throw
        }
        $code = $LASTEXITCODE
        $document = $_.TargetObject
        Write-Warning -Message ('{0}: {1}' -f ($Word -join ' '), $_.ErrorDetails.Message)
    }
    $null = $codes.Add($code)
    Write-Information -MessageData ('{0}: {1}' -f ($Word -join ' '), $code) -InformationAction Continue
    if ($goOn -notcontains $code) {
        exit (Get-WorstCode -Code $codes.ToArray())
    }

    $document
}

$null = Invoke-Step -Word 'run', 'resume'
$null = Invoke-Step -Word 'apply'
$plan = Invoke-Step -Word 'preview'
if ($null -ne $plan -and $plan.PSObject.Properties['id']) {
    $null = Invoke-Step -Word 'approve', $plan.id, '--policy'
    $null = Invoke-Step -Word 'apply', $plan.id
}
exit (Get-WorstCode -Code $codes.ToArray())
