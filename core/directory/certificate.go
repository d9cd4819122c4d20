package directory

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
	"time"

	"adsync/core/certificate"
	"adsync/core/fault"
)

// tlsConfig returns the rules for the certificate, nil for an open connection.
func (o Options) tlsConfig() (*tls.Config, error) {
	if o.Security == SecurityNone {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CAFile == "" {
		return config, nil
	}
	data, err := os.ReadFile(o.CAFile)
	if err != nil {
		return nil, fault.New("config.directory.caFile", "the file of directory.caFile cannot be read", fault.Cause(err),
			fault.Hint("name the file of the authority's certificate: adsync config set directory.caFile FILE"))
	}
	certificates, err := certificate.Parse(data)
	if err != nil || len(certificates) == 0 {
		return nil, fault.New("config.directory.caFile", "no certificate found in "+o.CAFile, fault.Cause(err),
			fault.Hint("the file holds one or more certificates as PEM, DER or PKCS#7 (.cer, .crt, .pem, .p7b)"))
	}
	config.RootCAs = x509.NewCertPool()
	for _, c := range certificates {
		config.RootCAs.AddCert(c)
	}
	return config, nil
}

// names says what a certificate is valid for.
func names(c *x509.Certificate) string {
	all := nameList(c)
	if len(all) == 0 {
		return "no name"
	}
	return strings.Join(all, ", ")
}

func nameList(c *x509.Certificate) []string {
	all := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	return all
}

// certificateReason tells apart why a certificate is not valid.
func certificateReason(invalid x509.CertificateInvalidError, now time.Time) (code, text, hint string) {
	switch {
	case invalid.Reason == x509.Expired && invalid.Cert != nil && now.Before(invalid.Cert.NotBefore):
		return "directory.certificate.notYetValid", "is not valid before " + invalid.Cert.NotBefore.UTC().Format(time.RFC3339),
			"check the clock of this machine"
	case invalid.Reason == x509.Expired:
		return "directory.certificate.expired", "has expired", "renew the certificate of the domain controller, and check the clock of this machine"
	case invalid.Reason == x509.IncompatibleUsage:
		return "directory.certificate.use", "is not valid for this use: it is for no server",
			"give the domain controller a certificate for server authentication, for example by the template Kerberos Authentication"
	}
	return "directory.certificate.invalid", "is not valid", "the cause is named below; give the domain controller a valid certificate"
}

// certificateLines shows a certificate to a person, who compares the fingerprint.
func certificateLines(c *x509.Certificate, err error) []string {
	if c == nil {
		return []string{err.Error()}
	}
	return []string{
		"subject: " + c.Subject.String(),
		"issuer: " + c.Issuer.String(),
		"names: " + names(c),
		"valid: " + c.NotBefore.UTC().Format("2006-01-02") + " to " + c.NotAfter.UTC().Format("2006-01-02"),
		"SHA-256: " + fingerprint(c),
	}
}

// fingerprint is the SHA-256 of a certificate in the form that browsers show.
func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}
