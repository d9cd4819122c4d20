package wire

import (
	"context"
	"errors"

	"github.com/go-ldap/ldap/v3"
)

// Bind logs on with name and password. An empty password is refused here: to a
// server it would be an anonymous logon that succeeds (RFC 4513 5.1.2).
func (c *Conn) Bind(ctx context.Context, user, password string) error {
	if password == "" {
		return ldap.NewError(ldap.ErrorEmptyPassword, errors.New("an empty password is an anonymous logon"))
	}
	return c.guard(ctx, func() error {
		op := appendText(appendInt(nil, tagInteger, 3), tagOctetString, user)
		m, err := c.exchange(tagBindRequest, appendText(op, tagSimple, password), tagBindResponse)
		if err != nil {
			return err
		}
		_, _, err = parseResult(m.op, ldap.LDAPResultSuccess)
		return err
	})
}

// maxSteps bounds a SASL logon; Kerberos takes two or three.
const maxSteps = 10

// GSSAPIBind logs on with the mechanism GSSAPI (RFC 4752) for the service
// principal target. options are those of InitSecContextWithOptions.
func (c *Conn) GSSAPIBind(ctx context.Context, client ldap.GSSAPIClient, target, authzid string, options []int) error {
	defer func() { _ = client.DeleteSecContext() }()
	return c.guard(ctx, func() error {
		var answer []byte
		unfinished := true
		for range maxSteps {
			var token []byte
			var err error
			if unfinished {
				token, unfinished, err = client.InitSecContextWithOptions(target, answer, options)
			} else {
				token, err = client.NegotiateSaslAuth(answer, authzid)
			}
			if err != nil {
				return err
			}
			var code int
			if code, answer, err = c.saslStep("GSSAPI", token); err != nil {
				return err
			}
			if code == ldap.LDAPResultSuccess {
				if unfinished {
					return malformed("a logon that succeeds before its end")
				}
				return nil
			}
		}
		return malformed("a logon without an end")
	})
}

// saslStep sends a token and returns that of the server. The code is success or
// that the logon goes on.
func (c *Conn) saslStep(mechanism string, token []byte) (code int, answer []byte, err error) {
	op := appendText(appendInt(nil, tagInteger, 3), tagOctetString, "")
	sasl := appendText(nil, tagOctetString, mechanism)
	if len(token) > 0 {
		sasl = appendElement(sasl, tagOctetString, token)
	}
	m, err := c.exchange(tagBindRequest, appendElement(op, tagSASL, sasl), tagBindResponse)
	if err != nil {
		return 0, nil, err
	}
	code, rest, err := parseResult(m.op, ldap.LDAPResultSuccess, ldap.LDAPResultSaslBindInProgress)
	if err != nil {
		return 0, nil, err
	}
	if credentials, _, ok := element(rest, tagCredentials); ok {
		answer = append([]byte{}, credentials...)
	}
	return code, answer, nil
}
