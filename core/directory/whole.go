package directory

import (
	"context"
	"errors"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// errRound means that a search without pages brought a round number of entries.
var errRound = errors.New("the number of entries looks like a limit")

// wholeFirst reports whether a search is tried without pages first.
//
// A search that ends with code 0 is complete by protocol, in pages or without
// them: a server that stops at a limit of its own has to say so with code 3, 4
// or 11 (RFC 4511 4.5.1.4, A.2), and what an account may not see is missing from
// both. What remains is a server that stops at a limit and says 0. Against that
// stands no proof but knowing the server, so this is for Samba alone, which has
// no MaxPageSize and ends a reply of more than 256 MB with code 4
// (LDAP_SERVER_MAX_REPLY_SIZE in source4/ldap_server); its pages cost it 2.5 times
// the time, because it reads each object again by GUID. Active Directory is as
// fast in pages, and would answer with its first 1,000 entries and code 4: there
// the try would be a loss. A server in front of the controllers that says nothing
// of itself is read in pages.
//
// A count that is a multiple of a hundred, as limits are, is read again in pages.
func (c *controller) wholeFirst() bool {
	return c.root.whole && !c.o.paged && !c.pagesOnly
}

// unlimited reports whether the rootDSE is that of a server known to return
// everything.
func unlimited(vendor string, policies []string) bool {
	if !strings.HasPrefix(vendor, "Samba") {
		return false
	}
	for _, p := range policies {
		if strings.EqualFold(p, "MaxPageSize") || strings.EqualFold(p, "MaxResultSetSize") {
			return false
		}
	}
	return true
}

// wholePatience is how many times longer than for any other answer is waited for
// the first entry of a search without pages: Samba collects all of them before it
// sends one. Of 100,000 people that takes it 20 s alone, and more than a minute
// beside other work. A server that is given up goes on collecting, and answers no
// other connection meanwhile where it is a single process.
const wholePatience = 5

func (c *controller) whole(ctx context.Context, q query, each func(*ldap.Entry) error) (found, error) {
	var f found
	k, err := c.live(ctx)
	if err != nil {
		return f, err
	}
	request := q.request()
	request.Patience = wholePatience * c.o.Timeout
	if _, err = k.Search(ctx, request, f.reply(each)); err != nil {
		c.drop(k)
		return f, err
	}
	if f.entries > 0 && f.entries%100 == 0 {
		return f, errRound
	}
	f.pages = 1
	return f, nil
}
