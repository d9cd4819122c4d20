package forest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// The scopes of a search.
const (
	scopeBase = iota
	scopeOne
	scopeSubtree
)

// request is a search as it was asked for.
type request struct {
	base       string
	scope      int64
	sizeLimit  int64
	timeLimit  time.Duration
	typesOnly  bool
	filter     *ber.Packet
	filterText string // its bytes: a page must repeat them
	attributes []string
	controls   controls
}

var errRequest = errors.New("malformed request")

func readSearch(op *ber.Packet, c controls) (request, error) {
	r := request{controls: c}
	if len(op.Children) != 8 {
		return r, errRequest
	}
	numbers := make([]int64, 0, 4)
	for _, i := range []int{1, 2, 3, 4} {
		v, ok := op.Children[i].Value.(int64)
		if !ok {
			return r, errRequest
		}
		numbers = append(numbers, v)
	}
	types := text(op.Children[5])
	r.base = text(op.Children[0])
	r.scope, r.sizeLimit = numbers[0], numbers[2]
	r.timeLimit = time.Duration(numbers[3]) * time.Second
	r.typesOnly = types != "" && types[0] != 0
	r.filter = op.Children[6]
	r.filterText = string(r.filter.Bytes())
	for _, a := range op.Children[7].Children {
		r.attributes = append(r.attributes, text(a))
	}
	if r.scope < scopeBase || r.scope > scopeSubtree || r.sizeLimit < 0 || r.timeLimit < 0 {
		return r, errRequest
	}
	return r, nil
}

// found is what a search came to: the entries, and where else to ask.
type found struct {
	nodes      []*node
	references []string
}

// search evaluates r for the account behind who. The caller holds the lock.
func (f *Forest) search(ctx context.Context, r request, who *node, secure bool) (found, result) {
	base, refusal := f.base(r.base, r.controls.showDeleted)
	if refusal.code != success {
		return found{}, refusal
	}
	t, err := f.compile(r.filter)
	switch {
	case errors.Is(err, errConstructed):
		return found{}, result{code: inappropriateMatching, text: "00002030: LdapErr: DSID-0C090DA5, comment: constructed attribute in the filter, data 0, v4563"}
	case err != nil:
		return found{}, result{code: protocolError, text: "0000203D: LdapErr: DSID-0C090C9B, comment: Error decoding ldap message, data 0, v4563"}
	}
	w := walk{f: f, ctx: ctx, test: t, deleted: r.controls.showDeleted, sees: f.sight(who)}
	switch r.scope {
	case scopeBase:
		w.visit(base)
	case scopeOne:
		for _, c := range base.sorted() {
			if !c.nc {
				w.visit(c)
			}
		}
	default:
		w.descend(base)
		if !r.controls.domainScope {
			w.out.references = f.references(base, secure)
		}
	}
	if ctx.Err() != nil {
		return found{}, result{code: timeLimitExceeded, text: "00000102: SvcErr: DSID-03140D3A, problem 5001 (BUSY), data 0"}
	}
	return w.out, result{}
}

type walk struct {
	f       *Forest
	ctx     context.Context // lives for one search
	test    test
	deleted bool
	sees    func(*node) bool
	out     found
}

func (w *walk) visit(n *node) {
	if n.deleted && !w.deleted || n == w.f.named["deleted objects"] && !w.deleted || !w.sees(n) {
		return
	}
	if w.test(n) == yes {
		w.out.nodes = append(w.out.nodes, n)
	}
}

// descend visits n and what is below it in its naming context.
func (w *walk) descend(n *node) {
	if w.ctx.Err() != nil {
		return
	}
	w.visit(n)
	for _, c := range n.sorted() {
		if !c.nc {
			w.descend(c)
		}
	}
}

// sight says what an account may read. Administrators may read all; what lies
// in Deleted Objects is for those who were given the right.
func (f *Forest) sight(who *node) func(*node) bool {
	admin := f.isAdmin(who)
	bin := f.named["deleted objects"]
	return func(n *node) bool {
		if admin {
			return true
		}
		if n.below(bin) && (who == nil || !who.readDeleted) {
			return false
		}
		for at := n; at != nil; at = at.parent {
			if f.denied[at] {
				return false
			}
			if at.nc {
				break
			}
		}
		return true
	}
}

func (f *Forest) isAdmin(who *node) bool {
	admins := f.named["domain admins"]
	return who != nil && admins != nil && slices.Contains(f.tokenGroups(who), admins.first("objectsid"))
}

// references are the naming contexts below base that are their own searches.
func (f *Forest) references(base *node, secure bool) []string {
	scheme := "ldap://"
	if secure {
		scheme = "ldaps://"
	}
	var out []string
	var look func(*node)
	look = func(n *node) {
		for _, c := range n.children {
			if !c.nc {
				look(c)
				continue
			}
			host := Domain
			if strings.EqualFold(c.name.attr, "DC") {
				host = c.name.value + "." + Domain
			}
			out = append(out, scheme+host+"/"+c.dn())
		}
	}
	look(base)
	if base == f.root {
		for _, c := range f.foreign {
			out = append(out, scheme+c.dns+"/"+c.dn)
		}
	}
	slices.Sort(out)
	return out
}
