#Requires -Version 5.1
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath 'Check.psm1')
Import-Module -Name (Join-Path -Path $env:ADSYNC_TEST_SCRIPTS -ChildPath 'Adsync')

# Registration with the stand-in for Task Scheduler, which keeps its tasks below ADSYNC_TEST_TASKS.
if (-not (Get-Module -Name 'ScheduledTasks' -ListAvailable)) {
    'skip there is no module ScheduledTasks'
    'done'
    exit 0
}
$task = @{ TaskPath = '\adsync\'; TaskName = 'sandbox' }
$register = 'Register-AdsyncTask.ps1'

function Get-Definition {
    <#
    .SYNOPSIS
    Returns the XML of the registered task.
    #>
    [xml] (Export-ScheduledTask @task)
}

function Get-Registered {
    <#
    .SYNOPSIS
    Says whether adsync takes the schedule for registered.
    #>
    (Invoke-Adsync -ArgumentList 'schedule', 'show').registered
}

Test-Case '-WhatIf registers nothing and keeps the schedule' {
    $done = Invoke-Script $register @{ Daily = '03:30'; WhatIf = $true }
    Assert-Equal 0 $done.Code $done.Text
    Assert-Equal $null (Get-ScheduledTask @task -ErrorAction SilentlyContinue)
    Assert-Equal 'every' (Invoke-Adsync -ArgumentList 'schedule', 'show').schedule.mode
}

Test-Case 'the schedule of the configuration is registered for SYSTEM' {
    Assert-Equal $false (Get-Registered)
    $done = Invoke-Script $register @{ Confirm = $false }
    Assert-Equal 0 $done.Code $done.Text
    Assert-Equal $true $done.Text.Contains('\adsync\sandbox') $done.Text
    Assert-Equal 'S-1-5-18' (Get-ScheduledTask @task).Principal.UserId
    Assert-Equal $true (Get-Registered)
}

Test-Case 'the registered action ends as adsync does: 0' {
    Start-ScheduledTask @task
    Assert-Equal 0 (Get-ScheduledTaskInfo @task).LastTaskResult
}

Test-Case 'the registered action ends as adsync does: 11' {
    $null = Invoke-Adsync -ArgumentList 'sandbox', 'change', 'delete', ('Hugo M{0}ller' -f [char] 0xFC)
    Start-ScheduledTask @task
    Assert-Equal 11 (Get-ScheduledTaskInfo @task).LastTaskResult
}

Test-Case '-Daily with -Days replaces it' {
    $done = Invoke-Script $register @{ Daily = '02:00', '14:30'; Days = 'mon', 'fri'; Confirm = $false }
    Assert-Equal 0 $done.Code $done.Text
    $triggers = (Get-Definition).Task.Triggers.CalendarTrigger
    Assert-Equal 2 @($triggers).Count
    Assert-Equal $true ($triggers[1].StartBoundary -like '*T14:30:00*') $triggers[1].StartBoundary
    Assert-Equal $true ($null -ne $triggers[0].ScheduleByWeek) 'by week'
}

Test-Case '-Every replaces it' {
    $there = @{ Profile = 'sandbox'; HomePath = $env:ADSYNC_HOME }
    $done = Invoke-Script $register ($there + @{ Every = '2h'; Confirm = $false })
    Assert-Equal 0 $done.Code $done.Text
    Assert-Equal $true ((Export-ScheduledTask @task) -match 'PT120M') 'the interval'
}

Test-Case 'an account of its own needs its password' {
    $secret = New-Object -TypeName System.Security.SecureString
    $secret.AppendChar('x')
    $words = [Environment]::UserName, $secret
    $credential = New-Object -TypeName System.Management.Automation.PSCredential -ArgumentList $words
    $done = Invoke-Script $register @{ Credential = $credential; Confirm = $false }
    Assert-Equal 0 $done.Code $done.Text
    $principal = (Get-ScheduledTask @task).Principal
    Assert-Equal ([Environment]::UserName) $principal.UserId
    Assert-Equal 'Password' $principal.LogonType
    $done = Invoke-Script $register @{ Account = 'SYSTEM'; Confirm = $false }
    Assert-Equal 0 $done.Code $done.Text
    Assert-Equal 'S-1-5-18' (Get-ScheduledTask @task).Principal.UserId
}

Test-Case 'a schedule that adsync refuses ends with its code' {
    $done = Invoke-Script $register @{ Daily = '25:00'; Confirm = $false }
    Assert-Equal 80 $done.Code $done.Text
    Assert-Equal $true (Get-Registered)
}

Test-Case '-Remove removes the task and keeps the schedule' {
    $done = Invoke-Script $register @{ Remove = $true; WhatIf = $true }
    Assert-Equal 'sandbox' (Get-ScheduledTask @task).TaskName
    $done = Invoke-Script $register @{ Remove = $true; Confirm = $false }
    Assert-Equal 0 $done.Code $done.Text
    Assert-Equal $null (Get-ScheduledTask @task -ErrorAction SilentlyContinue)
    Assert-Equal 'every' (Invoke-Adsync -ArgumentList 'schedule', 'show').schedule.mode
    Assert-Equal $false (Get-Registered)
}

Test-Case '-Never removes the task and the schedule' {
    $null = Invoke-Script $register @{ Confirm = $false }
    $done = Invoke-Script $register @{ Never = $true; Confirm = $false }
    Assert-Equal 0 $done.Code $done.Text
    Assert-Equal $null (Get-ScheduledTask @task -ErrorAction SilentlyContinue)
    Assert-Equal 'never' (Invoke-Adsync -ArgumentList 'schedule', 'show').schedule.mode
    Assert-Equal $true (Get-Registered)
    $done = Invoke-Script $register @{ Confirm = $false }
    Assert-Equal 0 $done.Code $done.Text
    Assert-Equal $null (Get-ScheduledTask @task -ErrorAction SilentlyContinue)
}

'done'
exit 0
