@{
    RootModule        = 'Adsync.psm1'
    ModuleVersion     = '0.1.0'
    GUID              = '6a3f1f0c-8d0e-4f5b-9c55-1b7d2a90e4c1'
    Author            = 'The adsync authors'
    CompanyName       = 'adsync'
    Copyright         = '(c) The adsync authors. MIT licence.'
    Description       = 'Brings people of Active Directory into Sophos Central, as previewed and approved.'
    PowerShellVersion = '5.1'
    FunctionsToExport = @(
        'Approve-AdsyncPlan'
        'Get-AdsyncPlan'
        'Get-AdsyncRun'
        'Get-AdsyncStatus'
        'Invoke-Adsync'
        'Invoke-AdsyncPlan'
        'New-AdsyncPlan'
        'Resume-AdsyncRun'
        'Set-AdsyncCredential'
        'Test-AdsyncCentral'
    )
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}
