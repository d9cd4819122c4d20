package directory

// CertificateName is certificateName.
var CertificateName = certificateName
