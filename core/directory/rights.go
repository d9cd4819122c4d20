package directory

import (
	"context"
	"slices"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// Grant is a right that the account lacks, and how an administrator gives it.
type Grant struct {
	Missing string `json:"missing"`
	Command string `json:"command"`
	Why     string `json:"why"`
}

// Excess is what the account can do and should not need to.
type Excess struct {
	Right  string `json:"right"`
	At     string `json:"at"` // DN of the object
	Advice string `json:"advice"`
}

// needed are the properties that every user and group has, by the last number of
// the SID of the object that shows whether they can be read: Guest, Domain Users
// and, protected by AdminSDHolder, Administrator and Domain Admins.
var needed = []struct{ rid, property, why string }{
	{"501", "objectGUID", "people are known by it"},
	{"501", "sAMAccountName", "people are named by it"},
	{"501", "userAccountControl", "without it nobody is known to be enabled or disabled"},
	{"501", "primaryGroupID", "the primary group of a person stands nowhere else"},
	{"501", "memberOf", "filters by memberOf ask for it"},
	{"513", "objectGUID", "groups are known by it"},
	{"513", "groupType", "without it kinds of groups are not told apart"},
	{"500", "userAccountControl", "administrators are people too, and AdminSDHolder protects them"},
	{"500", "memberOf", "administrators are people too, and AdminSDHolder protects them"},
	{"512", "member", "it is a group that AdminSDHolder protects"},
}

// powerful are the groups whose members may change the directory, by the last
// number of their SID (MS-DTYP 2.4.2.4); those of S-1-5-32 are the same everywhere.
var powerful = map[string]string{
	"512": "Domain Admins", "518": "Schema Admins", "519": "Enterprise Admins",
	"S-1-5-32-544": "Administrators", "S-1-5-32-548": "Account Operators",
	"S-1-5-32-549": "Server Operators", "S-1-5-32-551": "Backup Operators",
}

// rights collects what is found of the account's rights.
type rights struct {
	account string // as dsacls takes it
	found   Rights
	grants  []Grant
	excess  []Excess
	gone    []string // bases that are not there
}

func (r *rights) missing(what, why, object, permission string, inherit bool) {
	command := `dsacls "` + object + `" `
	if inherit {
		command += "/I:T "
	}
	r.add(what, why, command+`/G "`+r.account+":"+permission+`"`)
}

func (r *rights) add(what, why, command string) {
	g := Grant{Missing: what, Command: command, Why: why}
	if !slices.ContainsFunc(r.grants, func(o Grant) bool { return o.Command == command }) {
		r.grants = append(r.grants, g)
	}
}

// lacks marks in the report what could not be read of a well-known object.
func (r *rights) lacks(rid, property string) {
	switch property {
	case "userAccountControl":
		r.found.UserAccountControl = false
	case "memberOf":
		if rid == "500" {
			r.found.MemberOfProtected = false
		}
	case "member":
		r.found.MemberOfGroups = false
	case "objectGUID":
		r.found.Readable = false
	}
}

// readRights proves on well-known objects what the account may read.
func (c *controller) readRights(ctx context.Context, d identity.Domain, r *rights) error {
	seen := map[string]*ldap.Entry{}
	for _, n := range needed {
		e, known := seen[n.rid]
		if !known {
			var err error
			if e, err = c.visible(ctx, "<SID="+d.SID+"-"+n.rid+">"); err != nil {
				return err
			}
			seen[n.rid] = e
		}
		if e != nil && value(e, n.property) != "" {
			continue
		}
		r.lacks(n.rid, n.property)
		object, inherit := d.DN, true
		if n.rid == "500" || n.rid == "512" {
			// SDProp copies the list of this object to all that are protected.
			object, inherit = "CN=AdminSDHolder,CN=System,"+d.DN, false
		}
		r.missing(n.property, n.why, object, "RP;"+n.property, inherit)
	}
	return nil
}

// visible reads what the account sees of an object, nil where that is nothing.
func (c *controller) visible(ctx context.Context, dn string) (*ldap.Entry, error) {
	e, err := c.object(ctx, query{
		what: "the read of " + dn, base: dn,
		attributes: []string{"objectGUID", "sAMAccountName", "userAccountControl", "primaryGroupID", "memberOf", "groupType", "member"},
	})
	if fault.Is(err, "directory.rights") {
		return nil, nil
	}
	return e, err
}

// baseRights proves that the heads of what is read are readable, the domain's
// first: that one is always there.
func (c *controller) baseRights(ctx context.Context, bases []Base, r *rights) error {
	for i, b := range bases {
		e, err := c.visible(ctx, b.name())
		if err != nil {
			return err
		}
		dn := b.DN
		if e == nil && i > 0 {
			r.gone = append(r.gone, dn)
			continue
		}
		if e != nil {
			dn = e.DN
		}
		if !readableEntry(e) {
			r.found.Readable = false
			r.missing("base "+dn, "nothing below it is read completely; look for a deny too, which no grant outweighs: dsacls \""+dn+"\"", dn, "GR", true)
		}
	}
	return nil
}

// writeRights finds what the account can do that a reader should not.
func (c *controller) writeRights(ctx context.Context, names []string, r *rights) error {
	for _, name := range names {
		dn, can, err := c.effective(ctx, name)
		if err != nil {
			return err
		}
		for _, right := range can {
			r.excess = append(r.excess, Excess{Right: right, At: dn, Advice: "see who grants it, and take it away: dsacls \"" + dn + "\""})
		}
	}
	return nil
}

// membership finds the powerful groups in the token of this logon (MS-ADTS
// 3.1.1.3.2.18: the rootDSE answers for who asks).
func (c *controller) membership(ctx context.Context, r *rights) error {
	e, err := c.object(ctx, query{what: "the read of the account's groups", filter: "(objectClass=*)", attributes: []string{"tokenGroups"}})
	if err != nil || e == nil {
		return err
	}
	for _, raw := range e.GetEqualFoldRawAttributeValues("tokenGroups") {
		sid := sidText(raw)
		name := powerful[sid]
		if name == "" && strings.HasPrefix(sid, "S-1-5-21-") {
			name = powerful[sid[strings.LastIndexByte(sid, '-')+1:]]
		}
		if name != "" {
			r.excess = append(r.excess, Excess{Right: "member of " + name, At: sid, Advice: "take the account out of it, or out of the group that is in it"})
		}
	}
	return nil
}

// effective lists what the account may write to an object, as the controller
// reckons it (MS-ADTS 3.1.1.4.5.19 and after).
func (c *controller) effective(ctx context.Context, name string) (dn string, can []string, err error) {
	e, err := c.object(ctx, query{
		what: "the read of the effective rights on " + name, base: name,
		attributes: []string{"allowedAttributesEffective", "allowedChildClassesEffective"},
	})
	if err != nil || e == nil {
		if fault.Is(err, "directory.rights") {
			err = nil
		}
		return "", nil, err
	}
	if w := e.GetEqualFoldAttributeValues("allowedAttributesEffective"); len(w) > 0 {
		can = append(can, "write "+some(w))
	}
	if w := e.GetEqualFoldAttributeValues("allowedChildClassesEffective"); len(w) > 0 {
		can = append(can, "create "+some(w))
	}
	return e.DN, can, nil
}

// some names the first few.
func some(list []string) string {
	list = slices.Sorted(slices.Values(list))
	if len(list) > 4 {
		list = append(list[:4:4], "...")
	}
	return strings.Join(list, ", ")
}
