package directory

import (
	"context"
	"slices"
	"strings"

	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

const containerFilter = "(|(objectCategory=organizationalUnit)(objectCategory=container))"

// containers reads which organizational units and containers a domain has. One
// that comes back without its objectGUID may not be read and is left out, like
// one that does not come back at all.
func (r *reader) containers(ctx context.Context, d identity.Domain) error {
	var list []identity.Container
	_, err := r.c.search(ctx, query{
		what: "the search for organizational units of " + d.Name, base: d.DN, scope: ldap.ScopeWholeSubtree,
		filter: containerFilter, attributes: []string{"objectGUID"},
	}, func() func(*ldap.Entry) error {
		list = nil
		return func(e *ldap.Entry) error {
			if guid, err := guidOf(e); err == nil {
				list = append(list, identity.Container{GUID: guid, DN: e.DN, Domain: d.Name})
			}
			return nil
		}
	})
	if err != nil {
		return err
	}
	for _, one := range list {
		key := dnKey(one.DN)
		if _, known := r.parents[key]; !known {
			r.parents[key] = len(r.snapshot.Containers)
			r.snapshot.Containers = append(r.snapshot.Containers, one)
		}
	}
	return nil
}

// in returns the container that an object stands in, nil where that is another
// kind of object. Neighbours come one after the other mostly, and one server
// writes their DNs alike.
func (r *reader) in(dn string) *identity.Container {
	parent := ParentDN(dn)
	if parent != r.lastParent {
		r.lastParent, r.lastIn = parent, -1
		if i, known := r.parents[dnKey(parent)]; known {
			r.lastIn = i
		}
	}
	if r.lastIn < 0 {
		return nil
	}
	return &r.snapshot.Containers[r.lastIn]
}

// show notes which attributes of a filter an object has that a kind of reads returns.
func (r *reader) show(e *ldap.Entry, kind string, names []string) {
	if len(names) == 0 {
		return
	}
	at := r.in(e.DN)
	if at == nil {
		return
	}
	list := at.ShownOf(kind)
	for _, name := range shown(e, names) {
		if !slices.Contains(*list, name) {
			*list = append(*list, name)
			slices.Sort(*list)
		}
	}
}

// shown returns those of the attributes that an entry has, in lower case.
func shown(e *ldap.Entry, names []string) []string {
	var list []string
	for _, name := range names {
		if carries(e, name) {
			list = append(list, strings.ToLower(name))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
