package certificate_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"adsync/core/certificate"
)

// made is a certificate of the test's own, in DER.
func made(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestParse(t *testing.T) {
	one, two := made(t), made(t)
	asPEM := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	for name, tc := range map[string]struct {
		why  string
		data []byte
		want int // certificates, -1 for an error
	}{
		"PEM":      {"What most authorities hand out.", append(asPEM("CERTIFICATE", one), asPEM("CERTIFICATE", two)...), 2},
		"DER":      {"The .cer of the Windows console.", one, 1},
		"Chain":    {"Several, one after the other.", append(append([]byte{}, one...), two...), 2},
		"KeyOnly":  {"A key is no certificate.", asPEM("PRIVATE KEY", []byte("x")), 0},
		"Garbage":  {"Whatever it is, it is said.", []byte("no certificate"), -1},
		"CutShort": {"Half a certificate is none.", one[:len(one)/2], -1},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := certificate.Parse(tc.data)
			if (err != nil) != (tc.want < 0) || err == nil && len(got) != tc.want {
				t.Errorf("%s\ngot %d certificates and %v, want %d", tc.why, len(got), err, tc.want)
			}
		})
	}
}

// TestPKCS7 reads the bundles that OpenSSL makes, as Windows exports them.
func TestPKCS7(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl, which makes the bundle, is not installed")
	}
	dir := t.TempDir()
	in := filepath.Join(dir, "in.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made(t)})
	if err := os.WriteFile(in, block, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"PEM", "DER"} {
		out := filepath.Join(dir, form)
		cmd := exec.CommandContext(t.Context(), openssl, "crl2pkcs7", "-nocrl", "-certfile", in, "-outform", form, "-out", out)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		got, err := certificate.Parse(data)
		if err != nil || len(got) != 1 || got[0].SerialNumber.Int64() != 7 {
			t.Errorf("%s: got %v and %v", form, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := certificate.Parse(data); err != nil && len(got) > 0 {
			t.Errorf("certificates together with an error: %v", err)
		}
	})
}
