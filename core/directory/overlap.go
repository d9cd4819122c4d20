package directory

import (
	"context"
	"slices"
	"time"

	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// Bases of one kind and filter may stand within each other. A search below the
// outer one returns whatever one below the inner would, for who sees an object is
// decided by it and its parent alone (MS-ADTS 5.1.3.3.6): so what stands below both
// comes once. The inner base is read itself where the outer search was not
// complete, and where a container was renamed or moved while it ran: the DNs of
// what came then do not say below which base it stands.

// asked tells the searches of a reading apart.
type asked struct {
	kind   string
	base   Base
	filter string
	nested bool
}

func (s Search) asked(kind string) asked { return asked{kind, s.Bases[0], s.Filter, s.NestedMemberOf} }

// inner is a base below that of a search, and what the search returned there.
type inner struct {
	key     asked
	place   place
	by      string // the outer base as configured
	filter  string // as it was sent
	match   identity.Match
	proof   proof
	entries int
}

// overlap sorts what one search returns by the bases within its own.
type overlap struct {
	inner  []*inner
	proven []string
	own    []identity.Match
	parent string // of the last object
	at     []*inner
	marks  []identity.Match // of what stands there
}

// outerFirst returns the order in which searches are run: an outer base before
// those within it.
func outerFirst(searches []Search) []int {
	order := make([]int, len(searches))
	depth := make([]int, len(searches))
	for i, s := range searches {
		order[i], depth[i] = i, len(rdnKeys(s.Bases[0].DN))
	}
	slices.SortStableFunc(order, func(a, b int) int { return depth[a] - depth[b] })
	return order
}

// eachBase runs searches, the outer ones first. The records keep their order.
func (r *reader) eachBase(searches []Search, run func(Search, []Search) error) error {
	from := len(r.snapshot.Reads)
	order := outerFirst(searches)
	for n, i := range order {
		var later []Search
		for _, j := range order[n+1:] {
			later = append(later, searches[j])
		}
		if err := run(searches[i], later); err != nil {
			return err
		}
	}
	reads := slices.Clone(r.snapshot.Reads[from:])
	for n, i := range order {
		r.snapshot.Reads[from+i] = reads[n]
	}
	return nil
}

// overlap finds which of the searches that are still to be run stand within one.
func (r *reader) overlap(ctx context.Context, d identity.Domain, read identity.Read, base place, filter string, search Search, later []Search, proven []string) *overlap {
	o := &overlap{proven: proven, own: []identity.Match{search.match(search.Bases[0])}}
	o.marks = o.own
	for _, s := range later {
		b := s.Bases[0]
		if s.Filter != search.Filter || s.NestedMemberOf != search.NestedMemberOf || !UnderBase(b.DN, search.Bases[0].DN) {
			continue
		}
		// What is wrong with it is said when its turn comes.
		if at, err := r.locate(ctx, d, b); err == nil && r.contained(at.dn, base.dn) {
			o.inner = append(o.inner, &inner{key: s.asked(read.Kind), place: at, by: read.Base, filter: filter, match: s.match(b)})
		}
	}
	o.begin()
	return o
}

// contained says that a base stands below another one, with nothing but containers
// between that the domain was read to have.
func (r *reader) contained(dn, outer string) bool {
	for ; UnderBase(dn, outer); dn = ParentDN(dn) {
		if sameDN(dn, outer) {
			return true
		}
		if _, known := r.parents[dnKey(dn)]; !known {
			return false
		}
	}
	return false
}

// begin forgets what an attempt of the search returned.
func (o *overlap) begin() {
	for _, in := range o.inner {
		in.entries, in.proof = 0, newProof(o.proven)
	}
}

// add counts an object to the bases that it stands below.
func (o *overlap) add(e *ldap.Entry) {
	if len(o.inner) == 0 {
		return
	}
	o.turn(e.DN)
	for _, in := range o.at {
		in.entries++
		in.proof.add(e)
	}
}

// matched are the marks of an object.
func (o *overlap) matched(dn string) []identity.Match {
	if len(o.inner) > 0 {
		o.turn(dn)
	}
	return o.marks
}

// turn finds the bases that an object stands below. Neighbours come one after the
// other mostly.
func (o *overlap) turn(dn string) {
	parent := ParentDN(dn)
	if parent == o.parent {
		return
	}
	o.parent, o.at, o.marks = parent, nil, slices.Clone(o.own)
	for _, in := range o.inner {
		if UnderBase(parent, in.place.dn) {
			o.at = append(o.at, in)
			if !slices.Contains(o.marks, in.match) {
				o.marks = append(o.marks, in.match)
			}
		}
	}
}

// cover keeps what the search returned below the bases within its own, where that
// is proven.
func (r *reader) cover(ctx context.Context, d identity.Domain, o *overlap) error {
	if len(o.inner) == 0 || !r.snapshot.Reads[len(r.snapshot.Reads)-1].Complete {
		return nil
	}
	q, err := r.meanwhile(d, query{
		what: "the search for organizational units of " + d.Name, base: d.DN, scope: ldap.ScopeWholeSubtree,
		filter: containerFilter, attributes: []string{"objectGUID"},
	})
	var f found
	if err == nil {
		f, err = r.c.search(ctx, q, func() func(*ldap.Entry) error { return func(*ldap.Entry) error { return nil } })
	}
	if fatal(ctx, err) {
		return err
	}
	if err != nil || f.entries > 0 {
		return nil //nolint:nilerr // the inner bases are read then
	}
	for _, in := range o.inner {
		r.covered[in.key] = in
	}
	return nil
}

// coveredBy returns what a search has returned already of a base that is about to
// be read, nil where it has to be.
func (r *reader) coveredBy(key asked, base place, filter string) *inner {
	in, covered := r.covered[key]
	if !covered || in.place != base || in.filter != filter {
		return nil
	}
	return in
}

// recordCovered records a base that was read with an outer one.
func (r *reader) recordCovered(read identity.Read, q query, in *inner, started time.Time) {
	r.c.proven(&read, q, in.proof)
	read.CoveredBy = in.by
	r.record(read, found{entries: in.entries}, started, nil)
}
