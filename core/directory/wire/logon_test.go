package wire_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http/httptest"
	"testing"

	"adsync/core/directory/wire"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
)

func TestBind(t *testing.T) {
	t.Run("Accepted", func(t *testing.T) {
		sent := make(chan *ber.Packet, 1)
		c := dial(t, func(p peer) { sent <- p.answer(result(ldap.ApplicationBindResponse, 0, "")); p.request() })
		if err := c.Bind(t.Context(), "reader@corp", "hunter2"); err != nil {
			t.Fatal(err)
		}
		op := (<-sent).Children[1]
		if got := []string{op.Children[1].Data.String(), op.Children[2].Data.String()}; op.Children[0].Value != int64(3) || got[0] != "reader@corp" || got[1] != "hunter2" {
			t.Errorf("sent %v", got)
		}
	})
	t.Run("Refused", func(t *testing.T) {
		c := dial(t, func(p peer) { p.answer(result(ldap.ApplicationBindResponse, 49, "data 52e")); p.request() })
		err := c.Bind(t.Context(), "reader@corp", "wrong")
		e, ok := errors.AsType[*ldap.Error](err)
		if !ok || e.ResultCode != ldap.LDAPResultInvalidCredentials || e.MatchedDN != "DC=matched" || e.Err.Error() != "data 52e" {
			t.Errorf("error %v", err)
		}
	})
	t.Run("Empty", func(t *testing.T) {
		c := dial(t, func(p peer) {
			if p.request().Children[1].Tag == ldap.ApplicationBindRequest {
				t.Error("an anonymous bind was sent")
			}
		})
		if err := c.Bind(t.Context(), "reader@corp", ""); !ldap.IsErrorWithCode(err, ldap.ErrorEmptyPassword) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("InProgress", func(t *testing.T) {
		c := dial(t, func(p peer) { p.answer(result(ldap.ApplicationBindResponse, 14, "")); p.request() })
		if err := c.Bind(t.Context(), "reader@corp", "hunter2"); !ldap.IsErrorWithCode(err, ldap.LDAPResultSaslBindInProgress) {
			t.Errorf("error %v: a logon that goes on is none", err)
		}
	})
}

// kerberos plays the client's part of RFC 4752 and notes what the server sent.
type kerberos struct {
	got     []string
	deleted bool
}

func (k *kerberos) InitSecContext(target string, token []byte) ([]byte, bool, error) {
	return k.InitSecContextWithOptions(target, token, nil)
}

func (k *kerberos) InitSecContextWithOptions(target string, token []byte, _ []int) (out []byte, more bool, err error) {
	k.got = append(k.got, target+":"+string(token))
	if token == nil {
		return []byte("ticket"), true, nil
	}
	return nil, false, nil
}

func (k *kerberos) NegotiateSaslAuth(token []byte, _ string) ([]byte, error) {
	k.got = append(k.got, "layers:"+string(token))
	return []byte("no layer"), nil
}

func (k *kerberos) DeleteSecContext() error { k.deleted = true; return nil }

func saslCredentials(s string) *ber.Packet {
	return ber.NewString(ber.ClassContext, ber.TypePrimitive, 7, s, "")
}

func TestGSSAPI(t *testing.T) {
	var tokens []string
	step := func(p peer, code int, more ...*ber.Packet) {
		r := p.request()
		id, _ := r.Children[0].Value.(int64)
		sasl := r.Children[1].Children[2]
		token := sasl.Children[0].Data.String()
		if len(sasl.Children) > 1 {
			token += " " + sasl.Children[1].Data.String()
		}
		tokens = append(tokens, token)
		p.send(envelope(id, result(ldap.ApplicationBindResponse, code, "", more...)))
	}
	t.Run("ThreeSteps", func(t *testing.T) {
		c := dial(t, func(p peer) {
			step(p, 14, saslCredentials("reply"))
			step(p, 14, saslCredentials("\x07\x00\x00\x00"))
			step(p, 0)
			p.request()
		})
		k := &kerberos{}
		if err := c.GSSAPIBind(t.Context(), k, "ldap/dc1", "", nil); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"GSSAPI ticket", "GSSAPI", "GSSAPI no layer"}, tokens); d != "" {
			t.Errorf("sent (-want +got):\n%s", d)
		}
		if d := cmp.Diff([]string{"ldap/dc1:", "ldap/dc1:reply", "layers:\x07\x00\x00\x00"}, k.got); d != "" || !k.deleted {
			t.Errorf("received (-want +got):\n%s\ncontext deleted %v", d, k.deleted)
		}
	})
	t.Run("TooEarly", func(t *testing.T) {
		c := dial(t, func(p peer) { step(p, 0); p.request() })
		if err := c.GSSAPIBind(t.Context(), &kerberos{}, "ldap/dc1", "", nil); !ldap.IsErrorWithCode(err, ldap.ErrorUnexpectedResponse) {
			t.Errorf("error %v: the server has not proved itself", err)
		}
	})
	t.Run("Refused", func(t *testing.T) {
		c := dial(t, func(p peer) { step(p, 49); p.request() })
		if err := c.GSSAPIBind(t.Context(), &kerberos{}, "ldap/dc1", "", nil); !ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
			t.Errorf("error %v", err)
		}
	})
}

// certificate is one that a client of httptest trusts for "example.com".
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12}, &tls.Config{ServerName: "example.com", RootCAs: pool, MinVersion: tls.VersionTLS12}
}

func startTLS(p peer) { p.answer(result(ldap.ApplicationExtendedResponse, 0, "")) }

func TestStartTLS(t *testing.T) {
	server, client := certificate(t)
	t.Run("Secured", func(t *testing.T) {
		c := dial(t, func(p peer) {
			startTLS(p)
			secure := tls.Server(p.Conn, server)
			peer{Conn: secure, t: t}.answer(result(ldap.ApplicationExtendedResponse, 0, "", ber.NewString(ber.ClassContext, ber.TypePrimitive, 11, `u:CORP\reader`, "")))
			peer{Conn: secure, t: t}.request()
		})
		if err := c.StartTLS(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		if state, ok := c.TLS(); !ok || len(state.PeerCertificates) == 0 {
			t.Error("no certificate")
		}
		if who, err := c.WhoAmI(t.Context()); err != nil || who != `u:CORP\reader` {
			t.Errorf("%q, %v", who, err)
		}
	})
	t.Run("Refused", func(t *testing.T) {
		c := dial(t, func(p peer) { p.answer(result(ldap.ApplicationExtendedResponse, 52, "no certificate")); p.request() })
		if err := c.StartTLS(t.Context(), client); !ldap.IsErrorWithCode(err, ldap.LDAPResultUnavailable) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("Injected", func(t *testing.T) {
		c := dial(t, func(p peer) {
			r := p.request()
			id, _ := r.Children[0].Value.(int64)
			p.send(append(envelope(id, result(ldap.ApplicationExtendedResponse, 0, "")), envelope(id+1, done(0, ""))...))
		})
		if err := c.StartTLS(t.Context(), client); !ldap.IsErrorWithCode(err, ldap.ErrorUnexpectedResponse) || !c.Broken() {
			t.Errorf("error %v: a reply from before the handshake would be taken as protected", err)
		}
	})
	t.Run("WrongName", func(t *testing.T) {
		c := dial(t, func(p peer) { startTLS(p); _ = tls.Server(p.Conn, server).HandshakeContext(context.Background()) })
		wrong := client.Clone()
		wrong.ServerName = "dc1.corp"
		err := c.StartTLS(t.Context(), wrong)
		if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok || !c.Broken() {
			t.Errorf("error %T %v", err, err)
		}
	})
}

// TestClose: the server hears of the end, and a second close is none.
func TestClose(t *testing.T) {
	heard := make(chan *ber.Packet, 1)
	var c *wire.Conn
	t.Run("Connection", func(t *testing.T) {
		c = dial(t, func(p peer) { heard <- p.request() })
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	if r := <-heard; r == nil || r.Children[1].Tag != ldap.ApplicationUnbindRequest {
		t.Errorf("the last request was %v", r)
	}
	if err := c.Bind(t.Context(), "a", "b"); !ldap.IsErrorWithCode(err, ldap.ErrorNetwork) {
		t.Errorf("a bind on it: %v", err)
	}
}
