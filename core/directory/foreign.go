package directory

import (
	"context"
	"maps"
	"slices"
	"strings"

	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// foreignSID is the SID that a foreign security principal stands for, which is
// its name (MS-ADTS 3.1.1.5.2.5); "" for the DN of anything else.
func foreignSID(dn string) string {
	name, rest, found := strings.Cut(dn, ",")
	const container = "CN=ForeignSecurityPrincipals,"
	if !found || len(rest) < len(container) || !strings.EqualFold(rest[:len(container)], container) {
		return ""
	}
	sid := strings.ToUpper(name[strings.IndexByte(name, '=')+1:])
	if sid, _, _ = strings.Cut(sid, `\0A`); !strings.HasPrefix(sid, "S-1-") {
		return ""
	}
	return sid
}

// resolveForeign turns the foreign security principals among the members into the
// objects of the domains read that have their SID, and names the others. Those
// that stand for no account at all, such as Authenticated Users, are named too:
// who they are is decided at a logon and stands in no directory.
func (r *reader) resolveForeign(ctx context.Context) error {
	bySID := r.bySID()
	strangers := map[int][]string{} // their SIDs by the index of the group
	for i, refs := range r.members {
		g := &r.snapshot.Groups[i]
		for _, m := range refs {
			sid := foreignSID(m.dn)
			if sid == "" {
				continue
			}
			if guid := bySID[sid]; guid != "" {
				g.Members = append(g.Members, guid)
			} else {
				strangers[i] = append(strangers[i], sid)
			}
		}
		slices.Sort(g.Members)
		g.Members = slices.Compact(g.Members)
	}
	names, err := r.strangers(ctx, strangers)
	if fatal(ctx, err) {
		return err
	}
	for i, sids := range strangers {
		g := &r.snapshot.Groups[i]
		for _, sid := range sids {
			text := sid
			if name := names[sid]; name != "" {
				text = name + " (" + sid + ")"
			}
			g.Foreign = append(g.Foreign, text)
		}
		slices.Sort(g.Foreign)
	}
	return nil
}

// strangers names SIDs: as the controllers of the domains know them that their
// groups are of, and as a controller of their own forest does, where one of the
// servers is one. No answer is no fault of the read: the SID says who it is.
func (r *reader) strangers(ctx context.Context, groups map[int][]string) (map[string]string, error) {
	names, asked, unknown := map[string]string{}, map[string]bool{}, []string{}
	for i := range groups {
		domain := r.snapshot.Groups[i].Domain
		if asked[domain] {
			continue
		}
		asked[domain] = true
		found, err := r.foreignNames(ctx, domain)
		if fatal(ctx, err) {
			return names, err
		}
		for sid, name := range found {
			if !strings.EqualFold(name, sid) {
				names[sid] = name
			}
		}
	}
	for _, sids := range groups {
		for _, sid := range sids {
			if names[sid] == "" && strings.HasPrefix(sid, "S-1-5-21-") && sidBytes(sid) != nil {
				unknown = append(unknown, sid)
			}
		}
	}
	if len(unknown) == 0 {
		return names, nil
	}
	slices.Sort(unknown)
	abroad, err := r.client.nameAbroad(ctx, slices.Compact(unknown))
	maps.Copy(names, abroad)
	return names, err
}

// foreignNames asks what the foreign security principals of a domain are called,
// which the controller knows as far as it reaches their forest.
func (r *reader) foreignNames(ctx context.Context, domain string) (map[string]string, error) {
	names := map[string]string{}
	at := slices.IndexFunc(r.snapshot.Domains, func(d identity.Domain) bool { return d.Name == domain })
	d := r.snapshot.Domains[at]
	k, err := r.client.of(ctx, d)
	if err != nil {
		return names, err
	}
	_, err = k.search(ctx, query{
		what: "the search for foreign security principals of " + domain, base: d.DN, scope: ldap.ScopeWholeSubtree,
		filter: "(objectCategory=foreignSecurityPrincipal)", attributes: []string{"objectSid", "msDS-PrincipalName"},
	}, func() func(*ldap.Entry) error {
		clear(names)
		return func(e *ldap.Entry) error {
			names[sidOf(e)] = value(e, "msDS-PrincipalName")
			return nil
		}
	})
	return names, err
}

// bySID finds the objects of the domains read that are members of groups by their
// SIDs. An index of all of them would take 5 MB at 100,000 people.
func (r *reader) bySID() map[string]identity.GUID {
	index := map[string]identity.GUID{}
	for _, refs := range r.members {
		for _, m := range refs {
			if sid := foreignSID(m.dn); sid != "" {
				index[sid] = ""
			}
		}
	}
	add := func(sid string, id identity.GUID) {
		if _, wanted := index[sid]; wanted {
			index[sid] = id
		}
	}
	if len(index) > 0 {
		for p := range r.people.People().All() {
			add(p.SID, p.GUID)
		}
	}
	for _, g := range r.snapshot.Groups {
		add(g.SID, g.GUID)
	}
	for _, d := range r.snapshot.Devices {
		add(d.SID, d.GUID)
	}
	return index
}
