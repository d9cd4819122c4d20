package central

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/Azure/go-ntlmssp"
	"github.com/icholy/digest"
)

// The ways of signing in at a proxy.
const (
	schemeNegotiate = "Negotiate"
	schemeNTLM      = "NTLM"
	schemeDigest    = "Digest"
	schemeBasic     = "Basic"
)

// maxLegs bounds how often one request is sent to a proxy while signing in.
const maxLegs = 5

// errRefused is that a proxy asks again where nothing more is to be said.
var errRefused = errors.New("the proxy asks again")

// handshake answers the challenges of one scheme, one after the other.
type handshake interface {
	// answer is the value of Proxy-Authorization without the scheme.
	answer(c challenge) (string, error)
	end()
}

// guard remembers of a proxy what it took and what it refused: a password that
// was refused is not sent again, and Basic is sent without being asked twice.
type guard struct {
	mu      sync.Mutex
	scheme  string
	refused error
}

// asking is one request to a proxy while signing in.
type asking struct {
	proxy  *url.URL
	method string
	target string // what stands in the request line, for Digest
	// environ is where Kerberos is configured on other systems than Windows.
	environ func(string) string
	// send sends the request; authorization is "" where there is none yet. The
	// body of a 407 has been read when it returns.
	send func(authorization string) (*http.Response, error)
}

// pass has a request sent until the proxy lets it through or refuses.
func (g *guard) pass(a asking) (*http.Response, error) {
	g.mu.Lock()
	scheme, refused := g.scheme, g.refused
	g.mu.Unlock()
	if refused != nil {
		return nil, refused
	}
	var hands handshake
	authorization := ""
	if scheme == schemeBasic && a.proxy.User != nil {
		hands = &basic{user: a.proxy.User}
		authorization = scheme + " " + hands.(*basic).token() //nolint:errcheck // made one line above
	}
	defer func() {
		if hands != nil {
			hands.end()
		}
	}()
	for range maxLegs {
		res, err := a.send(authorization)
		if err != nil {
			return nil, err
		}
		if res.StatusCode != http.StatusProxyAuthRequired {
			if hands != nil {
				g.took(scheme)
			}
			return res, nil
		}
		no := refusal(a.proxy, res)
		offers := challenges(res.Header)
		if hands == nil {
			if hands, scheme, no.why = choose(a, offers); hands == nil {
				return nil, no
			}
		} else {
			no.tried = scheme
		}
		c, ok := offered(offers, scheme)
		if !ok {
			return nil, g.refuses(no)
		}
		answer, err := hands.answer(c)
		if err != nil {
			no.tried = scheme
			return nil, g.refuses(no)
		}
		authorization = c.scheme + " " + answer
	}
	return nil, g.refuses(&proxyError{proxy: a.proxy.Host, status: http.StatusProxyAuthRequired, user: a.proxy.User != nil, tried: scheme})
}

func (g *guard) took(scheme string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.scheme = scheme
}

func (g *guard) refuses(e *proxyError) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refused = e
	return e
}

// choose takes the strongest scheme that the proxy offers and that can be
// answered with what is at hand: the account's own ticket, or user and password.
// Without one it says why.
func choose(a asking, offers []challenge) (hands handshake, scheme, why string) {
	user := a.proxy.User
	if _, ok := offered(offers, schemeNegotiate); ok {
		h, err := signer(a)
		if err == nil {
			return h, schemeNegotiate, ""
		}
		if !errors.Is(err, errNobody) {
			why = err.Error()
		}
	}
	if _, ok := offered(offers, schemeNTLM); ok {
		if user != nil {
			return &ntlm{user: user}, schemeNTLM, ""
		}
		if h, err := ownNTLM(); err == nil {
			return h, schemeNTLM, ""
		}
	}
	if user == nil {
		return nil, "", why
	}
	if c, ok := offered(offers, schemeDigest); ok {
		if parsed, err := digest.ParseChallenge(c.scheme + " " + c.rest); err == nil && digest.CanDigest(parsed) {
			return &digested{asking: a}, schemeDigest, ""
		}
	}
	if _, ok := offered(offers, schemeBasic); ok {
		return &basic{user: user}, schemeBasic, ""
	}
	if _, ok := offered(offers, schemeNegotiate); ok && why == "" {
		return &ntlm{user: user}, schemeNegotiate, "" // proxies of Windows take NTLM under this name too
	}
	return nil, "", why
}

// basic says user and password once.
type basic struct {
	user *url.Userinfo
	said bool
}

func (b *basic) token() string {
	b.said = true
	password, _ := b.user.Password()
	return base64.StdEncoding.EncodeToString([]byte(b.user.Username() + ":" + password))
}

func (b *basic) answer(challenge) (string, error) {
	if b.said {
		return "", errRefused
	}
	return b.token(), nil
}

func (*basic) end() {}

// digested answers with a digest of the password, a second time only where the
// proxy's number had grown old meanwhile.
type digested struct {
	asking
	said int
}

func (d *digested) answer(c challenge) (string, error) {
	parsed, err := digest.ParseChallenge(c.scheme + " " + c.rest)
	if err != nil {
		return "", err
	}
	if d.said > 0 && !parsed.Stale {
		return "", errRefused
	}
	d.said++
	password, _ := d.proxy.User.Password()
	credentials, err := digest.Digest(parsed, digest.Options{
		Method: d.method, URI: d.target, Count: 1, Username: d.proxy.User.Username(), Password: password,
	})
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(credentials.String(), digest.Prefix), nil
}

func (*digested) end() {}

// ntlm is the exchange of NTLMv2 with user and password.
type ntlm struct {
	user *url.Userinfo
	leg  int
}

func (n *ntlm) answer(c challenge) (string, error) {
	n.leg++
	switch n.leg {
	case 1:
		m, err := ntlmssp.NewNegotiateMessage("", "")
		return base64.StdEncoding.EncodeToString(m), err
	case 2:
		theirs, err := base64.StdEncoding.DecodeString(c.rest)
		if err != nil || len(theirs) == 0 {
			return "", errRefused
		}
		password, _ := n.user.Password()
		m, err := ntlmssp.NewAuthenticateMessage(theirs, n.user.Username(), password, nil)
		return base64.StdEncoding.EncodeToString(m), err
	}
	return "", errRefused
}

func (*ntlm) end() {}

// errNobody is that there is no account to ask a ticket for, or nothing that
// says where.
var errNobody = errors.New("no ticket can be asked for")

// split takes DOMAIN\user and user@REALM apart.
func split(user string) (name, domain string) {
	if d, n, ok := strings.Cut(user, `\`); ok {
		return n, d
	}
	if n, d, ok := strings.Cut(user, "@"); ok {
		return n, d
	}
	return user, ""
}
