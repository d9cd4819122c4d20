package directory

import (
	"context"
	"slices"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// lookupBatch is how many objects one search asks for; the filter stays far
// below the controller's limit of its size.
const lookupBatch = 50

var lookupAttributes = []string{
	"objectGUID", "objectSid", "cn", "name", "displayName", "userAccountControl", "accountExpires",
	"isCriticalSystemObject", "memberOf", "whenChanged", "isDeleted", "lastKnownParent", recipientAttribute,
	"objectClass", "sAMAccountName", "sAMAccountType", "primaryGroupID", "uSNCreated", "uSNChanged",
}

// Lookup says where objects are, whatever the scope: first among the live ones,
// then among the deleted. One that is in neither is nowhere, but only where each
// domain of the forest was asked; otherwise its presence stays unknown. Which of
// the attributes came back is said of each.
func (c *Client) Lookup(ctx context.Context, guids []identity.GUID, attributes ...string) (map[identity.GUID]identity.Whereabouts, error) {
	result := make(map[identity.GUID]identity.Whereabouts, len(guids))
	if len(guids) == 0 {
		return result, nil
	}
	all, err := c.partitions(ctx)
	if err != nil {
		return nil, err
	}
	wanted := slices.Clone(guids)
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	c.foresee(ctx, all, func(string) bool { return true })
	silent := map[string]bool{} // domains that could not be asked
	var first error
	answers := 0
	for _, controls := range [][]control{nil, {showDeleted}} {
		for _, p := range all {
			if !p.domain || silent[p.entry.Name] {
				continue
			}
			err := c.lookupIn(ctx, p.entry, wanted, attributes, controls, result)
			if fatal(ctx, err) {
				return nil, err
			}
			if err == nil {
				answers++
				continue
			}
			c.o.Log.WarnContext(ctx, "domain was not asked", "domain", p.entry.Name, "error", err)
			silent[p.entry.Name], first = true, firstOf(first, err)
		}
	}
	if answers == 0 {
		return nil, firstOf(first, fault.New("directory.rights", "no domain of the forest can be read from CN=Partitions"))
	}
	for _, guid := range missing(wanted, result) {
		w := identity.Whereabouts{GUID: guid, MemberOf: []string{}}
		if len(silent) == 0 {
			w.Presence = identity.Nowhere
		}
		result[guid] = w
	}
	for guid, w := range result {
		if w.Listed = c.listed[guid]; w.Listed {
			result[guid] = w
		}
	}
	return result, nil
}

// lookupIn asks one domain, another controller of it where the first one died.
func (c *Client) lookupIn(ctx context.Context, d identity.Domain, wanted []identity.GUID, attributes []string, controls []control, result map[identity.GUID]identity.Whereabouts) error {
	for try := 0; ; try++ {
		k, err := c.of(ctx, d)
		if err != nil {
			return err
		}
		for batch := range slices.Chunk(missing(wanted, result), lookupBatch) {
			if err = k.lookupBatch(ctx, d, batch, attributes, controls, result); err != nil {
				break
			}
		}
		if err == nil || fatal(ctx, err) || try >= maxControllers || !died(fault.Code(err)) {
			return err
		}
		if ok, rerr := c.replace(ctx, d, k); !ok {
			return firstOf(rerr, err)
		}
	}
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

func (c *controller) lookupBatch(ctx context.Context, d identity.Domain, batch []identity.GUID, attributes []string, controls []control, result map[identity.GUID]identity.Whereabouts) error {
	filter := anyOf(batch)
	if filter == "(|)" {
		return nil
	}
	var found []identity.Whereabouts
	var open []openRange
	_, err := c.search(ctx, query{
		what: "the search by objectGUID in " + d.Name, base: d.DN, scope: ldap.ScopeWholeSubtree,
		filter: filter, attributes: with(lookupAttributes, attributes), controls: controls,
	}, func() func(*ldap.Entry) error {
		found, open = nil, nil
		return func(e *ldap.Entry) error {
			w, more, err := c.whereabouts(e, d)
			if err != nil {
				return err
			}
			w.Shown = shown(e, attributes)
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
		Server: c.root.server, CreatedUSN: number(value(e, "uSNCreated")), ChangedUSN: number(value(e, "uSNChanged")),
	}
	for _, attribute := range []string{"displayName", "cn", "name"} {
		if w.Name == "" {
			// The name of a deleted object goes on with a line feed and its GUID.
			w.Name, _, _ = strings.Cut(value(e, attribute), "\nDEL:")
		}
	}
	if strings.EqualFold(value(e, "isDeleted"), "TRUE") || deletedName(e.DN, guid) {
		w.Presence = identity.Deleted
	}
	w.Disabled, w.ControlKnown = accountControl(e)
	values, more := rangedValues(e, "memberOf")
	w.MemberOf = append([]string{}, values...)
	return w, more, nil
}

// deletedName says that a DN is that of a deleted object (MS-ADTS 3.1.1.5.5.1.1): an
// account may see the object and not its isDeleted.
func deletedName(dn string, guid identity.GUID) bool {
	return strings.Contains(strings.ToUpper(dn), strings.ToUpper(`\0ADEL:`+string(guid)+","))
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
