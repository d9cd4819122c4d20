package directory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"adsync/core/fault"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// query is a search as a value. The request object of go-ldap is made anew for
// every page: it remembers the cookie, and repeating it would return the tail.
type query struct {
	what       string // for messages: "the search for users below OU=..."
	base       string
	scope      int
	filter     string
	attributes []string
	controls   []control
}

// control is a request control without go-ldap's boolean, which Samba reads as
// false (RFC 4511 5.1 wants TRUE to be 0xFF).
type control struct {
	oid      string
	critical bool
	value    []byte
}

func (c control) GetControlType() string { return c.oid }
func (c control) String() string         { return c.oid }

func (c control) Encode() *ber.Packet {
	p := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "Control")
	p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, c.oid, "Type"))
	if c.critical {
		p.AppendChild(ber.NewLDAPBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, true, "Criticality"))
	}
	if c.value != nil {
		p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, string(c.value), "Value"))
	}
	return p
}

var (
	showDeleted = control{oid: ldap.ControlTypeMicrosoftShowDeleted, critical: true}
	// extendedDN puts the objectGUID before each DN, as text (flag 1).
	extendedDN = control{oid: ldap.ControlTypeMicrosoftExtendedDN, value: []byte{0x30, 3, 2, 1, 1}}
)

// found counts what a search brought.
type found struct {
	pages, entries int
	references     []string
}

// errCut means that a search stopped without saying that it was done.
var errCut = errors.New("the search ended without the reply that closes it")

// retryDelays are the waits before a search begins again on a new connection.
var retryDelays = []time.Duration{250 * time.Millisecond, time.Second}

// search runs a paged search to its end. begin is called before the first entry
// of each attempt and returns what takes the entries: an attempt that failed is
// forgotten, for its entries may come again.
func (c *Client) search(ctx context.Context, q query, begin func() func(*ldap.Entry) error) (found, error) {
	c.o.Log.DebugContext(ctx, "search", "command", c.commandLine(q))
	for try := 0; ; try++ {
		f, err := c.attempt(ctx, q, begin())
		if err == nil {
			return f, nil
		}
		if ctx.Err() != nil {
			return f, ctx.Err()
		}
		err = c.operationError(q.what, err)
		if try >= len(retryDelays) || !retryable(err) || c.refused != nil {
			return f, err
		}
		c.o.Log.WarnContext(ctx, "search begins again on a new connection", "search", q.what, "error", err)
		if err := sleep(ctx, retryDelays[try]); err != nil {
			return f, err
		}
	}
}

func (c *Client) attempt(ctx context.Context, q query, each func(*ldap.Entry) error) (found, error) {
	var f found
	k, err := c.live(ctx)
	if err != nil {
		return f, err
	}
	for cookie := []byte(nil); ; {
		if cookie, err = c.page(ctx, k, q, cookie, each, &f); err != nil {
			c.drop(k)
			return f, err
		}
		if len(cookie) == 0 {
			return f, nil
		}
	}
}

// page fetches one page and returns the cookie of the next. A page counts only
// when its paging control came back: go-ldap reports a closed connection, a
// panic while decoding and a cancelled context all as an end without an error.
func (c *Client) page(ctx context.Context, k *conn, q query, cookie []byte, each func(*ldap.Entry) error, f *found) ([]byte, error) {
	paging := ldap.NewControlPaging(uint32(min(c.o.PageSize, 1<<20)))
	paging.SetCookie(cookie)
	request := ldap.NewSearchRequest(q.base, q.scope, ldap.NeverDerefAliases, 0, 0, false, q.filter,
		q.attributes, append(q.requestControls(), paging))
	var next *ldap.ControlPaging
	err := k.guard(ctx, c.o.Timeout, func(alive func()) error {
		pageCtx, cancel := context.WithCancel(ctx)
		defer cancel()
		reply := k.ldap.SearchAsync(pageCtx, request, 64)
		for reply.Next() {
			alive()
			if e := reply.Entry(); e != nil {
				f.entries++
				if err := each(e); err != nil {
					return err
				}
			} else if r := reply.Referral(); r != "" {
				f.references = append(f.references, r)
			}
			if p, ok := ldap.FindControl(reply.Controls(), ldap.ControlTypePaging).(*ldap.ControlPaging); ok {
				next = p
			}
		}
		if err := reply.Err(); err != nil {
			return err
		}
		if next == nil {
			return errCut
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	f.pages++
	return slices.Clone(next.Cookie), nil
}

func (q query) requestControls() []ldap.Control {
	list := make([]ldap.Control, 0, len(q.controls)+1)
	for _, c := range q.controls {
		list = append(list, c)
	}
	return list
}

// object reads one object; nil without an error means that there is none.
func (c *Client) object(ctx context.Context, q query) (*ldap.Entry, error) {
	q.scope = ldap.ScopeBaseObject
	if q.filter == "" {
		q.filter = "(objectClass=*)"
	}
	c.o.Log.DebugContext(ctx, "search", "command", c.commandLine(q))
	for try := 0; ; try++ {
		e, err := c.objectOnce(ctx, q)
		if err == nil {
			return e, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if ldapCode(err, ldap.LDAPResultNoSuchObject) {
			return nil, nil
		}
		err = c.operationError(q.what, err)
		if try >= len(retryDelays) || !retryable(err) || c.refused != nil {
			return nil, err
		}
		if err := sleep(ctx, retryDelays[try]); err != nil {
			return nil, err
		}
	}
}

func (c *Client) objectOnce(ctx context.Context, q query) (*ldap.Entry, error) {
	k, err := c.live(ctx)
	if err != nil {
		return nil, err
	}
	e, err := c.objectOn(ctx, k, q)
	if err != nil && !ldapCode(err, ldap.LDAPResultNoSuchObject) {
		c.drop(k)
	}
	return e, err
}

func (c *Client) objectOn(ctx context.Context, k *conn, q query) (*ldap.Entry, error) {
	var result *ldap.SearchResult
	err := k.guard(ctx, c.o.Timeout, func(func()) error {
		var err error
		// Search returns without an error only after a done message with code 0.
		result, err = k.ldap.Search(ldap.NewSearchRequest(q.base, q.scope, ldap.NeverDerefAliases, 0, 0, false,
			q.filter, q.attributes, q.requestControls()))
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case len(result.Entries) == 0:
		return nil, nil
	case len(result.Entries) > 1:
		return nil, fault.New("directory.read.failed", q.what+" returned more than the one object asked for")
	}
	return result.Entries[0], nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// commandLine is the search as somebody could type it, the password asked for.
func (c *Client) commandLine(q query) string {
	url, tls := "ldap://", ""
	switch c.o.Security {
	case SecurityLDAPS:
		url = "ldaps://"
	case SecurityStartTLS:
		tls = " -ZZ"
	}
	scope := map[int]string{ldap.ScopeBaseObject: "base", ldap.ScopeSingleLevel: "one", ldap.ScopeWholeSubtree: "sub"}[q.scope]
	var b strings.Builder
	b.WriteString("ldapsearch -LLL -o ldif-wrap=no -H " + url + c.address() + tls + " -D " + quote(c.o.User) + " -W")
	if q.scope != ldap.ScopeBaseObject {
		b.WriteString(" -E pr=500/noprompt")
	}
	for _, ctl := range q.controls {
		if ctl.oid == ldap.ControlTypeMicrosoftShowDeleted {
			b.WriteString(" -E '!" + ctl.oid + "'")
		}
	}
	b.WriteString(" -b " + quote(q.base) + " -s " + scope + " " + quote(q.filter))
	for _, a := range q.attributes {
		b.WriteString(" " + quote(a))
	}
	return b.String()
}

// quote makes one word of s for a POSIX shell.
func quote(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '_' && r != '.' && r != '@' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
