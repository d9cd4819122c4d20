package central

import (
	"encoding/base64"

	"github.com/alexbrainman/sspi"
	"github.com/alexbrainman/sspi/negotiate"
	own "github.com/alexbrainman/sspi/ntlm"
)

// negotiated is Negotiate by Windows itself: Kerberos, or NTLM where there is no
// ticket.
type negotiated struct {
	credentials *sspi.Credentials
	context     *negotiate.ClientContext
	first       []byte
	done        bool
}

// signer signs in as the user of the proxy where one is known, otherwise as
// the account that the program runs as, without a password.
func signer(a asking) (handshake, error) {
	var c *sspi.Credentials
	var err error
	if a.proxy.User == nil {
		c, err = negotiate.AcquireCurrentUserCredentials()
	} else {
		name, domain := split(a.proxy.User.Username())
		password, _ := a.proxy.User.Password()
		c, err = negotiate.AcquireUserCredentials(domain, name, password)
	}
	if err != nil {
		return nil, err
	}
	n := &negotiated{credentials: c}
	if n.context, n.first, err = negotiate.NewClientContext(c, "HTTP/"+a.proxy.Hostname()); err != nil {
		n.end()
		return nil, err
	}
	return n, nil
}

func (n *negotiated) answer(c challenge) (string, error) {
	if n.first != nil {
		token := n.first
		n.first = nil
		return base64.StdEncoding.EncodeToString(token), nil
	}
	theirs, err := base64.StdEncoding.DecodeString(c.rest)
	if err != nil || len(theirs) == 0 || n.done {
		return "", errRefused
	}
	var token []byte
	n.done, token, err = n.context.Update(theirs)
	return base64.StdEncoding.EncodeToString(token), err
}

func (n *negotiated) end() {
	_ = n.context.Release()
	_ = n.credentials.Release()
}

// accountNTLM is NTLM as the account that the program runs as.
type accountNTLM struct {
	credentials *sspi.Credentials
	context     *own.ClientContext
	first       []byte
	leg         int
}

func ownNTLM() (handshake, error) {
	c, err := own.AcquireCurrentUserCredentials()
	if err != nil {
		return nil, err
	}
	n := &accountNTLM{credentials: c}
	if n.context, n.first, err = own.NewClientContext(c); err != nil {
		n.end()
		return nil, err
	}
	return n, nil
}

func (n *accountNTLM) answer(c challenge) (string, error) {
	n.leg++
	if n.leg == 1 {
		return base64.StdEncoding.EncodeToString(n.first), nil
	}
	theirs, err := base64.StdEncoding.DecodeString(c.rest)
	if err != nil || len(theirs) == 0 || n.leg > 2 {
		return "", errRefused
	}
	token, err := n.context.Update(theirs)
	return base64.StdEncoding.EncodeToString(token), err
}

func (n *accountNTLM) end() {
	_ = n.context.Release()
	_ = n.credentials.Release()
}
