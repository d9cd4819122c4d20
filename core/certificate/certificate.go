// Package certificate reads the files in which authorities hand out their
// certificates, in each of the forms that Windows exports. It is pure: bytes in,
// certificates out.
package certificate

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
)

// Parse reads PEM (certificates and PKCS#7, in any mixture), DER and
// PKCS#7 in DER.
func Parse(data []byte) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	rest, isPEM := data, false
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		isPEM = true
		var some []*x509.Certificate
		var err error
		switch block.Type {
		case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE", "PKCS7", "CMS":
			some, err = parseDER(block.Bytes)
		}
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	if isPEM {
		return found, nil
	}
	return parseDER(data)
}

// parseDER reads certificates one after the other, or a PKCS#7 bundle.
func parseDER(der []byte) ([]*x509.Certificate, error) {
	certificates, err := x509.ParseCertificates(der)
	if err == nil {
		return certificates, nil
	}
	if bundle, bundleErr := parsePKCS7(der); bundleErr == nil {
		return bundle, nil
	}
	return nil, err
}

// parsePKCS7 takes the certificates out of a SignedData (RFC 2315 9.1), the form
// in which Windows exports a chain; its signatures are of no interest.
func parsePKCS7(der []byte) ([]*x509.Certificate, error) {
	var outer struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return nil, err
	}
	var signed struct {
		Version      int
		Algorithms   asn1.RawValue
		Content      asn1.RawValue
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		CRLs         asn1.RawValue `asn1:"optional,tag:1"`
		Signers      asn1.RawValue
	}
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &signed); err != nil {
		return nil, err
	}
	return x509.ParseCertificates(signed.Certificates.Bytes)
}
