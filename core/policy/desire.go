package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"adsync/core/identity"
)

// Desire applies the rules to a snapshot.
func Desire(s identity.Snapshot, r Rules) Desired {
	d := Desired{
		State:   identity.State{Users: map[identity.GUID]identity.WantedUser{}, Groups: map[identity.GUID]identity.WantedGroup{}},
		Out:     map[identity.GUID]Reason{},
		OutKind: map[identity.GUID]identity.Kind{},
		Unsure:  map[identity.GUID]string{},
		all:     byGUID(s.Groups),
	}
	domains := map[string]identity.Domain{}
	for _, dom := range s.Domains {
		domains[dom.Name] = dom
		if _, listed := r.Domains[dom.Name]; !listed {
			d.warn("domain.unlisted", "", dom.Name, fmt.Sprintf("%s is a domain of the forest that scope.domains does not name; nothing of it is read", dom.Name))
		}
	}
	for p := range s.People.All() {
		d.person(p, domains[p.Domain], s.MultiValued, r)
	}
	d.groups(s, domains, r)
	d.devices(s, domains, r)
	slices.SortStableFunc(d.Warnings, func(a, b identity.Warning) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ObjectGUID, b.ObjectGUID), cmp.Compare(a.Text, b.Text))
	})
	return d
}

func (d *Desired) warn(code string, id identity.GUID, name, text string) {
	d.Warnings = append(d.Warnings, identity.Warning{Code: code, ObjectGUID: id, Name: name, Text: text})
}

func (d *Desired) out(id identity.GUID, kind identity.Kind, code, text string) {
	d.Out[id], d.OutKind[id] = Reason{code, text}, kind
}

// person puts one account in or out.
func (d *Desired) person(p identity.Person, dom identity.Domain, multi map[string]bool, r Rules) {
	if code, text := r.personOut(p, dom); code != "" {
		d.out(p.GUID, identity.KindUser, code, text)
		if code == ReasonUnreadable {
			d.Unsure[p.GUID] = text
			d.warn("user.unreadable", p.GUID, p.Display, text)
		}
		if kind := mailboxes[p.Recipient]; code == "disabled" && kind != "" {
			d.warn("mailbox.excluded", p.GUID, p.Display, fmt.Sprintf("the disabled account of the mailbox (%s) is left out: mail to %s is not delivered; scope.includeDisabled would take it in", kind, cmp.Or(p.Mail, "it")))
		}
		return
	}
	fields, err := r.Fields(p, dom, multi)
	if err != nil {
		text := fmt.Sprintf("the attribute rules give no values: %v", err)
		d.out(p.GUID, identity.KindUser, ReasonUnreadable, text)
		d.Unsure[p.GUID] = text
		d.warn("user.unreadable", p.GUID, p.Display, text)
		return
	}
	fields.Name = cmp.Or(fields.Name, p.Display, p.CN, p.Account)
	switch {
	case fields.Email == "":
		d.warn("user.noEmail", p.GUID, p.Display, "has no mail address: not protected by Sophos Email, and mail is not delivered")
	case !validEmail(fields.Email):
		d.warn("user.emailInvalid", p.GUID, p.Display, fmt.Sprintf("%q is no mail address that Central would take; it is not sent", fields.Email))
		fields.Email = ""
	}
	if unknown := strangers(p.Aliases, fields.Email); len(unknown) > 0 {
		d.warn("user.aliases", p.GUID, p.Display, "Central does not know "+strings.Join(unknown, ", "))
	}
	d.Users[p.GUID] = identity.WantedUser{
		GUID: p.GUID, SID: p.SID, DN: p.DN, Domain: p.Domain, Account: p.Account, NetBIOS: dom.NetBIOS,
		Display: p.Display, Critical: p.Critical, CreatedAt: p.CreatedAt, Bases: r.Domains[p.Domain].Users.bases(p.Matched, dom.DN), Fields: fields,
	}
}

// mailboxes are the recipients whose accounts are disabled by nature.
var mailboxes = map[identity.Recipient]string{
	identity.RecipientShared: "shared", identity.RecipientRoom: "room", identity.RecipientEquipment: "equipment",
}

// strangers are the addresses of a person beside the one that Central is sent,
// sorted.
func strangers(aliases []string, sent string) []string {
	list := slices.DeleteFunc(slices.Clone(aliases), func(a string) bool { return strings.EqualFold(a, sent) })
	slices.Sort(list)
	return list
}

// personOut gives the first reason that keeps an account out, "" if none does.
func (r Rules) personOut(p identity.Person, dom identity.Domain) (code, text string) {
	switch rules, listed := r.Domains[p.Domain]; {
	case !listed || !rules.Include:
		return "domain.excluded", fmt.Sprintf("the domain %s is not included", p.Domain)
	case p.System:
		return ReasonSystem, "an account of the system, not a person"
	case !p.ControlKnown:
		return ReasonUnreadable, "userAccountControl could not be read, so the account is neither known as enabled nor as disabled"
	case p.Disabled && !r.IncludeDisabled:
		return "disabled", "the account is disabled"
	case r.expired(p) && !r.IncludeExpired:
		return "expired", fmt.Sprintf("the account expired on %s", p.ExpiresAt.UTC().Format("2006-01-02"))
	case r.ExcludeUsers.Match(p.Account, p.Mail, p.Display, p.CN, p.DN):
		return "excluded", "excluded by exclude.users"
	case !rules.Users.returned(p.Matched, dom.DN) && !rules.Users.covers(p.DN, r.under):
		return "base", "the account is below none of the bases for users"
	case !rules.Users.returned(p.Matched, dom.DN):
		return "filter.users", "no configured base and filter returns the account"
	}
	return "", ""
}

func (r Rules) expired(p identity.Person) bool {
	return !p.ExpiresAt.IsZero() && !p.ExpiresAt.After(r.Now)
}

// validEmail tells what Central would refuse from what it would take: one "@",
// a local part, a domain with a dot, no blanks or controls, at most 254
// characters (RFC 5321, 4.5.3.1).
func validEmail(s string) bool {
	local, host, ok := strings.Cut(s, "@")
	if !ok || local == "" || len(s) > 254 || len(local) > 64 || strings.Contains(host, "@") {
		return false
	}
	for _, c := range s {
		if c <= ' ' || c == 0x7f || strings.ContainsRune("<>()[],;:\\\"", c) {
			return false
		}
	}
	if strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(s, "..") {
		return false
	}
	labels := strings.Split(host, ".")
	return len(labels) > 1 && !slices.ContainsFunc(labels, func(l string) bool {
		return l == "" || strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-")
	})
}
