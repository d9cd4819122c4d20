package central

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"adsync/core/fault"
)

// unsentError is a call that ended with an error of our own making.
type unsentError struct{ cause error }

func (e *unsentError) Error() string { return e.cause.Error() }

// cutError is an answer that broke off in its body.
type cutError struct {
	status int
	cause  error
}

func (e *cutError) Error() string {
	return fmt.Sprintf("the reply with status %d broke off: %s", e.status, e.cause)
}

func (e *cutError) Unwrap() error { return e.cause }

// fate is what to make of a call that brought no answer.
type fate struct {
	err   error
	again bool // may be tried again: it may pass, and nothing was changed by it
}

// lost tells apart why no answer came: by us, at the proxy, at the door, or
// after the request had gone out. Only of the last is a write unclear.
func (c *Client) lost(ctx context.Context, q request, err error) fate {
	if e, ok := errors.AsType[*unsentError](err); ok {
		return fate{err: e.cause}
	}
	if f, ok := c.door(ctx, q.doing, err); ok {
		return f
	}
	e := &Error{Message: c.silence(err)}
	if cut, ok := errors.AsType[*cutError](err); ok {
		e.Status = cut.status
	}
	if ctx.Err() != nil {
		e.cause = ctx.Err()
	}
	if q.write() {
		return fate{err: unclear(q, e)}
	}
	if e.cause != nil {
		return fate{err: stopped(q.doing, e.cause)}
	}
	return fate{again: true, err: fault.New("central.unreachable", q.doing+": "+e.Error(), fault.Cause(e),
		fault.Hint("check the network between this machine and Sophos Central, and its status page"))}
}

// door handles failures to get a connection: nothing has been sent then.
func (c *Client) door(ctx context.Context, doing string, err error) (fate, bool) {
	if p, ok := errors.AsType[*proxyError](err); ok {
		return fate{err: p.explain(), again: p.status >= 500}, true
	}
	op, _ := errors.AsType[*net.OpError](err)
	if f, ok := untrusted(doing, err, op != nil && op.Op == "proxyconnect", c.passed(err)); ok {
		return f, true
	}
	dns, isDNS := errors.AsType[*net.DNSError](err)
	dialled := isDNS || op != nil && (op.Op == "dial" || op.Op == "proxyconnect")
	own, isOwn := errors.AsType[*fault.Error](err) // of choosing the proxy
	switch {
	case isOwn:
		return fate{err: own}, true
	case dialled && ctx.Err() != nil:
		return fate{err: stopped(doing, ctx.Err())}, true
	case dialled && op != nil && op.Op == "proxyconnect" && isDNS && dns.IsNotFound:
		return fate{err: fault.New("proxy.unreachable.name", doing+": the name of the proxy, "+dns.Name+", is not known",
			fault.Hint("check proxy.url and this computer's name resolution"))}, true
	case dialled && op != nil && op.Op == "proxyconnect":
		return fate{again: true, err: fault.New("proxy.unreachable",
			doing+": the proxy cannot be reached: "+c.redact.clean(op.Err.Error()),
			fault.Hint("check proxy.url, or set proxy.mode to none"))}, true
	case dialled:
		e := &Error{Message: c.silence(err)}
		return fate{again: !isDNS || !dns.IsNotFound, err: fault.New("central.unreachable",
			doing+": no connection: "+e.Error(), fault.Cause(e),
			fault.Hint("check name resolution, the firewall and whether a proxy is needed (proxy.mode, proxy.url)"))}, true
	case errors.Is(err, http.ErrSchemeMismatch):
		e := &Error{Message: "the server does not speak TLS"}
		return fate{err: fault.New("central.unreachable", doing+": "+e.Message, fault.Cause(e),
			fault.Hint("check the scheme and the port of the URL"))}, true
	}
	return fate{}, false
}

// passed is the proxy on the way to the host that a call failed at.
func (c *Client) passed(err error) ProxyUse {
	e, ok := errors.AsType[*url.Error](err)
	if !ok {
		return ProxyUse{}
	}
	return c.proxy.use(e.URL)
}

// untrusted names what is wrong with the certificate of Central, or of a
// proxy that is spoken to over TLS. A certificate of an unknown authority that
// came through a proxy is most likely the proxy's: it opens TLS to inspect it.
func untrusted(doing string, err error, proxy bool, through ProxyUse) (fate, bool) {
	who, prefix := "Sophos Central", "central.certificate."
	if proxy {
		who, prefix = "the proxy", "proxy.certificate."
	}
	say := func(code, what, hint string) (fate, bool) {
		return fate{err: fault.New(prefix+code, doing+": the certificate of "+who+" "+what, fault.Hint(hint))}, true
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return say("name", "is not for "+e.Host, "check the URL; another machine may be answering")
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return say("expired", "has expired or is not valid yet", "check this machine's clock")
	}
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	other, isOther := errors.AsType[*tls.CertificateVerificationError](err)
	if !unknown && !isOther {
		return fate{}, false
	}
	by := ""
	if isOther && len(other.UnverifiedCertificates) > 0 {
		by = fmt.Sprintf(" (it is issued by %q)", other.UnverifiedCertificates[0].Issuer.String())
	}
	if through.Used && !proxy {
		return fate{err: fault.New("proxy.inspects", doing+": the certificate that came through the proxy "+through.URL+
			" is not signed by an authority that is trusted here"+by,
			fault.Hint("the proxy inspects TLS: set central.caFile to the certificate of its authority, or have it let *.sophos.com pass unopened"))}, true
	}
	return say("unknownAuthority", "is not signed by an authority that is trusted here"+by,
		"where something inspects TLS, set central.caFile to the certificate of its authority")
}

// silence says in words how a call was lost.
func (c *Client) silence(err error) string {
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return fmt.Sprintf("no answer within %s", c.o.Timeout)
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // the URL holds addresses of people, and says nothing here
	}
	return c.redact.clean(err.Error())
}
