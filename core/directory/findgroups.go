package directory

import (
	"context"
	"slices"

	"adsync/core/fault"
	"adsync/core/identity"
)

// belonging says of each group that the filters of the searches ask for whether
// an object belongs to it, and by which groups within: those that the filter is
// sent with.
func (s finder) belonging(ctx context.Context, f identity.Found, searches []Search) ([]identity.Belonging, error) {
	var list []identity.Belonging
	for _, search := range searches {
		tree, err := s.reader.words.understand(ctx, search.Filter)
		if err != nil || tree == nil {
			return list, err
		}
		err = tree.conditions(func(c *clause) error {
			if !s.reader.words.isMemberOf(c) || !s.reader.words.schema.names(c) {
				return nil
			}
			b := identity.Belonging{Group: unescape(c.value), Nested: search.NestedMemberOf || c.sign == ":="}
			if slices.ContainsFunc(list, func(x identity.Belonging) bool { return x.Group == b.Group && x.Nested == b.Nested }) {
				return nil
			}
			group, err := s.reader.words.find(ctx, b.Group)
			if fault.Is(err, filterMissing) {
				return nil // the search says that
			}
			if err == nil {
				b.Chain, err = s.chain(ctx, f, group, b.Nested)
			}
			list = append(list, b)
			return err
		})
		if err != nil {
			return list, err
		}
	}
	return list, nil
}

// chain names the groups by which an object belongs to one, that one first; nil
// where it does not belong to it.
func (s finder) chain(ctx context.Context, f identity.Found, group object, nested bool) ([]string, error) {
	within := []object{group}
	if nested {
		var err error
		if within, err = s.reader.words.within(ctx, group); err != nil {
			return nil, err
		}
	}
	member := object{guid: f.GUID, dn: f.DN, domain: s.d}
	at, err := s.holder(ctx, within, member, f.MemberOf, f.PrimaryGroup)
	if err != nil || at < 0 {
		return nil, err
	}
	chain := []string{within[at].dn}
	for at > 0 {
		g := within[at]
		memberOf, err := s.memberOf(ctx, g)
		if err != nil {
			return nil, err
		}
		// Groups come level by level, so one that holds this one stands before it.
		if at, err = s.holder(ctx, within[:at], g, memberOf, ""); err != nil {
			return nil, err
		}
		if at < 0 {
			return nil, fault.New("directory.read.failed", "no group holds "+g.dn+" any more, which was within "+group.dn)
		}
		chain = append(chain, within[at].dn)
	}
	slices.Reverse(chain)
	return chain, nil
}

// holder finds the first of the groups that holds a member, -1 where none does.
func (s finder) holder(ctx context.Context, groups []object, member object, memberOf []string, primary string) (int, error) {
	for i, g := range groups {
		if g.domain.Name == member.domain.Name {
			if g.sid != "" && g.sid == primary || slices.ContainsFunc(memberOf, func(dn string) bool { return sameDN(dn, g.dn) }) {
				return i, nil
			}
			continue
		}
		members, err := s.reader.words.membersOf(ctx, g)
		if err != nil {
			return -1, err
		}
		if slices.ContainsFunc(members, func(m reference) bool { return m.guid == member.guid }) {
			return i, nil
		}
	}
	return -1, nil
}

// memberOf reads which groups of its own domain a group belongs to.
func (s finder) memberOf(ctx context.Context, g object) ([]string, error) {
	k, err := s.reader.client.of(ctx, g.domain)
	if err != nil {
		return nil, err
	}
	e, err := k.object(ctx, query{
		what: "the read of the groups of " + g.dn, base: "<GUID=" + string(g.guid) + ">", attributes: []string{"objectGUID", "memberOf"},
	})
	if err != nil || e == nil {
		return nil, err
	}
	values, more := rangedValues(e, "memberOf")
	if more == nil {
		return values, nil
	}
	_, err = k.fetchRanges(ctx, []openRange{more.of(g.guid, "memberOf")}, func(_ openRange, all []string) { values = all })
	return values, err
}
