//go:build !windows

package central

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/spnego"
)

// ticket is Negotiate with Kerberos: everything is said in the first token.
type ticket struct {
	token string
	said  bool
	done  func()
}

// signer gets a ticket for the proxy: with the user's password where one is
// known and names a realm that is configured, otherwise from the account's
// ticket cache.
func signer(a asking) (handshake, error) {
	environ := a.environ
	if environ == nil {
		environ = func(string) string { return "" }
	}
	conf, err := config.Load(cmp.Or(environ("KRB5_CONFIG"), "/etc/krb5.conf"))
	if err != nil {
		return nil, errNobody
	}
	var c *client.Client
	if a.proxy.User == nil {
		file := cmp.Or(strings.TrimPrefix(environ("KRB5CCNAME"), "FILE:"), fmt.Sprintf("/tmp/krb5cc_%d", os.Getuid()))
		cache, err := credentials.LoadCCache(file)
		if err != nil {
			return nil, errNobody
		}
		if c, err = client.NewFromCCache(cache, conf, client.DisablePAFXFAST(true)); err != nil {
			return nil, fmt.Errorf("the ticket cache cannot be used: %w", err)
		}
	} else {
		name, realm := split(a.proxy.User.Username())
		password, _ := a.proxy.User.Password()
		if !strings.Contains(realm, ".") { // the short name of a domain says nothing to Kerberos
			realm = conf.LibDefaults.DefaultRealm
		}
		if realm == "" {
			return nil, errNobody
		}
		c = client.NewWithPassword(name, strings.ToUpper(realm), password, conf, client.DisablePAFXFAST(true))
	}
	s := spnego.SPNEGOClient(c, "HTTP/"+a.proxy.Hostname())
	if err := s.AcquireCred(); err != nil {
		c.Destroy()
		return nil, fmt.Errorf("no ticket: %w", err)
	}
	said, err := s.InitSecContext()
	if err == nil {
		var data []byte
		if data, err = said.Marshal(); err == nil {
			return &ticket{token: base64.StdEncoding.EncodeToString(data), done: c.Destroy}, nil
		}
	}
	c.Destroy()
	return nil, fmt.Errorf("no ticket for HTTP/%s: %w", a.proxy.Hostname(), err)
}

func (t *ticket) answer(challenge) (string, error) {
	if t.said {
		return "", errRefused
	}
	t.said = true
	return t.token, nil
}

func (t *ticket) end() { t.done() }

// ownNTLM: only Windows knows the account's password.
func ownNTLM() (handshake, error) { return nil, errNobody }
