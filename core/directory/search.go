package directory

import (
	"context"
	"errors"
	"slices"
	"time"

	"adsync/core/directory/wire"
	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

// query is a search as a value; each attempt makes its requests from it anew.
type query struct {
	what       string // for messages: "the search for users below OU=..."
	base       string
	scope      int
	filter     string
	attributes []string
	controls   []control
}

// control is a control of a request.
type control = wire.Control

var (
	showDeleted = control{OID: ldap.ControlTypeMicrosoftShowDeleted, Critical: true}
	// extendedDN puts the objectGUID before each DN, as text (flag 1).
	extendedDN = control{OID: ldap.ControlTypeMicrosoftExtendedDN, Value: []byte{0x30, 3, 2, 1, 1}}
)

func (q query) request(more ...control) wire.Request {
	return wire.Request{
		Base: q.base, Scope: q.scope, Filter: q.filter, Attributes: q.attributes,
		Controls: slices.Concat(q.controls, more),
	}
}

// found counts what a search brought.
type found struct {
	pages, entries int
	references     []string // each once
}

// reply counts what comes and hands the entries on.
func (f *found) reply(each func(*ldap.Entry) error) wire.Reply {
	return wire.Reply{
		Entry: func(e *ldap.Entry) error {
			f.entries++
			return each(e)
		},
		Reference: func(urls []string) error {
			// All of them lead to the same place (RFC 4511 4.5.3).
			if !slices.Contains(f.references, urls[0]) {
				f.references = append(f.references, urls[0])
			}
			if len(f.references) > maxReferences {
				return fault.New("directory.read.incomplete.referral", "the search left more references than a forest has partitions")
			}
			return nil
		},
	}
}

const maxReferences = 1000

// errCut means that a page ended without the control that says what comes next.
var errCut = errors.New("the page came without its paging control")

// retryDelays are the waits before a search begins again on a new connection.
var retryDelays = []time.Duration{250 * time.Millisecond, time.Second}

// search runs a search to its end. begin is called before the first entry of each
// attempt and returns what takes the entries: an attempt that failed is
// forgotten, for its entries may come again.
func (c *controller) search(ctx context.Context, q query, begin func() func(*ldap.Entry) error) (found, error) {
	c.o.Log.DebugContext(ctx, "search", "command", c.commandLine(q))
	if c.wholeFirst() {
		f, err := c.whole(ctx, q, q.inside(begin()))
		if err == nil || ctx.Err() != nil || c.refused != nil || fault.Code(err) != "" && !retryable(err) {
			return f, firstOf(ctx.Err(), err)
		}
		c.pagesOnly = !errors.Is(err, errRound)
		c.o.Log.DebugContext(ctx, "search begins again in pages", "search", q.what, "error", err)
	}
	for try := 0; ; {
		f, err := c.attempt(ctx, q, q.inside(begin()))
		if err == nil {
			return f, nil
		}
		if ctx.Err() != nil {
			return f, ctx.Err()
		}
		if ldapCode(err, ldap.LDAPResultSizeLimitExceeded, ldap.LDAPResultAdminLimitExceeded) && c.smallerPages() {
			c.o.Log.WarnContext(ctx, "search begins again with smaller pages", "search", q.what, "pageSize", c.pageSize, "error", err)
			continue
		}
		err = c.operationError(q.what, err)
		if try >= len(retryDelays) || !retryable(err) || c.refused != nil {
			return f, err
		}
		c.o.Log.WarnContext(ctx, "search begins again on a new connection", "search", q.what, "error", err)
		if err := sleep(ctx, retryDelays[try]); err != nil {
			return f, err
		}
		try++
	}
}

// attempt reads all pages on one connection, on which alone the cookies mean
// anything.
func (c *controller) attempt(ctx context.Context, q query, each func(*ldap.Entry) error) (found, error) {
	var f found
	k, err := c.live(ctx)
	if err != nil {
		return f, err
	}
	var pages course
	for cookie := []byte(nil); ; {
		first := ""
		take := func(e *ldap.Entry) error {
			if first == "" {
				first = e.DN
			}
			return each(e)
		}
		if cookie, err = page(ctx, k, q, c.pageSize, cookie, f.reply(take)); err == nil {
			err = pages.page(first)
		}
		if err != nil {
			c.drop(k)
			return f, err
		}
		f.pages++
		if len(cookie) == 0 {
			return f, nil
		}
	}
}

// page fetches one page and returns the cookie of the next. A page counts only
// when its paging control came back.
func page(ctx context.Context, k *conn, q query, size int, cookie []byte, reply wire.Reply) ([]byte, error) {
	controls, err := k.Search(ctx, q.request(wire.Paging(size, cookie)), reply)
	if err != nil {
		return nil, err
	}
	next, ok := wire.Cookie(controls)
	if !ok {
		return nil, errCut
	}
	return next, nil
}

// minPageSize is where asking for smaller pages ends.
const minPageSize = 16

// smallerPages halves the size of the pages for all further searches; false
// where they are small already.
func (c *controller) smallerPages() bool {
	if c.pageSize <= minPageSize {
		return false
	}
	c.pageSize = max(c.pageSize/2, minPageSize)
	return true
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
