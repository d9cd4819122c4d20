package central

import (
	"encoding/base64"

	"github.com/alexbrainman/sspi"
	"github.com/alexbrainman/sspi/negotiate"
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

// maxNTLM is more than a message of NTLM takes (Windows names 2,888 bytes).
const maxNTLM = 12 << 10

// accountNTLM is NTLM as the account that the program runs as. It speaks to the
// security interface itself: the library's package for NTLM ends the program at
// its start where Windows offers no NTLM.
type accountNTLM struct {
	credentials *sspi.Credentials
	context     *sspi.Context
	leg         int
}

func ownNTLM() (handshake, error) {
	c, err := sspi.AcquireCredentials("", sspi.NTLMSP_NAME, sspi.SECPKG_CRED_OUTBOUND, nil)
	if err != nil {
		return nil, err
	}
	return &accountNTLM{credentials: c, context: sspi.NewClientContext(c, sspi.ISC_REQ_CONNECTION)}, nil
}

func (n *accountNTLM) answer(c challenge) (string, error) {
	var theirs []byte
	if n.leg++; n.leg > 1 {
		var err error
		if theirs, err = base64.StdEncoding.DecodeString(c.rest); err != nil || len(theirs) == 0 || n.leg > 2 {
			return "", errRefused
		}
	}
	token, err := n.step(theirs)
	return base64.StdEncoding.EncodeToString(token), err
}

// step gives the next message for what the proxy sent.
func (n *accountNTLM) step(theirs []byte) ([]byte, error) {
	token := make([]byte, maxNTLM)
	var in, out sspi.SecBuffer
	in.Set(sspi.SECBUFFER_TOKEN, theirs)
	out.Set(sspi.SECBUFFER_TOKEN, token)
	asked := &sspi.SecBufferDesc{Version: sspi.SECBUFFER_VERSION, BuffersCount: 1, Buffers: &out}
	given := &sspi.SecBufferDesc{Version: sspi.SECBUFFER_VERSION, BuffersCount: 1, Buffers: &in}
	ret := n.context.Update(nil, asked, given)
	if ret == sspi.SEC_I_COMPLETE_NEEDED || ret == sspi.SEC_I_COMPLETE_AND_CONTINUE {
		ret = sspi.CompleteAuthToken(n.context.Handle, asked)
	}
	if ret != sspi.SEC_E_OK && ret != sspi.SEC_I_CONTINUE_NEEDED {
		return nil, ret
	}
	return token[:out.BufferSize], nil
}

func (n *accountNTLM) end() {
	_ = n.context.Release()
	_ = n.credentials.Release()
}
