#Requires -Version 5.1
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath 'Check.psm1')
Import-Module -Name (Join-Path -Path $env:ADSYNC_TEST_SCRIPTS -ChildPath 'Adsync')

# The functions of the module, on a sandbox to which nothing has been applied yet.
$script:plan = $null

Test-Case 'the gate is shut until the credential is validated' {
    $failure = Get-Failure { New-AdsyncPlan }
    Assert-Equal 'adsync.config' $failure.Record.FullyQualifiedErrorId
    Assert-Equal 40 $failure.Code
    Assert-Equal 'config.central.notvalidated' $failure.Record.TargetObject.error.code
    $details = $failure.Record.ErrorDetails.Message
    foreach ($part in $failure.Record.TargetObject.error.message, $failure.Record.TargetObject.error.hint) {
        Assert-Equal $true $details.Contains($part) "'$details' has '$part'"
    }
    Assert-Equal $details $failure.Record.ToString()
}

Test-Case 'Test-AdsyncCentral returns the document' {
    $document = Test-AdsyncCentral
    Assert-Equal 0 $LASTEXITCODE
    Assert-Equal 1 $document.format
    Assert-Equal $true $document.valid
    Assert-Equal 'tenant' $document.credentialKind
    Assert-Equal 36 $document.tenant.id.Length
}

Test-Case 'New-AdsyncPlan returns the plan with its lists' {
    $script:plan = New-AdsyncPlan
    Assert-Equal 11 $LASTEXITCODE
    Assert-Equal 32 $script:plan.id.Length
    Assert-Equal $true $script:plan.sha256.StartsWith($script:plan.id)
    Assert-Equal $true $script:plan.applyable
    $made = $script:plan.summary.create.total
    Assert-Equal $true ($made -gt 200) 'creations'
    Assert-Equal $made $script:plan.changes.Count
    Assert-Equal 2 $script:plan.holds.Count
    Assert-Equal 'user.emailDuplicate' $script:plan.holds[0].rule.code
    Assert-Equal $script:plan.summary.warnings.total $script:plan.warnings.Count
    Assert-Equal $true $script:plan.reads[0].complete
    Assert-Equal $true ($script:plan.out.Count -gt 0) 'out'
    Assert-Equal 'Object[]' $script:plan.limits.GetType().Name
    Assert-Equal $true $script:plan.next[0].command.StartsWith('adsync approve ')
    Assert-Equal $null $script:plan.PSObject.Properties['type'] 'the word of the line'
}

Test-Case 'names that are not ASCII arrive whole' {
    $names = @($script:plan.changes | ForEach-Object { $_.name })
    $wanted = @(
        'Bj{0}rn Bauer' -f [char] 0xF6
        '{0}{1}' -f [char] 0x6771, [char] 0x4EAC
        '{0} {1}{2}' -f [char] 0xAE40, [char] 0xC9C0, [char] 0xD6C8
        '{0}ukasz Xu' -f [char] 0x141
    )
    foreach ($name in $wanted) {
        Assert-Equal $true ($names -ccontains $name) $name
    }
}

Test-Case 'New-AdsyncPlan hands on -Only and -NoSave' {
    $before = @(Get-AdsyncPlan).Count
    $part = New-AdsyncPlan -Only 'julia.weber@corp.example' -NoSave
    Assert-Equal 0 $part.summary.update.total
    Assert-Equal $true ($part.changes.Count -lt 20) 'changes'
    Assert-Equal $false $part.applyable
    Assert-Equal $before @(Get-AdsyncPlan).Count 'saved plans'
}

Test-Case 'Get-AdsyncPlan lists the plans and shows one' {
    $list = @(Get-AdsyncPlan)
    Assert-Equal 1 $list.Count
    Assert-Equal $script:plan.id $list[0].id
    $whole = Get-AdsyncPlan -Id $script:plan.id.Substring(0, 8)
    Assert-Equal $script:plan.sha256 $whole.sha256
    Assert-Equal $script:plan.changes.Count $whole.changes.Count
    Assert-Equal $script:plan.id (Get-AdsyncPlan 'latest').id
}

Test-Case '-Id is bound by id, plan and run from the pipeline' {
    Assert-Equal $script:plan.id ($script:plan | Get-AdsyncPlan).id
    Assert-Equal $script:plan.id (Get-AdsyncPlan | Get-AdsyncPlan).id
    Assert-Equal $script:plan.id ((Get-AdsyncStatus).pending | Get-AdsyncPlan).id
    Assert-Equal $script:plan.id (Get-AdsyncPlan -Plan $script:plan.id).id
    Assert-Equal $script:plan.id ([pscustomobject] @{ run = $script:plan.id } | Get-AdsyncPlan).id
}

Test-Case 'an id that names nothing is a usage error' {
    $steps = @(
        { Get-AdsyncPlan -Id 'deadbeef00' }
        { Get-AdsyncRun -Id 'deadbeef00' }
        { Resume-AdsyncRun -Confirm:$false }
    )
    foreach ($step in $steps) {
        $failure = Get-Failure $step
        Assert-Equal 'adsync.usage' $failure.Record.FullyQualifiedErrorId
        Assert-Equal 80 $failure.Code
        Assert-Equal $true $failure.Record.TargetObject.error.code.StartsWith('usage.')
        Assert-Equal 1 $failure.Record.TargetObject.format
    }
}

Test-Case 'nothing to apply is adsync.approval' {
    $failure = Get-Failure { Invoke-AdsyncPlan -Id $script:plan.id -Confirm:$false }
    Assert-Equal 'adsync.approval' $failure.Record.FullyQualifiedErrorId
    Assert-Equal 12 $failure.Code
    Assert-Equal 'approval.missing' $failure.Record.TargetObject.error.code
}

Test-Case '-Profile and -HomePath go before the environment' {
    $kept = $env:ADSYNC_PROFILE, $env:ADSYNC_HOME
    try {
        $env:ADSYNC_PROFILE = ''
        $env:ADSYNC_HOME = ''
        $there = @{ Profile = 'sandbox'; HomePath = $kept[1] }
        Assert-Equal 'sandbox' (Get-AdsyncStatus @there).profile
        Assert-Equal $script:plan.id (Get-AdsyncPlan @there)[0].id
        Assert-Equal 0 @(Get-AdsyncRun @there).Count
        $failure = Get-Failure { New-AdsyncPlan -Profile 'other' -HomePath $kept[1] }
        Assert-Equal 'adsync.config' $failure.Record.FullyQualifiedErrorId
    } finally {
        $env:ADSYNC_PROFILE, $env:ADSYNC_HOME = $kept
    }
}

Test-Case 'Get-AdsyncStatus returns the document' {
    $status = Get-AdsyncStatus
    Assert-Equal $script:plan.id $status.pending.plan
    Assert-Equal $script:plan.changes.Count $status.pending.changes
    Assert-Equal $null $status.lastRun
}

Test-Case '-WhatIf approves and applies nothing' {
    Assert-Equal $null ($script:plan | Approve-AdsyncPlan -WhatIf)
    Assert-Equal $false (Get-AdsyncPlan)[0].approved
    Assert-Equal $null (Invoke-AdsyncPlan -Id $script:plan.id -WhatIf)
    Assert-Equal $null (Resume-AdsyncRun -WhatIf)
    Assert-Equal 0 @(Get-AdsyncRun).Count 'runs'
}

Test-Case 'quotes, backslashes and a dash in a comment arrive whole' {
    foreach ($comment in 'she said "yes", it''s \"fine\"', '- ends in C:\Temp\ x\', 'a"b', '"', "two`nlines") {
        $words = @{ Comment = $comment; For = '1h'; Confirm = $false }
        $approval = $script:plan | Approve-AdsyncPlan @words
        Assert-Equal $comment $approval.comment
    }
    Assert-Equal 0 $LASTEXITCODE
}

Test-Case 'Approve-AdsyncPlan returns the document and hands on its flags' {
    $choice = @{ Only = 'create'; Except = $script:plan.changes[0].id; Confirm = $false }
    $approval = Approve-AdsyncPlan -Id $script:plan.id @choice
    Assert-Equal $script:plan.id $approval.plan
    Assert-Equal $script:plan.sha256 $approval.sha256
    Assert-Equal $false $approval.policy
    Assert-Equal $false ($approval.changes -contains $script:plan.changes[0].id) 'what was left out'
    $lift = @{ Id = $script:plan.id; Allow = 'removals=7'; Confirm = $false }
    $failure = Get-Failure { Approve-AdsyncPlan @lift -Reason 'try' }
    Assert-Equal 'adsync.approval' $failure.Record.FullyQualifiedErrorId
    $failure = Get-Failure { Approve-AdsyncPlan @lift }
    Assert-Equal 'adsync.usage' $failure.Record.FullyQualifiedErrorId
}

Test-Case 'an approval leads on to its plan' {
    $target = $script:plan | Approve-AdsyncPlan -Confirm:$false | Get-AdsyncPlan
    Assert-Equal $script:plan.id $target.id
    $null = Invoke-Adsync -ArgumentList 'revoke', $script:plan.id
    Assert-Equal $false (Get-AdsyncPlan)[0].approved
}

Test-Case 'the policy key has to be enrolled' {
    $failure = Get-Failure { Approve-AdsyncPlan -Id $script:plan.id -Policy -Confirm:$false }
    Assert-Equal 'adsync.approval' $failure.Record.FullyQualifiedErrorId
    Assert-Equal 'approval.signer' $failure.Record.TargetObject.error.code
}

Test-Case 'the encoding of the console and the preferences are left as they were' {
    $kept = [Console]::OutputEncoding
    try {
        [Console]::OutputEncoding = [System.Text.Encoding]::GetEncoding(28591)
        $null = Get-AdsyncStatus
        Assert-Equal 'iso-8859-1' ([Console]::OutputEncoding.WebName)
        $null = Get-Failure { Get-AdsyncPlan -Id 'deadbeef00' }
        Assert-Equal 'iso-8859-1' ([Console]::OutputEncoding.WebName)
        Assert-Equal 'Stop' $ErrorActionPreference
    } finally {
        [Console]::OutputEncoding = $kept
    }
}

Test-Case 'it throws whatever the preference is' {
    foreach ($preference in 'Stop', 'Continue') {
        $ErrorActionPreference = $preference
        $failure = Get-Failure { Get-AdsyncPlan -Id 'deadbeef00' }
        Assert-Equal 'adsync.usage' $failure.Record.FullyQualifiedErrorId
        Assert-Equal $preference $ErrorActionPreference
    }
}

Test-Case 'Set-AdsyncCredential keeps every character' {
    $text = 'p{0}ss "{1}" \w{2}rd?' -f [char] 0xE4, [char] 0x20AC, [char] 0x6771
    $secret = New-Object -TypeName System.Security.SecureString
    foreach ($letter in $text.ToCharArray()) {
        $secret.AppendChar($letter)
    }
    $words = 'corp\"smtp user"', $secret
    $credential = New-Object -TypeName System.Management.Automation.PSCredential -ArgumentList $words
    Assert-Equal $null (Set-AdsyncCredential -Purpose 'smtp' -Credential $credential -WhatIf)
    $document = Set-AdsyncCredential -Purpose 'smtp' -Credential $credential
    Assert-Equal 0 $LASTEXITCODE
    Assert-Equal $false (($document | ConvertTo-Json -Depth 5) -match 'rd\?') 'the secret is shown'
}

Test-Case 'arguments are protected from what takes quotes out' {
    $protected = & (Get-Module -Name 'Adsync') {
        Set-Variable -Name 'PSNativeCommandArgumentPassing' -Value $null
        'plain', 'say "x"', 'a\"b', '--home=C:\My Dir\', 'C:\Dir\', '' | ConvertTo-NativeArgument
    }
    $wanted = 'plain', 'say \"x\"', 'a\\\"b', '--home=C:\My Dir\\', 'C:\Dir\', ''
    Assert-Equal ($wanted -join '|') ($protected -join '|')
}

Test-Case 'the program beside the module is found, and PATH goes first' {
    $place = Join-Path -Path $env:ADSYNC_TEST_TEMP -ChildPath 'it''s here'
    $null = New-Item -ItemType Directory -Path $place
    Copy-Item -Path (Join-Path -Path $env:ADSYNC_TEST_SCRIPTS -ChildPath 'Adsync') -Destination $place -Recurse
    $program = (Get-Command -Name 'adsync' -CommandType Application | Select-Object -First 1).Path
    $kept = $env:PATH
    try {
        Remove-Module -Name 'Adsync'
        Import-Module -Name (Join-Path -Path $place -ChildPath 'Adsync')
        $find = { & (Get-Module -Name 'Adsync') { Find-AdsyncProgram } }
        Assert-Equal $program (& $find)
        $env:PATH = $place + '-none'
        $failure = Get-Failure { Get-AdsyncStatus }
        Assert-Equal $true ("$($failure.Record)" -like '*neither on PATH*') "$($failure.Record)"
        $beside = Join-Path -Path $place -ChildPath 'adsync'
        Copy-Item -Path $program -Destination $beside
        Assert-Equal $beside (& $find)
        Assert-Equal 'sandbox' (Get-AdsyncStatus).profile
    } finally {
        $env:PATH = $kept
        Remove-Module -Name 'Adsync'
        Import-Module -Name (Join-Path -Path $env:ADSYNC_TEST_SCRIPTS -ChildPath 'Adsync')
    }
}

Test-Case 'a program that prints nothing is adsync.failed' {
    $kept = $env:PATH
    try {
        $env:PATH = $env:ADSYNC_TEST_MUTE + [System.IO.Path]::PathSeparator + $kept
        foreach ($step in { Get-AdsyncStatus }, { New-AdsyncPlan }) {
            $failure = Get-Failure $step
            Assert-Equal 'adsync.failed' $failure.Record.FullyQualifiedErrorId
            Assert-Equal 2 $failure.Code
        }
    } finally {
        $env:PATH = $kept
    }
}

Test-Case 'every function has help with an example' {
    foreach ($command in Get-Command -Module 'Adsync') {
        $help = Get-Help -Name $command.Name
        Assert-Equal $true ([bool] $help.Synopsis) $command.Name
        Assert-Equal $true (@($help.examples.example).Count -gt 0) $command.Name
    }
}

$names = & (Get-Module -Name 'Adsync') { $script:ExitName }
foreach ($code in $names.Keys) {
    'exit {0} {1}' -f $code, $names[$code]
}
'done'
exit 0
