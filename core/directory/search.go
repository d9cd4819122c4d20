package directory

import (
	"context"
	"errors"
	"slices"
	"time"

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
func (c *controller) search(ctx context.Context, q query, begin func() func(*ldap.Entry) error) (found, error) {
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

func (c *controller) attempt(ctx context.Context, q query, each func(*ldap.Entry) error) (found, error) {
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
func (c *controller) page(ctx context.Context, k *conn, q query, cookie []byte, each func(*ldap.Entry) error, f *found) ([]byte, error) {
	paging := ldap.NewControlPaging(uint32(c.o.PageSize)) //nolint:gosec // between 1 and maxPageSize
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
