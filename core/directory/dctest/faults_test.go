package dctest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"adsync/core/directory/dctest"

	"github.com/go-ldap/ldap/v3"
)

type (
	req = dctest.Request
	ans = dctest.Answer
)

var codes = []int{
	ldap.LDAPResultOperationsError, ldap.LDAPResultProtocolError, ldap.LDAPResultTimeLimitExceeded, ldap.LDAPResultSizeLimitExceeded,
	ldap.LDAPResultStrongAuthRequired, 9, ldap.LDAPResultReferral, ldap.LDAPResultAdminLimitExceeded, ldap.LDAPResultNoSuchObject,
	ldap.LDAPResultInvalidDNSyntax, ldap.LDAPResultInvalidCredentials, ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultBusy,
	ldap.LDAPResultUnavailable, ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultLoopDetect, ldap.LDAPResultOther, 118, 4096, 200, 0,
}

// mandatory attributes are on every object of their kind; where one is not seen,
// it may not be read.
var mandatory = []string{"objectGUID", "objectSid", "sAMAccountName", "userAccountControl", "primaryGroupID", "groupType"}

// optional attributes are on many objects. Where five or more had one and nobody
// has it now, it may not be read.
var optional = []string{"mail", "member", "userAccountControl", "accountExpires", "displayName", "department", "memberOf", "proxyAddresses", "description"}

var faults = []disturbance{
	{name: "code", lies: true, spoil: once(func(rng *rand.Rand) (string, dctest.Script) {
		code, keep := codes[rng.IntN(len(codes))], rng.IntN(8)
		return fmt.Sprintf("%d after %d entries", code, keep), func(r *req, a *ans) {
			kept := a.Entries[:min(keep, len(a.Entries))]
			paging := a.Paging
			a.Refuse(code, "disturbed")
			a.Entries, a.Paging = kept, nil
			if keep%2 == 0 && paging != nil {
				a.Paging = new(string)
			}
			if code == ldap.LDAPResultReferral {
				a.Referral = []string{"ldap://other.example/" + r.Base}
			}
			if code == 0 {
				a.Paging, a.Entries = paging, nil
			}
		}
	})},
	{name: "refused", spoil: once(func(rng *rand.Rand) (string, dctest.Script) {
		code := codes[rng.IntN(len(codes)-1)]
		return fmt.Sprint(code), func(r *req, a *ans) {
			if code != ldap.LDAPResultNoSuchObject || !r.Object() {
				a.Code, a.Paging = code, nil
			}
		}
	})},
	{name: "cut", spoil: once(func(rng *rand.Rand) (string, dctest.Script) {
		share := rng.Float64()
		return fmt.Sprintf("after %.3f", share), func(_ *req, a *ans) { a.Cut = func(size int) int { return int(share * float64(size)) } }
	})},
	{name: "cut near the end", spoil: once(func(rng *rand.Rand) (string, dctest.Script) {
		rest := rng.IntN(80)
		return fmt.Sprintf("%d bytes before it", rest), func(_ *req, a *ans) { a.Cut = func(size int) int { return size - rest } }
	})},
	{name: "hang", spoil: once(func(rng *rand.Rand) (string, dctest.Script) {
		keep := rng.IntN(20)
		return fmt.Sprintf("after %d entries", keep), func(_ *req, a *ans) {
			a.Entries, a.Hang = a.Entries[:min(keep, len(a.Entries))], true
		}
	})},
	{name: "no connection", spoil: func(rng *rand.Rand) (string, dctest.Script) {
		first, times := 1+rng.IntN(3), 1+rng.IntN(3)
		return fmt.Sprintf("numbers %d and %d on", first, times), func(r *req, a *ans) {
			if r.Kind == dctest.Connect && r.Connection >= first && r.Connection < first+times {
				a.Close()
			}
		}
	}},
	{name: "no paging control", spoil: simple(func(_ *req, a *ans) { a.Paging = nil })},
	{name: "empty cookie too early", lies: true, spoil: simple(func(_ *req, a *ans) {
		if a.Paging != nil {
			a.Paging = new(string)
		}
	})},
	{name: "invalid cookie", spoil: simple(func(_ *req, a *ans) {
		if a.Paging != nil {
			*a.Paging += "x"
		}
	})},
	{name: "entries left out", lies: true, spoil: once(func(rng *rand.Rand) (string, dctest.Script) {
		every, at := 1+rng.IntN(9), rng.IntN(3)
		return fmt.Sprintf("one of %d", every), func(_ *req, a *ans) {
			n := 0
			a.Entries = slices.DeleteFunc(a.Entries, func(dctest.Entry) bool { n++; return (n+at)%every == 0 })
		}
	})},
	{name: "entries twice", spoil: simple(func(_ *req, a *ans) { a.Entries = append(a.Entries, a.Entries...) })},
	{name: "another order", spoil: simple(func(_ *req, a *ans) { slices.Reverse(a.Entries) })},
	{name: "bare entries", lies: true, spoil: once(func(rng *rand.Rand) (string, dctest.Script) {
		every := 1 + rng.IntN(6)
		return fmt.Sprintf("one of %d", every), func(_ *req, a *ans) {
			for i, e := range a.Entries {
				if (i+1)%every == 0 {
					a.Entries[i] = e.Bare()
				}
			}
		}
	})},
	{name: "mandatory attribute left out", lies: true, spoil: once(func(rng *rand.Rand) (string, dctest.Script) {
		name, every := mandatory[rng.IntN(len(mandatory))], 1+rng.IntN(6)
		return fmt.Sprintf("%s of one of %d", name, every), func(_ *req, a *ans) {
			for i, e := range a.Entries {
				if (i+1)%every == 0 {
					a.Entries[i] = e.Without(name)
				}
			}
		}
	})},
	{name: "wrong message id", lies: true, spoil: once(func(rng *rand.Rand) (string, dctest.Script) {
		from, by := rng.IntN(25), int64(rng.IntN(5)-2)
		return fmt.Sprintf("from part %d on by %d", from, by), func(_ *req, a *ans) {
			a.ID = func(part int, id int64) int64 {
				if part >= from {
					return max(id+by, 0)
				}
				return id
			}
		}
	})},
	{name: "entries after the end", lies: true, spoil: once(func(rng *rand.Rand) (string, dctest.Script) {
		late := 1 + rng.IntN(10)
		return fmt.Sprint(late), func(_ *req, a *ans) { a.Late = late }
	})},
	{name: "unknown controls", spoil: simple(func(_ *req, a *ans) {
		a.Controls = append(a.Controls, dctest.Control("1.2.3.4", []byte("\x30\x03\x02\x01\x00")), dctest.Control("1.2.840.113556.1.4.474", []byte("\x30\x03\x0a\x01\x00")))
	})},
	{name: "garbage for a paging control", spoil: once(func(rng *rand.Rand) (string, dctest.Script) {
		value := []string{"", "\x30\x00", "\x30\x84\xff\xff\xff\xff", "nonsense", "\x30\x05\x02\x01\x00\x04\x7f", "\x04\x00"}[rng.IntN(6)]
		return fmt.Sprintf("%q", value), func(_ *req, a *ans) {
			a.Paging = nil
			a.Controls = append(a.Controls, dctest.Control(ldap.ControlTypePaging, []byte(value)))
		}
	})},
	{name: "garbled frames", lies: true, spoil: once(func(rng *rand.Rand) (string, dctest.Script) {
		share, bit := rng.Float64(), byte(1)<<rng.IntN(8)
		return fmt.Sprintf("at %.3f", share), func(_ *req, a *ans) {
			a.Bytes = func(b []byte) []byte { return garble(b, share, bit) }
		}
	})},
	{name: "slow", spoil: once(func(rng *rand.Rand) (string, dctest.Script) {
		size := 40 + rng.IntN(200)
		return fmt.Sprintf("%d bytes at a time", size), func(_ *req, a *ans) { a.Drip = size }
	})},
	{name: "late", spoil: once(func(rng *rand.Rand) (string, dctest.Script) {
		d := time.Duration(rng.IntN(600)) * time.Millisecond
		return d.String(), func(_ *req, a *ans) { a.Delay = d }
	})},
	{name: "a reference elsewhere", spoil: simple(func(_ *req, a *ans) {
		a.References = append(a.References, "ldap://other.example/OU=Staff,DC=other,DC=example")
	})},
	{name: "a referral for an answer", spoil: simple(func(r *req, a *ans) {
		a.Refuse(ldap.LDAPResultReferral, "0000202B: RefErr: DSID-0310084A, data 0, 1 access points")
		a.Referral = []string{"ldap://other.example/" + r.Base}
	})},
	{name: "another controller", spoil: func(rng *rand.Rand) (string, dctest.Script) {
		from := 1 + rng.IntN(3)
		return fmt.Sprintf("from connection %d on", from), func(r *req, a *ans) {
			if r.Connection < from {
				return
			}
			for i, e := range a.Entries {
				if r.Root() {
					a.Entries[i] = e.With("dnsHostName", "dc2."+dctest.Domain)
				} else if e.Value("invocationId") != "" {
					a.Entries[i] = e.With("invocationId", "0123456789abcdef")
				}
			}
		}
	}},
	{name: "rootDSE", spoil: once(func(rng *rand.Rand) (string, dctest.Script) {
		name := []string{"dnsHostName", "defaultNamingContext", "namingContexts", "configurationNamingContext", "schemaNamingContext", "dsServiceName", "highestCommittedUSN", "rootDomainNamingContext"}[rng.IntN(8)]
		return "without " + name, func(r *req, a *ans) {
			if r.Root() && len(a.Entries) > 0 {
				a.Entries[0] = a.Entries[0].Without(name)
			}
		}
	})},
	{name: "not synchronized", spoil: simple(func(r *req, a *ans) {
		if r.Root() && len(a.Entries) > 0 {
			a.Entries[0] = a.Entries[0].With("isSynchronized", "FALSE")
		}
	})},
	{name: "ranges", lies: true, spoil: func(rng *rand.Rand) (string, dctest.Script) {
		options := []string{"range=5-6", "range=9-9", "range=100-*", "range=9-3", "range=", "range=9-8", "range=x"}[rng.IntN(7)]
		when, script := timed(rng, func(_ *req, a *ans) {
			for i, e := range a.Entries {
				a.Entries[i] = e.Ranged("member", options).Ranged("memberOf", options)
			}
		})
		return options + " " + when, script
	}},
	{name: "a range that claims to be the last", lies: true, spoil: simple(func(_ *req, a *ans) {
		for i, e := range a.Entries {
			a.Entries[i] = lastRange(e)
		}
	})},
	{name: "changing while ranges are read", spoil: func(rng *rand.Rand) (string, dctest.Script) {
		n := rng.IntN(6)
		return fmt.Sprint(n), func(r *req, a *ans) {
			if !r.Range() || n == 0 || len(a.Entries) == 0 {
				return
			}
			n--
			a.Entries[0] = a.Entries[0].With("uSNChanged", fmt.Sprint(90000+n))
		}
	}},
	{name: "rights lost", lies: true, spoil: func(rng *rand.Rand) (string, dctest.Script) {
		// From some request on, objects vanish from all answers.
		from, every, bare := 1+rng.IntN(40), 1+rng.IntN(12), rng.IntN(2) == 0
		return fmt.Sprintf("to one of %d objects from request %d on, bare %v", every, from, bare), func(r *req, a *ans) {
			if r.Number < from || r.Kind != dctest.Search || r.Root() {
				return
			}
			a.Entries = slices.DeleteFunc(a.Entries, func(e dctest.Entry) bool { return !bare && sum(e.DN())%every == 0 })
			for i, e := range a.Entries {
				if bare && sum(e.DN())%every == 0 {
					a.Entries[i] = e.Bare()
				}
			}
		}
	}},
	{name: "rights lost below an OU", lies: true, spoil: func(rng *rand.Rand) (string, dctest.Script) {
		from := 1 + rng.IntN(40)
		ou := []string{dctest.Staff, dctest.Sales, dctest.Others, dctest.Teams, dctest.BaseDN}[rng.IntN(5)]
		return fmt.Sprintf("%s from request %d on", ou, from), func(r *req, a *ans) {
			if r.Number < from || r.Kind != dctest.Search || r.Root() {
				return
			}
			a.Entries = slices.DeleteFunc(a.Entries, func(e dctest.Entry) bool { return strings.HasSuffix(e.DN(), ","+ou) })
			for i, e := range a.Entries {
				if e.DN() == ou {
					a.Entries[i] = e.Bare() // what a denied read leaves of the base
				}
			}
		}
	}},
	{name: "attribute lost", lies: true, spoil: func(rng *rand.Rand) (string, dctest.Script) {
		from := 1 + rng.IntN(12)
		name := mandatory[rng.IntN(len(mandatory))]
		return fmt.Sprintf("%s from request %d on", name, from), func(r *req, a *ans) {
			if r.Number < from || r.Root() {
				return
			}
			for i, e := range a.Entries {
				a.Entries[i] = e.Without(name)
			}
		}
	}},
	{name: "optional attribute lost", lies: true, spoil: func(rng *rand.Rand) (string, dctest.Script) {
		// From some page on, in the middle of a search or before it; in one OU once
		// somebody there has shown it.
		name, from, pages, shown := optional[rng.IntN(len(optional))], 1+rng.IntN(14), 0, false
		ou := []string{"", "", dctest.Staff, dctest.Sales, dctest.Others, dctest.Teams}[rng.IntN(6)]
		return fmt.Sprintf("%s below %q from page %d on", name, ou, from), func(r *req, a *ans) {
			if r.Users() || r.Groups() {
				pages++
			}
			showing := false
			for i, e := range a.Entries {
				if r.Root() || !strings.HasSuffix(e.DN(), ou) {
					continue
				}
				showing = showing || e.Value(name) != "" && (r.Users() || r.Groups())
				if pages >= from && (shown || ou == "") {
					a.Entries[i] = e.Without(name)
				}
			}
			shown = shown || showing
		}
	}},
	{name: "moved while pages come", spoil: func(rng *rand.Rand) (string, dctest.Script) {
		m := moved{twice: rng.IntN(2) == 0, groups: rng.IntN(2) == 0, number: rng.IntN(12), home: map[string]dctest.Entry{}}
		return fmt.Sprintf("%+v", m), m.play
	}},
	{name: "deleted objects hidden", spoil: func(*rand.Rand) (string, dctest.Script) {
		return "", func(_ *req, a *ans) {
			a.Entries = slices.DeleteFunc(a.Entries, func(e dctest.Entry) bool { return strings.Contains(e.DN(), "CN=Deleted Objects") })
		}
	}},
	{name: "partitions", spoil: func(rng *rand.Rand) (string, dctest.Script) {
		name, every := []string{"nCName", "dnsRoot", "nETBIOSName", "systemFlags"}[rng.IntN(4)], 1+rng.IntN(4)
		return fmt.Sprintf("without %s of one of %d", name, every), func(r *req, a *ans) {
			for i, e := range a.Entries {
				if strings.HasPrefix(r.Base, "CN=Partitions,") && sum(e.DN())%every == 0 {
					a.Entries[i] = e.Without(name)
				}
			}
		}
	}},
}

// lastRange makes the range of members that an entry holds the last one.
func lastRange(e dctest.Entry) dctest.Entry {
	for _, x := range e.Attributes {
		if from, found := strings.CutPrefix(x.Name, "member;range="); found {
			from, _, _ = strings.Cut(from, "-")
			return e.Ranged("member", "range="+from+"-*")
		}
	}
	return e
}

func sum(s string) int {
	n := 0
	for _, c := range []byte(s) {
		n = (n*31 + int(c)) % 1_000_003
	}
	return n
}

// garble flips a bit of the head of one of the messages.
func garble(b []byte, share float64, bit byte) []byte {
	var heads []int
	for at := 0; at+2 < len(b); {
		heads = append(heads, at, at+1)
		size, head := int(b[at+1]), 2
		if size >= 0x80 {
			n := size & 0x7f
			head, size = 2+n, 0
			for _, c := range b[at+2 : at+2+n] {
				size = size<<8 | int(c)
			}
		}
		at += head + size
	}
	b = slices.Clone(b)
	b[heads[int(share*float64(len(heads)))]] ^= bit
	return b
}

// moved is somebody, or a group, who is moved away and back while the pages of a
// search come: on none of them, or on the first one with another name.
type moved struct {
	twice, groups bool
	number        int

	dn   string                  // of whom
	home map[string]dctest.Entry // as each search shows it, by base and attributes
}

func (m *moved) play(r *req, a *ans) {
	if !m.groups && !r.People() || m.groups && !r.AnyGroups() {
		return
	}
	key := r.Base + " " + strings.Join(r.Attributes, " ")
	if r.Meanwhile() {
		if e, known := m.home[key]; known {
			a.Entries = append(a.Entries, e)
		}
		return
	}
	if m.dn == "" && r.Cookie == "" && m.number < len(a.Entries) {
		m.dn = a.Entries[m.number].DN()
	}
	for i, e := range a.Entries {
		if e.DN() != m.dn {
			continue
		}
		m.home[key] = e.With("uSNChanged", "99999")
		if a.Entries = slices.Delete(a.Entries, i, i+1); m.twice {
			a.Entries = append(a.Entries, e.At("CN=Moved meanwhile,"+r.Base), e)
		}
		break
	}
}
