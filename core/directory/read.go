package directory

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
)

// Request says what to read.
type Request struct {
	Scopes     []Scope
	Attributes []string // wanted in Person.Attributes
	// Known are the objectGUIDs of what bases without one and filters name, by
	// the DN as it is written there: what it was when it was first read is what
	// is meant, wherever it stands now.
	Known map[string]identity.GUID
}

// Scope is a domain to read, with the searches of each kind: one for each
// configuration that wants to know. Where a kind has none, nothing of it is
// read, but for the groups: all of them are read always, because they carry
// membership, and the searches say which are marked as matched.
type Scope struct {
	Domain                 string // DNS name
	Users, Groups, Devices []Search
}

// Search narrows a domain; the zero value is all of it.
type Search struct {
	Bases          []Base
	Filter         string // as NormaliseFilter takes it
	NestedMemberOf bool   // the memberOf clauses of the filter count nested groups
}

// match is the mark of what this search returns below one of its bases.
func (s Search) match(b Base) identity.Match {
	return identity.Match{Base: b.DN, Filter: s.Filter, Nested: s.NestedMemberOf}
}

// Base is where a search begins. One with a GUID is found by it, wherever it
// has been moved and whatever its name is now.
type Base struct {
	DN   string
	GUID identity.GUID
}

// name is what a search begins at: the objectGUID where it is known, which
// stays the same when the base is renamed or moved.
func (b Base) name() string {
	if b.GUID != "" {
		return "<GUID=" + string(b.GUID) + ">"
	}
	return b.DN
}

// Read reads the people and groups of the scopes. It returns an error only when
// nothing could be read at all, was cancelled, or a filter is wrong; otherwise
// what went wrong stands in the snapshot's Reads.
//
// Each domain is of one controller. Where that one dies, all is read again with
// another in its place, if there is one.
func (c *Client) Read(ctx context.Context, request Request) (identity.Snapshot, error) {
	return c.whole(ctx, func() (identity.Snapshot, error) { return c.read(ctx, request) })
}

func (c *Client) read(ctx context.Context, request Request) (identity.Snapshot, error) {
	r := &reader{
		client: c, c: c.first, people: &identity.PeopleBuilder{}, peopleAt: map[identity.GUID]int{}, groups: map[identity.GUID]int{},
		devices: map[identity.GUID]int{}, heads: map[string]head{}, parents: map[string]int{},
		covered: map[asked]*inner{},
	}
	defer c.release()
	if err := r.prepare(ctx, &request); err != nil {
		return identity.Snapshot{}, err
	}
	for _, s := range request.Scopes {
		if err := r.domain(ctx, s); err != nil {
			return identity.Snapshot{}, err
		}
	}
	if r.first != nil && !slices.ContainsFunc(r.snapshot.Reads, func(read identity.Read) bool { return read.Pages > 0 }) &&
		(fault.Is(r.first, "directory.unreachable") || fault.Is(r.first, "directory.timeout")) {
		return identity.Snapshot{}, r.first
	}
	r.resolveMembers()
	if err := r.resolveForeign(ctx); err != nil {
		return identity.Snapshot{}, err
	}
	r.client.listed = r.unread()
	r.sort()
	return r.snapshot, nil
}

// reader is the state of one Read.
type reader struct {
	client     *Client
	c          *controller // of the domain that is being read
	snapshot   identity.Snapshot
	attributes []attribute
	contexts   []string // naming contexts of the forest
	people     *identity.PeopleBuilder
	peopleAt   map[identity.GUID]int // where each of the people is in the list
	groups     map[identity.GUID]int
	devices    map[identity.GUID]int
	heads      map[string]head // of the domains read, by DNS name
	exchange   bool            // the schema has the attributes of Exchange
	members    [][]reference   // of the group at the same index, without the people in Group.Members
	compact    compactor
	hidden     error          // why the controller of the domain may hide something
	first      error          // the first error that made a read incomplete
	doubt      error          // why no read of the domain is complete, nil mostly
	parents    map[string]int // containers by the key of their DN
	lastParent string         // the DN that was looked for last among them
	lastIn     int            // and what was found, -1 for none
	words      *interpreter   // of the filters
	covered    map[asked]*inner
}

// prepare reads what concerns the forest as a whole.
func (r *reader) prepare(ctx context.Context, request *Request) error {
	for i := range request.Scopes {
		s := &request.Scopes[i]
		for _, search := range slices.Concat(s.Users, s.Groups, s.Devices) {
			if _, err := NormaliseFilter(search.Filter); err != nil {
				return err
			}
		}
	}
	s := &r.snapshot
	s.TakenAt = r.c.o.Now().UTC()
	s.Servers, s.Groups, s.Devices, s.Reads = []identity.Server{}, []identity.Group{}, []identity.Device{}, []identity.Read{}
	s.Containers = []identity.Container{}
	var err error
	if r.c.root, err = r.c.readRoot(ctx); err != nil {
		return err
	}
	if err := r.c.usable(); err != nil {
		return err
	}
	r.c.reading = true
	s.Forest = dnsName(r.c.root.forestDN)
	all, err := r.c.partitions(ctx)
	if err != nil {
		return err
	}
	for _, p := range all {
		r.contexts = append(r.contexts, p.dn)
	}
	if s.Domains, err = r.client.domainsOf(ctx, all, func(name string) bool {
		return slices.ContainsFunc(request.Scopes, func(s Scope) bool { return strings.EqualFold(s.Domain, name) })
	}); err != nil {
		return err
	}
	if r.exchange, err = r.c.hasExchange(ctx); err != nil {
		return err
	}
	r.words = newInterpreter(r.client, s.Domains, request.Known)
	r.attributes, err = r.c.schemaOf(ctx, request.Attributes)
	s.MultiValued = map[string]bool{}
	for _, a := range r.attributes {
		if a.multi {
			s.MultiValued[a.name] = true
		}
	}
	return err
}

// domain reads one domain, or leaves incomplete reads that say why not.
func (r *reader) domain(ctx context.Context, s Scope) error {
	name := strings.ToLower(s.Domain)
	r.doubt = nil
	at := slices.IndexFunc(r.snapshot.Domains, func(d identity.Domain) bool { return d.Name == name })
	if at < 0 {
		r.skip(s, identity.Domain{Name: name}, fault.New("directory.domain.unknown", name+" is no domain of the forest "+r.snapshot.Forest))
		return nil
	}
	d := r.snapshot.Domains[at]
	err := r.turnTo(ctx, d)
	if err == nil {
		err = r.controlObject(ctx, d)
	}
	if err == nil {
		r.hidden = r.hiding(ctx, s)
		if fatal(ctx, r.hidden) {
			err = r.hidden
		}
	}
	if err != nil {
		if fatal(ctx, err) {
			return err
		}
		r.skip(s, d, err)
		return nil
	}
	deleted, err := r.c.deletedReadable(ctx, d.DN)
	if fatal(ctx, err) {
		return err
	}
	first := !slices.ContainsFunc(r.snapshot.Reads, func(read identity.Read) bool { return read.Pages > 0 })
	r.snapshot.DeletedReadable = err == nil && deleted && (first || r.snapshot.DeletedReadable)
	if r.doubt = r.containers(ctx, d); fatal(ctx, r.doubt) {
		return r.doubt
	}
	r.lastParent, r.lastIn = "", -1
	if err := r.eachBase(distinct(s.Users, d), func(search Search, later []Search) error { return r.users(ctx, d, search, later) }); err != nil {
		return err
	}
	if err := r.eachBase(distinct(s.Devices, d), func(search Search, later []Search) error { return r.computers(ctx, d, search, later) }); err != nil {
		return err
	}
	return r.allGroups(ctx, d, distinct(s.Groups, d))
}

// distinct takes the searches of a kind apart into one for each base, and leaves
// out those that would be asked twice.
func distinct(searches []Search, d identity.Domain) []Search {
	var list []Search
	for _, s := range searches {
		for _, b := range s.bases(d) {
			one := Search{Bases: []Base{b}, Filter: s.Filter, NestedMemberOf: s.NestedMemberOf}
			if !slices.ContainsFunc(list, one.same) {
				list = append(list, one)
			}
		}
	}
	return list
}

// same compares two searches of one base each.
func (s Search) same(other Search) bool {
	return s.Bases[0] == other.Bases[0] && s.Filter == other.Filter && s.NestedMemberOf == other.NestedMemberOf
}

// turnTo makes the controller of a domain the one that is read, and names it in
// the snapshot.
func (r *reader) turnTo(ctx context.Context, d identity.Domain) error {
	k, err := r.client.of(ctx, d)
	if err != nil {
		return err
	}
	r.c, r.hidden = k, nil
	if slices.ContainsFunc(r.snapshot.Servers, func(s identity.Server) bool { return s.Domain == d.Name }) {
		return nil
	}
	if !k.reading {
		if k.root, err = k.readRoot(ctx); err != nil {
			return err
		}
		if err := k.usable(); err != nil {
			return err
		}
		k.reading = true
	}
	server, err := k.identify(ctx, d.Name)
	if err != nil {
		return err
	}
	r.snapshot.Servers = append(r.snapshot.Servers, server)
	return nil
}

func (s Search) bases(d identity.Domain) []Base {
	if len(s.Bases) == 0 {
		return []Base{{DN: d.DN}}
	}
	return s.Bases
}

// skip leaves the reads that a domain would have had, each with the reason why
// there was none.
func (r *reader) skip(s Scope, d identity.Domain, err error) {
	for _, kind := range []struct {
		name     string
		searches []Search
	}{{identity.ReadUsers, s.Users}, {identity.ReadGroups, s.Groups}, {identity.ReadDevices, s.Devices}} {
		for _, search := range distinct(kind.searches, d) {
			r.record(identity.Read{Domain: d.Name, Base: search.Bases[0].DN, Kind: kind.name, Filter: search.Filter, Nested: search.NestedMemberOf}, found{}, r.c.o.Now(), err)
		}
	}
}

// record claims completeness for a search, or says why it has none.
func (r *reader) record(read identity.Read, f found, started time.Time, err error) {
	read.Server = r.c.root.server
	read.Pages, read.Entries = f.pages, f.entries
	read.ElapsedMS = r.c.o.Now().Sub(started).Milliseconds()
	for _, reference := range f.references {
		if !r.expected(reference) {
			read.Referrals++
			err = firstOf(err, fault.New("directory.read.incomplete.referral", "the search left a reference to "+reference+", which is not followed"))
		}
	}
	if err = firstOf(err, firstOf(r.hidden, r.doubt)); err == nil {
		read.Complete = true
	} else {
		read.Code, read.Reason = fault.Code(err), err.Error()
		if read.Code == "" {
			read.Code = "directory.read.failed"
		}
		r.first = firstOf(r.first, err)
	}
	r.snapshot.Reads = append(r.snapshot.Reads, read)
}

// firstOf keeps the earlier of two errors.
func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// expected reports whether a reference names another naming context of the
// forest. The root of a domain refers to the configuration, to the DNS
// partitions and to its child domains, whatever is asked for; what those hold
// was not asked of this search.
func (r *reader) expected(reference string) bool {
	u, err := url.Parse(reference)
	if err != nil {
		return false
	}
	dn := strings.TrimPrefix(u.Path, "/")
	return slices.ContainsFunc(r.contexts, func(context string) bool { return sameDN(context, dn) })
}

// fatal reports whether an error ends the whole reading. A filter that is wrong
// does: it would be wrong at every reading.
func fatal(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || errors.Is(err, context.Canceled) || fault.Is(err, "directory.bind") || fault.Is(err, "config.filter"))
}

func (r *reader) sort() {
	r.people.Sort()
	r.snapshot.People = r.people.People()
	slices.SortFunc(r.snapshot.Containers, func(a, b identity.Container) int { return cmp.Compare(a.GUID, b.GUID) })
	slices.SortFunc(r.snapshot.Devices, func(a, b identity.Device) int { return cmp.Compare(a.GUID, b.GUID) })
	slices.SortFunc(r.snapshot.Groups, func(a, b identity.Group) int { return cmp.Compare(a.GUID, b.GUID) })
}
