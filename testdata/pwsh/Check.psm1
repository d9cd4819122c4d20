#Requires -Version 5.1
Set-StrictMode -Version Latest

# Windows PowerShell 5.1 takes the double quotes out of arguments: so does what stands in for it.
if (-not (Test-Path -Path 'Variable:PSNativeCommandArgumentPassing')) {
    Set-Variable -Name 'PSNativeCommandArgumentPassing' -Value 'Legacy' -Scope 'Global'
}

function Test-Case {
    <#
    .SYNOPSIS
    Runs one case and prints a line for it, which the Go test reads.
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string] $Name,

        [Parameter(Mandatory, Position = 1)]
        [scriptblock] $Check
    )

    try {
        $null = & $Check
        'ok {0}' -f $Name
    } catch {
        $place = $_.InvocationInfo.PositionMessage -replace '\s+', ' '
        $text = '{0} | {1} | {2}' -f $_, $_.FullyQualifiedErrorId, $place
        'not ok {0} # {1}' -f $Name, ($text -replace '\s+', ' ')
    }
}

function Assert-Equal {
    <#
    .SYNOPSIS
    Throws unless both texts are the same.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)]
        [AllowNull()]
        [AllowEmptyString()]
        [object] $Want,

        [Parameter(Mandatory, Position = 1)]
        [AllowNull()]
        [AllowEmptyString()]
        [object] $Got,

        [Parameter(Position = 2)]
        [string] $What = 'value'
    )

    if ("$Want" -cne "$Got") {
        throw ('{0}: <{1}> wanted, got <{2}>' -f $What, $Want, $Got)
    }
}

function Get-Failure {
    <#
    .SYNOPSIS
    Runs what has to fail, and returns the ErrorRecord and the exit code that was left.
    #>
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory, Position = 0)]
        [scriptblock] $Script
    )

    try {
        $null = & $Script
    } catch {
        return [pscustomobject] @{ Record = $_; Code = $global:LASTEXITCODE }
    }

    throw 'it did not fail'
}

function Invoke-Script {
    <#
    .SYNOPSIS
    Runs one of the ready scripts here, and returns its exit code and what it printed, warnings too.
    #>
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string] $Name,

        [Parameter(Position = 1)]
        [hashtable] $Parameters = @{}
    )

    $path = Join-Path -Path $env:ADSYNC_TEST_SCRIPTS -ChildPath $Name
    $lines = @(& $path @Parameters 3>&1 6>&1 | Out-String -Stream -Width 300)
    [pscustomobject] @{ Code = $global:LASTEXITCODE; Text = ($lines -join "`n") }
}

Export-ModuleMember -Function 'Test-Case', 'Assert-Equal', 'Get-Failure', 'Invoke-Script'
