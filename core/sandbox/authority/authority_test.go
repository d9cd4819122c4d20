package authority_test

import (
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	"adsync/core/sandbox/authority"
)

func TestIssue(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	made, err := authority.New(now)
	if err != nil {
		t.Fatal(err)
	}
	key, err := made.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	a, err := authority.Load(made.PEM(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := a.Issue(now, now.Add(time.Hour), "dc1.corp.example", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(made.PEM()) // what a client trusts survives a reload
	for name, tc := range map[string]struct {
		why  string
		host string
		at   time.Time
		ok   bool
	}{
		"Name":    {"A name it was made for.", "dc1.corp.example", now.Add(time.Minute), true},
		"Address": {"And an address.", "127.0.0.1", now.Add(time.Minute), true},
		"Other":   {"No other.", "dc2.corp.example", now.Add(time.Minute), false},
		"Expired": {"Not after its time.", "127.0.0.1", now.Add(2 * time.Hour), false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: tc.host, CurrentTime: tc.at})
			if (err == nil) != tc.ok {
				t.Errorf("%s\n%v", tc.why, err)
			}
		})
	}
	if _, err := a.Issue(now, now.Add(time.Hour)); err == nil {
		t.Error("a certificate for nobody was issued")
	}
}

func TestLoadRefuses(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	a, err := authority.New(now)
	if err != nil {
		t.Fatal(err)
	}
	b, err := authority.New(now)
	if err != nil {
		t.Fatal(err)
	}
	key, err := b.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := authority.Load(a.PEM(), key); err == nil {
		t.Error("a key of another authority was taken")
	}
	leaf, err := b.Issue(now, now.Add(time.Hour), "localhost")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := authority.Load(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Certificate[0]}), key); err == nil {
		t.Error("the certificate of a server was taken for one of an authority")
	}
}
