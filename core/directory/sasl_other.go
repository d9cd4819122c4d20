//go:build !windows

package directory

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3/gssapi"
	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/types"
)

var errNoTicket = errors.New("no valid Kerberos ticket")

// newNegotiator logs on with the keytab of KRB5_CLIENT_KTNAME or the tickets of
// KRB5CCNAME, with gokrb5, which has no channel binding.
func newNegotiator(_ *x509.Certificate, now time.Time) (negotiator, error) {
	settings, err := kerberosConfig()
	if err != nil {
		return nil, err
	}
	// Active Directory does not know FAST negotiation in this form.
	fast := client.DisablePAFXFAST(true)
	if file := os.Getenv("KRB5_CLIENT_KTNAME"); file != "" {
		keys, name, realm, err := clientKeytab(file)
		if err != nil {
			return nil, err
		}
		return &gssapi.Client{Client: client.NewWithKeytab(name, realm, keys, settings, fast)}, nil
	}
	cache, err := ticketCache(now)
	if err != nil {
		return nil, err
	}
	k, err := client.NewFromCCache(cache, settings, fast)
	if err != nil {
		return nil, err
	}
	return &gssapi.Client{Client: k}, nil
}

// kerberosConfig reads krb5.conf; without one the realm is found by DNS.
func kerberosConfig() (*config.Config, error) {
	file := os.Getenv("KRB5_CONFIG")
	if file == "" {
		file = "/etc/krb5.conf"
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			c := config.New()
			c.LibDefaults.DNSLookupKDC = true
			return c, nil
		}
	}
	c, err := config.Load(file)
	// A directive that gokrb5 does not know, such as includedir, is left out.
	if _, unsupported := errors.AsType[config.UnsupportedDirective](err); err != nil && !unsupported {
		return nil, fault.New("directory.kerberos.config", "krb5.conf cannot be read: "+file, fault.Cause(err),
			fault.Hint("name the right file in KRB5_CONFIG"))
	}
	return c, nil
}

func clientKeytab(file string) (*keytab.Keytab, string, string, error) {
	path, err := filePath(file)
	if err != nil {
		return nil, "", "", err
	}
	keys, err := keytab.Load(path)
	if err == nil && len(keys.Entries) == 0 {
		err = errors.New("the keytab is empty")
	}
	if err != nil {
		return nil, "", "", fault.New("directory.bind.keytab", "the keytab of KRB5_CLIENT_KTNAME cannot be read: "+path, fault.Cause(err),
			fault.Hint("make one with: ktpass, msktutil or ktutil; the account that runs this command must be able to read it"))
	}
	p := keys.Entries[0].Principal
	return keys, strings.Join(p.Components, "/"), p.Realm, nil
}

// ticketCache returns a cache with a ticket that is still valid.
func ticketCache(now time.Time) (*credentials.CCache, error) {
	file := os.Getenv("KRB5CCNAME")
	if file == "" {
		file = fmt.Sprintf("/tmp/krb5cc_%d", os.Getuid())
	}
	path, err := filePath(file)
	if err != nil {
		return nil, err
	}
	cache, err := credentials.LoadCCache(path)
	if err != nil {
		return nil, errors.Join(errNoTicket, err)
	}
	realm := cache.GetClientRealm()
	ticket, ok := cache.GetEntry(types.NewPrincipalName(nametype.KRB_NT_SRV_INST, "krbtgt/"+realm))
	if !ok || !ticket.EndTime.After(now) {
		return nil, fmt.Errorf("%w of %s@%s in %s", errNoTicket, cache.GetClientPrincipalName().PrincipalNameString(), realm, path)
	}
	return cache, nil
}

// filePath takes the type from the name of a cache or keytab; gokrb5 reads files only.
func filePath(name string) (string, error) {
	kind, path, found := strings.Cut(name, ":")
	if !found {
		return name, nil
	}
	if kind != "FILE" {
		return "", fault.New("directory.bind.ticket", "tickets and keys of the type "+kind+" cannot be read, only files",
			fault.Hint("set KRB5CCNAME=FILE:PATH and run kinit again, or name a keytab in KRB5_CLIENT_KTNAME"))
	}
	return path, nil
}

// integratedAccount names the account that an integrated logon is made as.
func integratedAccount(now time.Time) string {
	if file := os.Getenv("KRB5_CLIENT_KTNAME"); file != "" {
		if _, name, realm, err := clientKeytab(file); err == nil {
			return name + "@" + realm
		}
	} else if cache, err := ticketCache(now); err == nil {
		return cache.GetClientPrincipalName().PrincipalNameString() + "@" + cache.GetClientRealm()
	}
	return "the account of the Kerberos ticket"
}

// kerberosReason reads the trouble from the text: gokrb5 wraps no errors.
func kerberosReason(err error) reason {
	if errors.Is(err, errNoTicket) {
		return reasonTicket
	}
	text := err.Error()
	for _, known := range []struct {
		part string
		reason
	}{
		{"KRB_AP_ERR_SKEW", reasonClock},
		{"clock skew", reasonClock},
		{"KDC_ERR_S_PRINCIPAL_UNKNOWN", reasonService},
		{"KRB_AP_ERR_TKT_EXPIRED", reasonTicket},
		{"TGT", reasonTicket},
		{"KDC_ERR_", reasonRefused},
		{"KRB_AP_ERR_", reasonRefused},
		{"KDC", reasonKDC},
		{"Networking_Error", reasonKDC},
	} {
		if strings.Contains(text, known.part) {
			return known.reason
		}
	}
	return reasonOther
}
