package central_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //nolint:staticcheck // what NTLM is

	"adsync/core/central"
	"adsync/core/fault"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// ntlmProxy is a proxy for CONNECT that signs a connection in by NTLMv2 as
// MS-NLMP describes it, and forgets it when the connection ends.
type ntlmProxy struct {
	domain, user, password string
	scheme                 string // NTLM or Negotiate
}

func (p *ntlmProxy) serve(near net.Conn) {
	defer func() { _ = near.Close() }()
	reader := bufio.NewReader(near)
	challenge := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	asked := false
	for {
		r, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		scheme, token, _ := strings.Cut(r.Header.Get("Proxy-Authorization"), " ")
		message, err := base64.StdEncoding.DecodeString(token)
		answer := p.scheme
		switch {
		case err != nil, scheme != p.scheme || len(message) < 12:
		case message[8] == 1:
			asked = true
			answer += " " + base64.StdEncoding.EncodeToString(challengeMessage(challenge))
		case message[8] == 3 && asked && p.proves(message, challenge):
			far, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", r.Host)
			if err != nil {
				return
			}
			_, _ = io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n")
			go func() {
				_, _ = io.Copy(far, reader)
				_ = far.Close()
			}()
			_, _ = io.Copy(near, far)
			return
		}
		const body = "<html>who are you</html>"
		_, _ = fmt.Fprintf(near, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: %s\r\nContent-Length: %d\r\n\r\n%s", answer, len(body), body)
	}
}

// challengeMessage is the second of the three messages.
func challengeMessage(challenge []byte) []byte {
	const unicode, targetInfo, extended, ntlmFlag = 0x1, 0x800000, 0x80000, 0x200
	info := []byte{2, 0, 8, 0, 'C', 0, 'O', 0, 'R', 0, 'P', 0, 0, 0, 0, 0} // the domain's name, and the end
	b := append([]byte("NTLMSSP\x00"), 2, 0, 0, 0)
	b = append(b, make([]byte, 8)...) // no target name
	b = binary.LittleEndian.AppendUint32(b, unicode|targetInfo|extended|ntlmFlag)
	b = append(b, challenge...)
	b = append(b, make([]byte, 8)...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(info)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(info)))
	b = binary.LittleEndian.AppendUint32(b, 56)
	b = append(b, make([]byte, 8)...) // version
	return append(b, info...)
}

// proves checks the third message against the password.
func (p *ntlmProxy) proves(m, challenge []byte) bool {
	field := func(at int) []byte {
		if len(m) < at+8 {
			return nil
		}
		length, offset := int(binary.LittleEndian.Uint16(m[at:])), int(binary.LittleEndian.Uint32(m[at+4:]))
		if len(m) < offset+length {
			return nil
		}
		return m[offset : offset+length]
	}
	response, domain, user := field(20), field(28), field(36)
	if len(response) < 16 || !bytes.Equal(domain, wide(p.domain)) || !bytes.Equal(user, wide(p.user)) {
		return false
	}
	hash := md4.New()
	_, _ = hash.Write(wide(p.password))
	key := keyed(hash.Sum(nil), wide(strings.ToUpper(p.user)+p.domain))
	return bytes.Equal(response[:16], keyed(key, append(bytes.Clone(challenge), response[16:]...)))
}

func keyed(key, data []byte) []byte {
	h := hmac.New(md5.New, key)
	_, _ = h.Write(data)
	return h.Sum(nil)
}

func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func TestNTLMProxy(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"NTLM", "Negotiate"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			p := &ntlmProxy{domain: "CORP", user: "svc", password: "pässword", scheme: scheme}
			l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					go p.serve(conn)
				}
			}()
			s := tenanttest.Start(t, tenant.Options{})
			attempt := func(password string) error {
				o := options(t, s)
				o.Proxy = central.Proxy{
					Mode: central.ProxyManual, URL: "http://" + l.Addr().String(),
					User: `CORP\svc`, Password: func() string { return password },
				}
				_, err := dial(t, o).Users(t.Context())
				return err
			}
			if err := attempt("pässword"); err != nil {
				t.Error(err)
			}
			s.Tenant.Reset()
			if err := attempt("hunter2"); fault.Code(err) != "proxy.authRequired" || s.Tenant.Total() != 0 {
				t.Errorf("a wrong password: %v", err)
			}
		})
	}
}
