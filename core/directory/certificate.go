package directory

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"strings"

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

// names lists what a certificate is valid for.
func names(c *x509.Certificate) string {
	all := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		return "no name"
	}
	return strings.Join(all, ", ")
}
