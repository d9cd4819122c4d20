#Requires -Version 5.1
Set-StrictMode -Version Latest

# The names of adsync's exit codes; they are the second half of each ErrorRecord's
# FullyQualifiedErrorId. A test compares them with the program's own table.
$script:ExitName = @{
    0 = 'ok'; 1 = 'failed'; 10 = 'changes'; 11 = 'held'; 12 = 'approval'; 13 = 'stale'; 14 = 'partial'
    20 = 'directory'; 21 = 'central'; 22 = 'credential'; 23 = 'proxy'; 30 = 'busy'; 40 = 'config'; 80 = 'usage'
    130 = 'interrupted'
}

# The lists of the documents that are read line by line: the word of a line, and the list it belongs to.
$script:DocumentList = @{
    plan = @{
        change = 'changes'; hold = 'holds'; warning = 'warnings'; read = 'reads'; limit = 'limits'; next = 'next'
    }
    run  = @{ result = 'results'; next = 'next' }
}

function Find-AdsyncProgram {
    <#
    .SYNOPSIS
    Returns the path of adsync: on PATH, beside this module's folder, or installed.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param()

    $command = Get-Command -Name 'adsync' -CommandType Application -ErrorAction SilentlyContinue |
        Select-Object -First 1
    if ($command) {
        return $command.Path
    }

    $places = @(Split-Path -Parent $PSScriptRoot)
    if (Test-Path -Path 'Env:ProgramFiles') {
        $places += Join-Path -Path $env:ProgramFiles -ChildPath 'adsync'
    }
    foreach ($place in $places) {
        foreach ($name in 'adsync.exe', 'adsync') {
            $path = Join-Path -Path $place -ChildPath $name
            if (Test-Path -Path $path -PathType Leaf) {
                return $path
            }
        }
    }

    throw 'adsync was found neither on PATH, nor beside the module, nor below ProgramFiles.'
}

function ConvertTo-NativeArgument {
    <#
    .SYNOPSIS
    Protects an argument from Windows PowerShell 5.1, which takes double quotes out.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory, ValueFromPipeline)]
        [AllowEmptyString()]
        [string] $Text
    )

    process {
        $passing = Get-Variable -Name 'PSNativeCommandArgumentPassing' -ValueOnly -ErrorAction SilentlyContinue
        if ($passing -and "$passing" -ne 'Legacy') {
            return $Text
        }

        $safe = $Text -replace '(\\*)"', '$1$1\"'
        if (-not $passing -and $safe -match '\s') {
            # It puts such a word in quotes, of which a backslash at the end would take the second away.
            $safe = $safe -replace '(\\+)$', '$1$1'
        }
        $safe
    }
}

function New-AdsyncError {
    <#
    .SYNOPSIS
    Makes the ErrorRecord for an exit code and, where there is one, the document that reports the error.
    #>
    [CmdletBinding()]
    [OutputType([System.Management.Automation.ErrorRecord])]
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param(
        [Parameter(Mandatory)]
        [string] $Message,

        [Parameter(Mandatory)]
        [int] $ExitCode,

        [psobject] $Document
    )

    $name = 'failed'
    if ($script:ExitName.ContainsKey($ExitCode)) {
        $name = $script:ExitName[$ExitCode]
    }
    $exception = New-Object -TypeName System.InvalidOperationException -ArgumentList $Message
    $category = [System.Management.Automation.ErrorCategory]::NotSpecified
    $record = New-Object -TypeName System.Management.Automation.ErrorRecord -ArgumentList @(
        $exception, "adsync.$name", $category, $Document
    )
    $record.ErrorDetails = New-Object -TypeName System.Management.Automation.ErrorDetails -ArgumentList $Message
    $record
}

function Read-AdsyncLine {
    <#
    .SYNOPSIS
    Puts the lines of a document together into one object with the fields of the document.
    #>
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string[]] $Line
    )

    $document = $null
    $words = @{}
    $lists = @{}
    foreach ($text in $Line) {
        if (-not $text) {
            continue
        }
        $entry = $text | ConvertFrom-Json
        $kind = [string] $entry.type
        $entry.PSObject.Properties.Remove('type')
        if ($null -ne $document) {
            if ($words.ContainsKey($kind)) {
                $null = $lists[$words[$kind]].Add($entry)
            }
            continue
        }

        $document = $entry
        if ($kind -eq 'error') {
            $document = [pscustomobject] @{ format = $entry.format; error = $entry }
            $entry.PSObject.Properties.Remove('format')
        } elseif ($script:DocumentList.ContainsKey($kind)) {
            $words = $script:DocumentList[$kind]
            foreach ($name in $words.Values) {
                $lists[$name] = New-Object -TypeName System.Collections.ArrayList
            }
        }
    }
    foreach ($name in $lists.Keys) {
        $document | Add-Member -NotePropertyName $name -NotePropertyValue $lists[$name].ToArray()
    }

    $document
}

function Invoke-Program {
    <#
    .SYNOPSIS
    Runs adsync and returns the lines that it prints; its exit code is left in $LASTEXITCODE.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)]
        [string[]] $Word,

        [string] $InputText
    )

    $program = Find-AdsyncProgram
    $words = @($Word | ConvertTo-NativeArgument)
    $encoding = [Console]::OutputEncoding
    try {
        try {
            [Console]::OutputEncoding = [System.Text.Encoding]::UTF8
        } catch [System.IO.IOException] {
            Write-Verbose -Message 'There is no console.'
        }
        $ErrorActionPreference = 'Continue'
        if ($PSBoundParameters.ContainsKey('InputText')) {
            $OutputEncoding = New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false
            $InputText | & $program @words
        } else {
            & $program @words
        }
    } finally {
        try {
            [Console]::OutputEncoding = $encoding
        } catch [System.IO.IOException] {
            Write-Verbose -Message 'There is no console.'
        }
    }
}

function Invoke-Adsync {
    <#
    .SYNOPSIS
    Runs one step of adsync and returns its document.
    .DESCRIPTION
    Throws when the step fails: the FullyQualifiedErrorId is adsync.<name of the exit code>, the document, which
    has the error, is the TargetObject. The exit code itself is left in $LASTEXITCODE.
    .PARAMETER ArgumentList
    The step and its flags, one element each.
    .PARAMETER Profile
    The profile; left out, the environment decides.
    .PARAMETER HomePath
    The folder of the profiles; left out, the environment decides.
    .PARAMETER ByLine
    Reads a plan or a run line by line: it may be larger than Windows PowerShell takes in one piece.
    .PARAMETER InputText
    What the step reads from its standard input, for example a secret.
    .EXAMPLE
    Invoke-Adsync -ArgumentList 'scope', 'show'
    #>
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string[]] $ArgumentList,

        [string] $Profile,

        [string] $HomePath,

        [switch] $ByLine,

        [string] $InputText
    )

    $ErrorActionPreference = 'Stop'
    $words = $ArgumentList
    if ($Profile) {
        $words += "--profile=$Profile"
    }
    if ($HomePath) {
        $words += "--home=$HomePath"
    }
    $words += if ($ByLine) { '--output=jsonl' } else { '--output=json' }
    $inputs = @{}
    if ($PSBoundParameters.ContainsKey('InputText')) {
        $inputs['InputText'] = $InputText
    }

    $text = @(Invoke-Program -Word $words @inputs)
    $code = $LASTEXITCODE
    if (-not ($text -join '')) {
        $message = 'adsync {0} printed no document and ended with {1}.' -f $ArgumentList[0], $code
        throw (New-AdsyncError -Message $message -ExitCode $code)
    }
    $document = if ($ByLine) {
        Read-AdsyncLine -Line $text
    } else {
        ($text -join "`n") | ConvertFrom-Json
    }
    # A run that ended early keeps its error; whoever shows it later did not fail.
    if ($code -eq 0 -or -not $document.PSObject.Properties['error']) {
        return $document
    }

    $message = '{0} ({1})' -f $document.error.message, $document.error.code
    if ($document.error.hint) {
        $message = '{0} Hint: {1}' -f $message, $document.error.hint
    }
    throw (New-AdsyncError -Message $message -ExitCode $code -Document $document)
}

function Get-CommonArgument {
    <#
    .SYNOPSIS
    Takes the parameters that every function hands to Invoke-Adsync out of its own.
    #>
    [CmdletBinding()]
    [OutputType([hashtable])]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Bound
    )

    $common = @{}
    foreach ($name in 'Profile', 'HomePath') {
        if ($Bound.ContainsKey($name)) {
            $common[$name] = $Bound[$name]
        }
    }
    $common
}

function Test-AdsyncCentral {
    <#
    .SYNOPSIS
    Tries the API credential for Sophos Central and remembers that it was accepted.
    .EXAMPLE
    Test-AdsyncCentral | Select-Object -ExpandProperty tenant
    #>
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [string] $Profile,

        [string] $HomePath
    )

    $common = Get-CommonArgument -Bound $PSBoundParameters
    Invoke-Adsync -ArgumentList 'central', 'validate' @common
}

function New-AdsyncPlan {
    <#
    .SYNOPSIS
    Reads both sides and makes a plan of what would change. Nothing is written to Sophos Central.
    .PARAMETER Only
    People or groups to plan for, by mail address, account, name, DN, SID or GUID.
    .PARAMETER NoSave
    Shows the plan without keeping it; it cannot be approved then.
    .EXAMPLE
    (New-AdsyncPlan).changes | Format-Table action, kind, name
    #>
    [CmdletBinding()]
    [OutputType([psobject])]
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param(
        [string[]] $Only,

        [switch] $NoSave,

        [string] $Profile,

        [string] $HomePath
    )

    $words = @('preview')
    foreach ($who in $Only) {
        $words += "--only=$who"
    }
    if ($NoSave) {
        $words += '--no-save'
    }
    $common = Get-CommonArgument -Bound $PSBoundParameters
    Invoke-Adsync -ArgumentList $words -ByLine @common
}

function Get-AdsyncPlan {
    <#
    .SYNOPSIS
    Returns the saved plans, or with -Id one of them whole.
    .PARAMETER Id
    The id of a plan, a unique beginning of it, or latest.
    .EXAMPLE
    Get-AdsyncPlan -Id latest
    #>
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Position = 0, ValueFromPipelineByPropertyName)]
        [Alias('Plan', 'Run')]
        [string] $Id,

        [string] $Profile,

        [string] $HomePath
    )

    process {
        $common = Get-CommonArgument -Bound $PSBoundParameters
        if ($Id) {
            Invoke-Adsync -ArgumentList 'plan', 'show', $Id -ByLine @common
        } else {
            (Invoke-Adsync -ArgumentList 'plan', 'list' @common).plans
        }
    }
}

function Approve-AdsyncPlan {
    <#
    .SYNOPSIS
    Signs an approval of exactly the bytes of one plan.
    .PARAMETER Id
    The id of the plan.
    .PARAMETER Comment
    Why; it stays with the approval.
    .PARAMETER For
    How long the approval holds, for example 24h or 7d.
    .PARAMETER Only
    Actions (create, update, ...) or ids of changes; all others are left out.
    .PARAMETER Except
    Actions or ids of changes to leave out.
    .PARAMETER Allow
    Lifts a limit for this plan, for example removals=37.
    .PARAMETER Reason
    Why the limit is lifted.
    .PARAMETER Policy
    Approves what the policy of the configuration allows, and no more.
    .EXAMPLE
    New-AdsyncPlan | Approve-AdsyncPlan -Comment 'reviewed'
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)]
        [Alias('Plan', 'Run')]
        [string] $Id,

        [string] $Comment,

        [string] $For,

        [string[]] $Only,

        [string[]] $Except,

        [string[]] $Allow,

        [string] $Reason,

        [switch] $Policy,

        [string] $Profile,

        [string] $HomePath
    )

    process {
        $words = @('approve', $Id, '--yes')
        foreach ($name in 'Comment', 'For', 'Only', 'Except', 'Allow', 'Reason') {
            if ($PSBoundParameters.ContainsKey($name)) {
                foreach ($value in $PSBoundParameters[$name]) {
                    $words += '--{0}={1}' -f $name.ToLowerInvariant(), $value
                }
            }
        }
        if ($Policy) {
            $words += '--policy'
        }
        if (-not $PSCmdlet.ShouldProcess("plan $Id", 'approve')) {
            return
        }

        $common = Get-CommonArgument -Bound $PSBoundParameters
        Invoke-Adsync -ArgumentList $words @common
    }
}

function Invoke-AdsyncPlan {
    <#
    .SYNOPSIS
    Carries out the approved changes of a plan and returns the run.
    .PARAMETER Id
    The id of the plan; left out, the only approved one.
    .EXAMPLE
    Invoke-AdsyncPlan -Id 3f9a1c02
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType([psobject])]
    param(
        [Parameter(Position = 0, ValueFromPipelineByPropertyName)]
        [Alias('Plan', 'Run')]
        [string] $Id,

        [string] $Profile,

        [string] $HomePath
    )

    process {
        $words = @('apply')
        $what = 'the approved plan'
        if ($Id) {
            $words += $Id
            $what = "plan $Id"
        }
        if (-not $PSCmdlet.ShouldProcess($what, 'apply to Sophos Central')) {
            return
        }

        $common = Get-CommonArgument -Bound $PSBoundParameters
        Invoke-Adsync -ArgumentList $words -ByLine @common
    }
}

function Resume-AdsyncRun {
    <#
    .SYNOPSIS
    Goes on with a run that was interrupted, or tries again what failed in one.
    .PARAMETER Id
    The id of the run; left out, the newest.
    .EXAMPLE
    Resume-AdsyncRun
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType([psobject])]
    param(
        [Parameter(Position = 0, ValueFromPipelineByPropertyName)]
        [Alias('Plan', 'Run')]
        [string] $Id,

        [string] $Profile,

        [string] $HomePath
    )

    process {
        $words = @('run', 'resume')
        $what = 'the newest run'
        if ($Id) {
            $words += $Id
            $what = "run $Id"
        }
        if (-not $PSCmdlet.ShouldProcess($what, 'go on')) {
            return
        }

        $common = Get-CommonArgument -Bound $PSBoundParameters
        Invoke-Adsync -ArgumentList $words -ByLine @common
    }
}

function Get-AdsyncRun {
    <#
    .SYNOPSIS
    Returns the runs, or with -Id one of them, change by change.
    .PARAMETER Id
    The id of a run, or a unique beginning of it.
    .EXAMPLE
    Get-AdsyncRun | Select-Object -First 1 | Get-AdsyncRun
    #>
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Position = 0, ValueFromPipelineByPropertyName)]
        [Alias('Plan', 'Run')]
        [string] $Id,

        [string] $Profile,

        [string] $HomePath
    )

    process {
        $common = Get-CommonArgument -Bound $PSBoundParameters
        if ($Id) {
            Invoke-Adsync -ArgumentList 'run', 'show', $Id -ByLine @common
        } else {
            (Invoke-Adsync -ArgumentList 'run', 'list' @common).runs
        }
    }
}

function Get-AdsyncStatus {
    <#
    .SYNOPSIS
    Returns the profile at a glance: validated, last read, pending plan, last run, problems.
    .EXAMPLE
    (Get-AdsyncStatus).problems
    #>
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [string] $Profile,

        [string] $HomePath
    )

    $common = Get-CommonArgument -Bound $PSBoundParameters
    Invoke-Adsync -ArgumentList 'status' @common
}

function Set-AdsyncCredential {
    <#
    .SYNOPSIS
    Stores a secret without showing it, in the encoding that keeps every character.
    .PARAMETER Purpose
    central, directory, proxy, smtp or webhook.
    .PARAMETER Credential
    The user name (of central the client ID) and the secret.
    .EXAMPLE
    Set-AdsyncCredential -Purpose central -Credential (Get-Credential)
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory, Position = 0)]
        [ValidateSet('central', 'directory', 'proxy', 'smtp', 'webhook')]
        [string] $Purpose,

        [Parameter(Mandatory, Position = 1)]
        [pscredential] $Credential,

        [string] $Profile,

        [string] $HomePath
    )

    if (-not $PSCmdlet.ShouldProcess($Purpose, 'store the secret')) {
        return
    }

    $common = Get-CommonArgument -Bound $PSBoundParameters
    $words = 'credential', 'set', $Purpose, "--user=$($Credential.UserName)", '--no-input'
    Invoke-Adsync -ArgumentList $words -InputText $Credential.GetNetworkCredential().Password @common
}
