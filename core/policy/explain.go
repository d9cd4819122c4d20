package policy

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"adsync/core/identity"
)

// Verdict is one rule's word on an object, with the value that it saw.
type Verdict struct {
	Rule   string `json:"rule"`
	Passed bool   `json:"passed"`
	Value  string `json:"value"`
	Text   string `json:"text"`
}

// Explain goes through the rules that put an object in or out, one by one, and
// says whether it is in. A group is in when somebody or a device in scope belongs
// to it, which is not seen here: members has their names, nil where nobody has
// asked.
func (r Rules) Explain(f identity.Found, d identity.Domain, multi map[string]bool, members []string) (list []Verdict, in bool) {
	in = true
	add := func(rule string, passed bool, value, text string) {
		list = append(list, Verdict{rule, passed, value, text})
		in = in && passed
	}
	switch f.Presence {
	case identity.Live:
		add("directory", true, f.DN, "it stands in the directory")
	case identity.Deleted:
		add("directory", false, f.DN, "deleted from the directory"+on(f.Whereabouts)+lastIn(f.Whereabouts))
		return list, in
	case identity.Nowhere:
		add("directory", false, "", "found neither live nor among the deleted objects")
		return list, in
	default:
		add("directory", false, "", "not found in the domains that could be asked")
		return list, in
	}
	rules, named := r.Domains[f.Domain]
	switch {
	case !named:
		add("domain", false, f.Domain, "scope.domains does not name the domain")
	case !rules.Include:
		add("domain", false, f.Domain, "the domain is not included")
	default:
		add("domain", true, f.Domain, "the domain is included")
	}
	switch {
	case f.Unreadable != "":
		add("readable", false, f.Class, f.Unreadable)
	case f.Person != nil:
		add("type", true, f.Class, "a user account")
		r.search(add, rules.Users, f, d, "users")
		r.explainPerson(add, *f.Person, d, multi)
	case f.Class == identity.ClassGroup:
		add("type", true, f.Class, "a group")
		r.search(add, rules.Groups, f, d, "groups")
		r.explainGroup(add, f, members)
	case f.Class == identity.ClassComputer && !r.SyncDevices:
		add("type", false, f.Class, "a computer, and scope.devices.sync is off: none is synchronised")
	case f.Class == identity.ClassComputer:
		add("type", true, f.Class, "a computer, and scope.devices.sync is on")
		r.search(add, rules.Devices, f, d, "devices")
		r.explainControl(add, f.ControlKnown, f.Disabled)
		add("groups", true, fmt.Sprint(len(f.MemberOf)), "direct member of "+listed(f.MemberOf)+
			"; it can sit in one group: of several scope.devices.groupOrder says which, and its primary group counts where it is in no other")
	default:
		add("type", false, f.Class, typeText(f.Class))
	}
	return list, in
}

type adder func(rule string, passed bool, value, text string)

// search explains bases and filter apart.
func (r Rules) search(add adder, s SearchRules, f identity.Found, d identity.Domain, kind string) {
	switch {
	case len(s.Bases) == 0:
		add("base", true, d.DN, "no base is configured for "+kind+": the whole domain")
	case s.covers(f.DN, r.under):
		add("base", true, f.DN, "below a base for "+kind+": "+strings.Join(s.Bases, "; "))
	default:
		add("base", false, f.DN, "below none of the bases for "+kind+": "+strings.Join(s.Bases, "; "))
		return
	}
	note := ""
	if s.Nested {
		note = ", nested groups included"
	}
	note += belongs(f.Groups)
	switch {
	case s.Filter == "" && s.returned(f.Returned, d.DN):
		add("filter", true, "", "no filter is configured for "+kind)
	case s.returned(f.Returned, d.DN):
		add("filter", true, s.Filter, "the server returns it for the filter"+note)
	default:
		add("filter", false, s.Filter, "the server does not return it for the filter"+note)
	}
}

// belongs names the groups of a filter, and those within by which somebody
// belongs to them.
func belongs(groups []identity.Belonging) string {
	var to, not []string
	for _, b := range groups {
		if len(b.Chain) > 0 {
			to = append(to, through(b.Chain))
		} else {
			not = append(not, b.Group)
		}
	}
	text := ""
	if len(to) > 0 {
		text += "; it belongs to " + strings.Join(to, " and to ")
	}
	if len(not) > 0 {
		text += "; it does not belong to " + strings.Join(not, " nor to ")
	}
	return text
}

// through words the chain of groups by which somebody belongs to the first.
func through(chain []string) string { return strings.Join(chain, ", through ") }

func (r Rules) explainPerson(add adder, p identity.Person, d identity.Domain, multi map[string]bool) {
	if p.System {
		add("system", false, p.SID, "an account of the system, not a person")
	} else {
		add("system", true, p.SID, "no account of the system")
	}
	r.explainControl(add, p.ControlKnown, p.Disabled)
	switch expires := p.ExpiresAt.UTC().Format(time.RFC3339); {
	case p.ExpiresAt.IsZero():
		add("expired", true, "", "the account does not expire")
	case !r.expired(p):
		add("expired", true, expires, "the account has not expired")
	case r.IncludeExpired:
		add("expired", true, expires, "the account has expired, and expired accounts are included")
	default:
		add("expired", false, expires, "the account has expired")
	}
	values := strings.Join([]string{p.Account, p.Mail, p.Display, p.DN}, "; ")
	if r.ExcludeUsers.Match(p.Account, p.Mail, p.Display, p.CN, p.DN) {
		add("excluded", false, values, "exclude.users names it")
	} else {
		add("excluded", true, values, "exclude.users does not name it")
	}
	add("groups", true, fmt.Sprint(len(p.MemberOf)), "direct member of "+listed(p.MemberOf))
	fields, err := r.Fields(p, d, multi)
	switch {
	case err != nil:
		add("attributes", false, "", fmt.Sprintf("the attribute rules give no values: %v", err))
	case fields.Email == "":
		add("mail", true, "", "has no mail address: synchronised without one")
	case !validEmail(fields.Email):
		add("mail", true, fields.Email, "no mail address that Central would take: it is not sent")
	default:
		add("mail", true, fields.Email, "synchronised as "+cmp.Or(fields.Name, p.Display, p.CN, p.Account))
	}
}

func (r Rules) explainControl(add adder, known, disabled bool) {
	switch {
	case !known:
		add("control", false, "", "userAccountControl could not be read, so the account is neither known as enabled nor as disabled")
	case disabled && !r.IncludeDisabled:
		add("disabled", false, "true", "the account is disabled")
	case disabled:
		add("disabled", true, "true", "the account is disabled, and disabled accounts are included")
	default:
		add("disabled", true, "false", "the account is enabled")
	}
}

func (r Rules) explainGroup(add adder, f identity.Found, members []string) {
	values := strings.Join([]string{f.Account, f.CN, f.DN}, "; ")
	if r.ExcludeGroups.Match(f.Account, f.CN, f.Mail, f.DN) {
		add("excluded", false, values, "exclude.groups names it")
	} else {
		add("excluded", true, values, "exclude.groups does not name it")
	}
	switch {
	case members == nil:
	case len(members) == 0:
		add("members", false, "0", "nobody in scope belongs to it, directly or through other groups")
	default:
		add("members", true, fmt.Sprint(len(members)), "in scope and belonging to it: "+listed(members))
	}
}

// listed names the first of many.
func listed(names []string) string {
	const named = 5
	switch {
	case len(names) == 0:
		return "no group"
	case len(names) > named:
		return strings.Join(names[:named], "; ") + " and others"
	}
	return strings.Join(names, "; ")
}

// typeText says why objects of a class are not synchronised.
func typeText(class string) string {
	switch class {
	case identity.ClassContact:
		return "a contact has no account and is not synchronised"
	case identity.ClassManaged:
		return "a managed service account is no person"
	case identity.ClassTrust:
		return "the account of a trust is no person"
	case identity.ClassForeign:
		return "stands for an object of another forest"
	case identity.ClassUnit:
		return "a container; name one of the objects below it"
	}
	return "neither a user account nor a group"
}
