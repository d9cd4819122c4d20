#Requires -Version 5.1
<#
.SYNOPSIS
Registers the scheduled task of a profile, \adsync\<profile>, or removes it.
.DESCRIPTION
Sets the schedule where one is given, enrols the policy key of this account, and registers the task that
adsync describes. Run it as administrator. A task of SYSTEM uses the secrets and the policy key that were
stored as SYSTEM.
.PARAMETER Daily
Times of day, for example 02:00.
.PARAMETER Days
The days of the week on which the daily times count, for example mon, tue.
.PARAMETER Every
The time between two runs, for example 4h.
.PARAMETER Never
Never by itself: only when it is started by hand. A registered task is removed.
.PARAMETER Account
The account of the task: SYSTEM, or the account that runs this script. Left out, it is that of -Credential,
otherwise what the configuration holds.
.PARAMETER Credential
Name and password of that account, where it is not SYSTEM; asked for when left out.
.PARAMETER Remove
Removes the task; the schedule stays in the configuration.
.PARAMETER Profile
The profile; left out, the environment decides.
.PARAMETER HomePath
The folder of the profiles; left out, the environment decides.
.EXAMPLE
.\Register-AdsyncTask.ps1 -Daily '02:00' -Days mon, tue, wed, thu, fri
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High', DefaultParameterSetName = 'Kept')]
param(
    [Parameter(Mandatory, ParameterSetName = 'Daily')]
    [string[]] $Daily,

    [Parameter(ParameterSetName = 'Daily')]
    [string[]] $Days,

    [Parameter(Mandatory, ParameterSetName = 'Every')]
    [string] $Every,

    [Parameter(Mandatory, ParameterSetName = 'Never')]
    [switch] $Never,

    [string] $Account,

    [pscredential] $Credential,

    [Parameter(Mandatory, ParameterSetName = 'Remove')]
    [switch] $Remove,

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

function Remove-Task {
    <#
    .SYNOPSIS
    Removes the task, where there is one, and has adsync remember that there is none.
    #>
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)]
        [string] $Name
    )

    if (-not $PSCmdlet.ShouldProcess("\adsync\$Name", 'unregister')) {
        return
    }
    $place = @{ TaskPath = '\adsync\'; TaskName = $Name }
    if (Get-ScheduledTask @place -ErrorAction SilentlyContinue) {
        Unregister-ScheduledTask @place -Confirm:$false -ErrorAction Stop
    }
    $null = Invoke-Adsync -ArgumentList 'schedule', 'set', '--unregistered' @common
}

try {
    $show = Invoke-Adsync -ArgumentList 'schedule', 'show' @common
    $task = $show.task
    $taskName = ($task -split '\\')[-1]
    if (-not $PSCmdlet.ShouldProcess($task, $(if ($Remove) { 'remove' } else { 'register' }))) {
        exit 0
    }
    if ($Remove) {
        Remove-Task -Name $taskName -Confirm:$false
        "Removed $task"
        exit 0
    }

    if ($Credential -and -not $Account) {
        $Account = $Credential.UserName
    }
    if ($Account) {
        $null = Invoke-Adsync -ArgumentList 'config', 'set', 'schedule.account', $Account @common
    }
    $set = @('schedule', 'set')
    if ($Daily) {
        $set += "--daily=$($Daily -join ',')"
        if ($Days) {
            $set += "--days=$($Days -join ',')"
        }
    } elseif ($Every) {
        $set += "--every=$Every"
    } elseif ($Never) {
        $set += '--never'
    }
    if ($set.Count -gt 2) {
        $show = Invoke-Adsync -ArgumentList $set @common
    }
    if ($show.schedule.mode -eq 'never') {
        Remove-Task -Name $taskName -Confirm:$false
        'The schedule is never, so there is no task. -Daily or -Every registers one.'
        exit 0
    }

    $null = Invoke-Adsync -ArgumentList 'approver', 'enroll', '--policy-only' @common
    $script = Join-Path -Path $PSScriptRoot -ChildPath 'Invoke-AdsyncScheduledRun.ps1'
    $definition = Invoke-Adsync -ArgumentList 'schedule', 'xml', "--script=$script" @common

    $register = @{
        TaskPath = '\adsync\'; TaskName = $taskName; Xml = $definition.xml; Force = $true; ErrorAction = 'Stop'
    }
    if ($definition.xml -notmatch '<UserId>S-1-5-18</UserId>') {
        if (-not $Credential) {
            $Credential = Get-Credential -Message "The account of the task $task"
        }
        $register['User'] = $Credential.UserName
        $register['Password'] = $Credential.GetNetworkCredential().Password
    }
    $null = Register-ScheduledTask @register
    $null = Invoke-Adsync -ArgumentList 'schedule', 'set', '--registered' @common
    "Registered $task"
} catch {
    if ($_.FullyQualifiedErrorId -notlike 'adsync.*') {
        throw
    }
    Write-Warning -Message $_.ErrorDetails.Message
    exit $LASTEXITCODE
}
