package directory

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// findLimit is how many objects of one name are looked at; who has a name that
// more than these share has to be named otherwise.
const findLimit = 50

// Find looks for whoever is named: by mail address, account (with the domain or
// without), principal name, DN, SID, objectGUID, display name, cn or the name of
// a computer. It looks in and out of scope and among the deleted objects, in all
// domains of the forest that can be asked, and asks of each object that it finds
// which of the searches return it. What answers to the name and cannot be read
// is said to be there, and costs nobody else the answer.
func (c *Client) Find(ctx context.Context, who string, request Request) (identity.Finding, error) {
	f := identity.Finding{Found: []identity.Found{}, Asked: []string{}, NotAsked: []string{}, NotRead: []string{}, NoDeleted: []string{}, MultiValued: map[string]bool{}}
	r := &reader{client: c, c: c.first, heads: map[string]head{}}
	defer c.release()
	if err := r.prepare(ctx, &request); err != nil {
		return f, err
	}
	f.Domains, f.MultiValued = r.snapshot.Domains, r.snapshot.MultiValued
	for _, d := range f.Domains {
		err := r.turnTo(ctx, d)
		if err == nil {
			err = r.controlObject(ctx, d)
		}
		if err == nil {
			err = finder{c: r.c, d: d, who: strings.TrimSpace(who), reader: r}.find(ctx, &f, scopesOf(request, d))
		}
		if err != nil {
			if fatal(ctx, err) || fault.Is(err, "usage") {
				return f, err
			}
			f.NotAsked = append(f.NotAsked, d.Name+": "+err.Error())
			continue
		}
		f.Asked = append(f.Asked, d.Name)
		if deleted, err := r.c.deletedReadable(ctx, d.DN); err != nil || !deleted {
			f.NoDeleted = append(f.NoDeleted, d.Name)
		}
	}
	slices.SortStableFunc(f.Found, func(a, b identity.Found) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(gone(a), gone(b)), cmp.Compare(a.DN, b.DN))
	})
	return f, nil
}

func gone(f identity.Found) int {
	if f.Presence == identity.Live {
		return 0
	}
	return 1
}

func scopesOf(request Request, d identity.Domain) Scope {
	for _, s := range request.Scopes {
		if strings.EqualFold(s.Domain, d.Name) {
			return s
		}
	}
	return Scope{Domain: d.Name}
}

// finder looks for somebody in one domain.
type finder struct {
	c      *controller
	d      identity.Domain
	who    string
	reader *reader
}

// find adds what one domain has.
func (s finder) find(ctx context.Context, f *identity.Finding, scope Scope) error {
	live, err := s.ask(ctx, s.filter(), nil)
	if err != nil {
		return err
	}
	deleted, err := s.ask(ctx, "(&(isDeleted=TRUE)"+s.deletedFilter()+")", []control{showDeleted})
	if err != nil {
		return err
	}
	for _, e := range slices.Concat(live, deleted) {
		found, err := s.found(ctx, e, scope)
		if fault.Is(err, "directory.rights") {
			f.NotRead = append(f.NotRead, err.Error())
			continue
		}
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(f.Found, func(x identity.Found) bool { return x.GUID == found.GUID }) {
			f.Found = append(f.Found, found)
		}
	}
	return nil
}

func (s finder) attributes() []string {
	list := append(s.reader.wanted(nil), lookupAttributes...)
	list = append(list, "objectClass", "sAMAccountType", "userPrincipalName", "proxyAddresses", "dNSHostName")
	slices.Sort(list)
	return slices.Compact(list)
}

func (s finder) ask(ctx context.Context, filter string, controls []control) ([]*ldap.Entry, error) {
	var list []*ldap.Entry
	_, err := s.c.search(ctx, query{
		what: "the search for " + s.who + " in " + s.d.Name, base: s.d.DN, scope: ldap.ScopeWholeSubtree,
		filter: filter, attributes: s.attributes(), controls: controls,
	}, func() func(*ldap.Entry) error {
		list = nil
		return func(e *ldap.Entry) error {
			if list = append(list, e); len(list) > findLimit {
				return fault.New("usage.who.many", "more than "+strconv.Itoa(findLimit)+" objects of "+s.d.Name+" answer to "+s.who,
					fault.Hint("name the account, the mail address or the objectGUID"))
			}
			return nil
		}
	})
	return list, err
}

// filter asks for all that the text may mean.
func (s finder) filter() string {
	if exact := s.exact(); exact != "" {
		return exact
	}
	text := ldap.EscapeFilter(s.who)
	if domain, account, qualified := strings.Cut(s.who, `\`); qualified && !strings.Contains(s.who, "=") {
		if !strings.EqualFold(domain, s.d.NetBIOS) && !strings.EqualFold(domain, s.d.Name) {
			return "(!(objectClass=*))"
		}
		account = ldap.EscapeFilter(account)
		return "(|(sAMAccountName=" + account + ")(sAMAccountName=" + account + "$))"
	}
	if local, domain, address := strings.Cut(s.who, "@"); address {
		filter := "(|(mail=" + text + ")(userPrincipalName=" + text + ")(proxyAddresses=smtp:" + text + ")"
		if strings.EqualFold(domain, s.d.Name) || strings.EqualFold(domain, s.d.NetBIOS) {
			filter += "(sAMAccountName=" + ldap.EscapeFilter(local) + ")"
		}
		return filter + ")"
	}
	return "(|(sAMAccountName=" + text + ")(sAMAccountName=" + text + "$)(cn=" + text + ")(displayName=" + text + ")(name=" + text + ")(dNSHostName=" + text + "))"
}

// exact is the filter for what only one object can have, "" for anything else.
func (s finder) exact() string {
	if guid, err := identity.ParseGUID(s.who); err == nil {
		return "(objectGUID=" + escapeBytes(guid.Bytes()) + ")"
	}
	if sid := sidBytes(s.who); sid != nil {
		return "(objectSid=" + escapeBytes(sid) + ")"
	}
	if _, err := ldap.ParseDN(s.who); err == nil && strings.Contains(s.who, "=") {
		return "(distinguishedName=" + ldap.EscapeFilter(s.who) + ")"
	}
	return ""
}

// deletedFilter is filter for deleted objects: of their names they keep the
// account, and the name with a mark and the objectGUID behind it.
func (s finder) deletedFilter() string {
	name := s.who
	if exact := s.exact(); exact != "" {
		if !strings.HasPrefix(exact, "(distinguishedName=") {
			return exact
		}
		dn, err := ldap.ParseDN(s.who)
		if err != nil || len(dn.RDNs) == 0 || len(dn.RDNs[0].Attributes) == 0 {
			return "(!(objectClass=*))"
		}
		name = dn.RDNs[0].Attributes[0].Value
		return "(name=" + ldap.EscapeFilter(name) + `\0aDEL:*)`
	}
	if strings.Contains(s.who, `\`) || strings.Contains(s.who, "@") {
		return s.filter()
	}
	name = ldap.EscapeFilter(name)
	return "(|(sAMAccountName=" + name + ")(sAMAccountName=" + name + "$)(name=" + name + `\0aDEL:*))`
}

// sidBytes gives the value of a SID in its text form, nil for anything else.
func sidBytes(text string) []byte {
	parts := strings.Split(strings.ToUpper(text), "-")
	if len(parts) < 3 || parts[0] != "S" || len(parts)-3 > 15 {
		return nil
	}
	revision, err := strconv.ParseUint(parts[1], 10, 8)
	if err != nil {
		return nil
	}
	authority, err := strconv.ParseUint(parts[2], 10, 48)
	if err != nil {
		return nil
	}
	b := []byte{byte(revision), byte(len(parts) - 3)} //nolint:gosec // at most 15 sub-authorities
	b = append(b, binary.BigEndian.AppendUint64(nil, authority)[2:]...)
	for _, p := range parts[3:] {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			return nil
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return b
}
