package forest_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"adsync/core/directory"
	"adsync/core/directory/dirtest"
	"adsync/core/sandbox/authority"
	"adsync/core/sandbox/forest"
)

// TestReader runs the cases of the reader that Samba passes: whoever reads the
// two sees the same.
func TestReader(t *testing.T) {
	ca, err := authority.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Issue(time.Now().Add(-time.Hour), time.Now().Add(time.Hour), forest.Host, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	caFile := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	f := forest.New(forest.Options{Now: time.Now, Certificate: cert, Password: password})
	s, err := f.Listen(t.Context(), forest.Ports{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	_, port, err := net.SplitHostPort(s.LDAPS)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	options := func(account string) directory.Options {
		return directory.Options{
			Servers: []string{"127.0.0.1"}, Port: number, Security: directory.SecurityLDAPS, Bind: "simple",
			User: account + "@" + forest.Domain, Password: func() string { return password }, CAFile: caFile,
			Timeout: 30 * time.Second, Now: time.Now,
		}
	}
	dirtest.Run(t, dirtest.Target{
		Domain: forest.Domain, NetBIOS: forest.NetBIOS, Base: forest.BaseDN,
		Options: options(forest.Reader), Plain: options(forest.PlainReader), Change: forest.Raw{Forest: f},
	})
}
