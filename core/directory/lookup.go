package directory

import (
	"context"
	"slices"
	"strings"

	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// lookupBatch is how many objects one search asks for; the filter stays far
// below the controller's limit of its size.
const lookupBatch = 50

var lookupAttributes = []string{
	"objectGUID", "objectSid", "cn", "name", "displayName", "userAccountControl", "accountExpires",
	"isCriticalSystemObject", "memberOf", "whenChanged", "isDeleted", "lastKnownParent", recipientAttribute,
	"objectClass", "sAMAccountName", "sAMAccountType", "primaryGroupID",
}

// Lookup says where objects are, whatever the scope: first among the live ones,
// then among the deleted. One that is in neither is nowhere, but only where each
// domain of the forest was asked; otherwise its presence stays unknown.
func (c *Client) Lookup(ctx context.Context, guids []identity.GUID) (map[identity.GUID]identity.Whereabouts, error) {
	result := make(map[identity.GUID]identity.Whereabouts, len(guids))
	if len(guids) == 0 {
		return result, nil
	}
	all, err := c.first.partitions(ctx)
	if err != nil {
		return nil, err
	}
	whole := true
	type asked struct {
		domain identity.Domain
		of     *controller
	}
	var domains []asked
	for _, p := range all {
		if !p.domain {
			continue
		}
		k, err := c.of(ctx, p.entry)
		if err != nil {
			whole = false
			continue
		}
		domains = append(domains, asked{p.entry, k})
	}
	wanted := slices.Clone(guids)
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	for _, controls := range [][]control{nil, {showDeleted}} {
		for _, d := range domains {
			for batch := range slices.Chunk(missing(wanted, result), lookupBatch) {
				if err := d.of.lookupBatch(ctx, d.domain, batch, controls, result); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, guid := range missing(wanted, result) {
		w := identity.Whereabouts{GUID: guid, MemberOf: []string{}}
		if whole {
			w.Presence = identity.Nowhere
		}
		result[guid] = w
	}
	return result, nil
}

func missing(wanted []identity.GUID, have map[identity.GUID]identity.Whereabouts) []identity.GUID {
	var list []identity.GUID
	for _, guid := range wanted {
		if _, ok := have[guid]; !ok {
			list = append(list, guid)
		}
	}
	return list
}

func (c *controller) lookupBatch(ctx context.Context, d identity.Domain, batch []identity.GUID, controls []control, result map[identity.GUID]identity.Whereabouts) error {
	var filter strings.Builder
	filter.WriteString("(|")
	for _, guid := range batch {
		if b := guid.Bytes(); b != nil {
			filter.WriteString("(objectGUID=" + escapeBytes(b) + ")")
		}
	}
	filter.WriteString(")")
	if filter.Len() == len("(|)") {
		return nil
	}
	var found []identity.Whereabouts
	var open []openRange
	_, err := c.search(ctx, query{
		what: "the search by objectGUID in " + d.Name, base: d.DN, scope: ldap.ScopeWholeSubtree,
		filter: filter.String(), attributes: lookupAttributes, controls: controls,
	}, func() func(*ldap.Entry) error {
		found, open = nil, nil
		return func(e *ldap.Entry) error {
			w, more, err := c.whereabouts(e, d)
			if err != nil {
				return err
			}
			if more != nil {
				o := more.of(w.GUID, "memberOf")
				o.owner = len(found)
				open = append(open, o)
			}
			found = append(found, w)
			return nil
		}
	})
	if err != nil {
		return err
	}
	if _, err := c.fetchRanges(ctx, open, func(o openRange, values []string) { found[o.owner].MemberOf = values }); err != nil {
		return err
	}
	for _, w := range found {
		result[w.GUID] = w
	}
	return nil
}

func (c *controller) whereabouts(e *ldap.Entry, d identity.Domain) (identity.Whereabouts, *openRange, error) {
	guid, err := guidOf(e)
	if err != nil {
		return identity.Whereabouts{}, nil, c.unreadable(e.DN)
	}
	w := identity.Whereabouts{
		GUID: guid, Presence: identity.Live, DN: e.DN, LastParent: value(e, "lastKnownParent"), Domain: d.Name,
		ExpiresAt: expiry(value(e, "accountExpires")), Critical: critical(e), System: system(e),
		ChangedAt: generalized(value(e, "whenChanged")), Class: classOf(e), Account: value(e, "sAMAccountName"), PrimaryGroup: primaryGroup(e),
	}
	for _, attribute := range []string{"displayName", "cn", "name"} {
		if w.Name == "" {
			// The name of a deleted object goes on with a line feed and its GUID.
			w.Name, _, _ = strings.Cut(value(e, attribute), "\nDEL:")
		}
	}
	if strings.EqualFold(value(e, "isDeleted"), "TRUE") {
		w.Presence = identity.Deleted
	}
	w.Disabled, w.ControlKnown = accountControl(e)
	values, more := rangedValues(e, "memberOf")
	w.MemberOf = append([]string{}, values...)
	return w, more, nil
}

// escapeBytes writes each byte as a filter escape.
func escapeBytes(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte('\\')
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}
