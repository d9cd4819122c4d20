package jobtest

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"adsync/core/directory/adtest"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/sandbox/forest"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// twoDomains is a profile for both domains of a forest, with a base in each.
type twoDomains struct {
	*world
	*adtest.Forest
	account string // SID of the account that reads the root
}

const population = 8 // of each base

func startForest(t *testing.T) *twoDomains {
	t.Helper()
	f := adtest.StartForest(t, adtest.Options{})
	w := &twoDomains{Forest: f, world: &world{
		dc: f.Root, central: tenanttest.Start(t, tenant.Options{}), program: "adsync", dir: t.TempDir(), kept: map[string]string{},
	}}
	w.enter("main")
	w.people = "OU=People," + f.Root.Base
	w.account = forest.SIDText(f.Root.Read(t, "CN=svcadmin,CN=Users,"+f.Root.Base, "objectSid")[0])
	var authorities []byte
	for _, c := range []*adtest.Controller{f.Root, f.Child} {
		data, err := os.ReadFile(c.CAFile)
		if err != nil {
			t.Fatal(err)
		}
		authorities = append(authorities, data...)
		c.Add(t, "OU=People,"+c.Base, map[string][]string{"objectClass": {"organizationalUnit"}})
		var members []string
		for n := range population {
			name := fmt.Sprintf("%s-%d", strings.ToLower(c.NetBIOS), n)
			dn := "CN=" + name + ",OU=People," + c.Base
			c.Add(t, dn, map[string][]string{
				"objectClass": {"user"}, "sAMAccountName": {name}, "userAccountControl": {"544"}, "department": {"Sales"},
				"displayName": {name}, "mail": {name + "@example.com"},
			})
			members = append(members, dn)
		}
		c.Group(t, c.NetBIOS+" Team", map[string][]string{"groupType": {"-2147483640"}}, members...)
	}
	f.Root.AddAbroad(t, "CN=CORP Team,CN=Users,"+f.Root.Base, f.Child, "CN=child-0,OU=People,"+f.Child.Base)
	ca := w.file(t, "ca.pem", string(authorities))
	w.connect(t)
	w.adsync(t, 0, "config", "set", "directory.servers", f.Root.IP, f.Child.IP)
	w.adsync(t, 0, "config", "set", "directory.caFile", ca)
	w.typed(t, adtest.Password+"\n", 0, "credential", "set", "directory", "--user", f.Admin)
	w.configure(t, "")
	return w
}

// configure writes the scope: the base of each domain, and for the root a filter.
func (w *twoDomains) configure(t *testing.T, filter string) {
	t.Helper()
	var domains []any
	for _, c := range []*adtest.Controller{w.Root, w.Child} {
		users := map[string]any{"bases": []any{map[string]any{"dn": "OU=People," + c.Base}}}
		if c == w.Root && filter != "" {
			users["filter"] = filter
		}
		// Both domains have a group Domain Users, and Central takes one of a name.
		groups := map[string]any{"filter": "(!(isCriticalSystemObject=TRUE))"}
		domains = append(domains, map[string]any{"name": c.Domain, "users": users, "groups": groups})
	}
	data, err := json.Marshal(domains)
	if err != nil {
		t.Fatal(err)
	}
	w.adsync(t, 0, "config", "set", "scope.domains", "--file", w.file(t, "domains.json", string(data)))
}

// settle approves and applies a plan, after which there is nothing left.
func (w *twoDomains) settle(t *testing.T, p planned) {
	t.Helper()
	w.adsync(t, 0, "approve", p.ID, "--comment", "as planned")
	w.apply(t)
	if again := w.preview(t, 0); len(again.Changes)+len(again.Holds) > 0 {
		t.Fatalf("the second preview is not empty: %v, held %v", changes(again.Document), holds(again.Document))
	}
}

// has compares a plan with what is expected.
func (p planned) has(t *testing.T, why string, complete bool, plan, held tally) {
	t.Helper()
	if d := cmp.Diff(plan, changes(p.Document), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s\nchanges (-want +got):\n%s", why, d)
	}
	if d := cmp.Diff(held, holds(p.Document), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s\nholds (-want +got):\n%s", why, d)
	}
	if p.Complete != complete {
		t.Errorf("%s\ncomplete %v: %+v", why, p.Complete, p.Reads)
	}
	if t.Failed() {
		t.FailNow()
	}
}

func (p planned) read(domain, kind string) identity.Read {
	at := slices.IndexFunc(p.Reads, func(r identity.Read) bool { return r.Domain == domain && r.Kind == kind })
	if at < 0 {
		return identity.Read{}
	}
	return p.Reads[at]
}

func (p planned) warned(code string) bool {
	return slices.ContainsFunc(p.Warnings, func(x plan.Warning) bool { return x.Code == code })
}

// TestForest keeps both domains of a real forest in step, and loses now a
// controller, now a right, a base or a group of a filter.
func TestForest(t *testing.T) {
	w := startForest(t)
	first := w.preview(t, 0)
	first.has(t, "everybody of both domains, and a team with people of both", true,
		tally{"create user new": 2 * population, "create group new": 2}, nil)
	w.settle(t, first)
	for _, s := range []struct {
		name string
		run  func(*testing.T, *twoDomains)
	}{
		{"ChildStopped", childStopped},
		{"AttributeLost", attributeLost},
		{"FilterLost", filterLost},
		{"BaseShut", baseShut},
		{"BaseMoved", baseMoved},
		{"FilterGroup", filterGroup},
		{"BaseDeleted", baseDeleted},
	} {
		if !t.Run(s.name, func(t *testing.T) { s.run(t, w) }) {
			t.FailNow() // the steps build upon one another
		}
	}
}

// childStopped: a domain that no controller answers for is not an empty one.
func childStopped(t *testing.T, w *twoDomains) {
	w.Child.Stop(t)
	stopped := w.preview(t, 11)
	unknown := tally{"read.incomplete remove user notFound": population, "read.incomplete remove group notFound": 1}
	stopped.has(t, "nobody of the domain is known to have left", false, nil, unknown)
	if r := stopped.read(w.Child.Domain, identity.ReadUsers); r.Complete || r.Code != "directory.domain.unreachable" {
		t.Errorf("read of the child %+v", r)
	}
	if r := stopped.read(w.Root.Domain, identity.ReadUsers); !r.Complete || r.Entries != population {
		t.Errorf("read of the root %+v", r)
	}
	unknown["read.incomplete remove user disabled"] = 1
	unknown["read.incomplete membershipRemove user left.group"] = 1
	w.Root.Set(t, "CN=corp-1,OU=People,"+w.Root.Base, "userAccountControl", "546")
	w.Root.Set(t, "CN=corp-2,OU=People,"+w.Root.Base, "sn", "Second")
	w.Root.RemoveValues(t, "CN=CORP Team,CN=Users,"+w.Root.Base, "member", "CN=corp-3,OU=People,"+w.Root.Base)
	w.preview(t, 11).has(t, "updates go on, and nothing is taken away while a whole domain is missing", false,
		tally{"update user changed": 1}, unknown)
	w.Child.Restart(t)
	back := w.preview(t, 0)
	back.has(t, "it answers again", true,
		tally{"update user changed": 1, "remove user disabled": 1, "membershipRemove user left.group": 1}, nil)
	w.settle(t, back)
}

// attributes by their schemaIDGUID (MS-ADA2, MS-ADA3).
const (
	mailProperty       = "bf967961-0de6-11d0-a285-00aa003049e2"
	departmentProperty = "bf96794f-0de6-11d0-a285-00aa003049e2"
)

// deny adds an entry for the account that reads, and returns what undoes it.
func (w *twoDomains) deny(t *testing.T, entry string, dns ...string) (undo func()) {
	t.Helper()
	undo = w.Root.Lists(t, dns...)
	w.Root.Access(t, entry, dns...)
	return undo
}

func (w *twoDomains) confirm(t *testing.T, base string) {
	t.Helper()
	w.adsync(t, 0, "scope", "base", "confirm", w.Root.Domain, base, "--reason", "as intended")
}

// attributeLost: the right to mail goes below a base. What was lost with it waits
// until a person says that it is meant.
func attributeLost(t *testing.T, w *twoDomains) {
	undo := w.deny(t, "(OD;;RP;"+mailProperty+";;"+w.account+")", w.members()...)
	lost := w.preview(t, 11)
	lost.has(t, "nobody had a right taken from them", false, nil, nil)
	if r := lost.read(w.Root.Domain, identity.ReadUsers); r.Code != "directory.read.attribute" || !strings.Contains(r.Reason, "mail") {
		t.Errorf("read %+v", r)
	}
	w.confirm(t, w.people)
	w.preview(t, 0).has(t, "Central keeps the addresses that it has: an empty value is not sent", true, nil, nil)
	w.preview(t, 0).has(t, "and the next preview knows", true, nil, nil)
	undo()
	w.preview(t, 0).has(t, "the right comes back", true, nil, nil)
}

// filterLost: the attribute that a filter asks for goes.
func filterLost(t *testing.T, w *twoDomains) {
	w.configure(t, "(department=Sales)")
	w.preview(t, 0).has(t, "the filter returns everybody", true, nil, nil)
	undo := w.deny(t, "(OD;;RP;"+departmentProperty+";;"+w.account+")", w.members()...)
	w.preview(t, 11).has(t, "who does not fulfil the filter for want of a right stays", false, nil,
		tally{"read.incomplete remove user filter.users": population - 1})
	w.confirm(t, w.people)
	w.preview(t, 11).has(t, "it is meant: they leave, as far as limits let them", true, nil,
		tally{"limit.removals remove user filter.users": population - 1})
	undo()
	w.preview(t, 0).has(t, "the right comes back", true, nil, nil)
	w.configure(t, "")
	w.preview(t, 0).has(t, "and the filter goes", true, nil, nil)
}

// baseShut: nobody below the base can be seen any more, nor anywhere else.
func baseShut(t *testing.T, w *twoDomains) {
	undo := w.deny(t, "(D;;GA;;;"+w.account+")", w.members()...)
	w.preview(t, 11).has(t, "nothing came back where there was something", false, nil,
		tally{"read.incomplete remove user notFound": population - 1})
	w.confirm(t, w.people)
	w.preview(t, 11).has(t, "it is meant", true, nil, tally{"limit.removals remove user notFound": population - 1})
	w.preview(t, 11).has(t, "and stays meant", true, nil, tally{"limit.removals remove user notFound": population - 1})
	undo()
	w.preview(t, 0).has(t, "the right comes back", true, nil, nil)
	undo = w.deny(t, "(D;;GA;;;"+w.account+")", append(w.members(), w.people)...)
	shut := w.preview(t, 11)
	shut.has(t, "the base itself cannot be read", false, nil, tally{"read.incomplete remove user notFound": population - 1})
	if r := shut.read(w.Root.Domain, identity.ReadUsers); r.Code != "directory.rights" {
		t.Errorf("read %+v", r)
	}
	undo()
	w.preview(t, 0).has(t, "the right comes back", true, nil, nil)
}

// baseMoved: a base is followed wherever it goes.
func baseMoved(t *testing.T, w *twoDomains) {
	w.people = w.Root.Move(t, w.people, "OU=Personnel", "")
	renamed := w.preview(t, 0)
	renamed.has(t, "nobody left with the old name", true, nil, nil)
	if !renamed.warned("base.moved") {
		t.Errorf("warnings %+v", renamed.Warnings)
	}
	w.Root.Add(t, "OU=Company,"+w.Root.Base, map[string][]string{"objectClass": {"organizationalUnit"}})
	w.people = w.Root.Move(t, w.people, "OU=Personnel", "OU=Company,"+w.Root.Base)
	w.preview(t, 0).has(t, "nor with the old place", true, nil, nil)
}

// filterGroup: the group of a filter is followed, and its end is nobody's.
func filterGroup(t *testing.T, w *twoDomains) {
	dn := w.Root.Group(t, "Chosen", map[string][]string{"groupType": {"-2147483640"}}, w.members()...)
	w.settle(t, w.preview(t, 0))
	w.configure(t, "(memberOf="+dn+")")
	w.preview(t, 0).has(t, "everybody is in it", true, nil, nil)
	dn = w.Root.Move(t, dn, "CN=Elected", "")
	renamed := w.preview(t, 0)
	renamed.has(t, "it has another name", true, tally{"update group renamed": 1}, nil)
	if !renamed.warned("filter.moved") {
		t.Errorf("warnings %+v", renamed.Warnings)
	}
	w.settle(t, renamed)
	w.Root.Delete(t, dn)
	gone := w.preview(t, 11)
	gone.has(t, "it is gone", false, nil, tally{"base.missing remove user filter.users": population - 1, "base.missing remove group group.deleted": 1})
	if r := gone.read(w.Root.Domain, identity.ReadUsers); r.Code != "directory.filter.missing" {
		t.Errorf("read %+v", r)
	}
	w.configure(t, "")
	w.settle(t, w.preview(t, 0))
}

// members are the DNs of all people of the root.
func (w *twoDomains) members() []string {
	var list []string
	for n := range population {
		list = append(list, fmt.Sprintf("CN=corp-%d,%s", n, w.people))
	}
	return list
}

// baseDeleted: with the base everybody in it is deleted.
func baseDeleted(t *testing.T, w *twoDomains) {
	base := "OU=People," + w.Child.Base
	for n := range population {
		w.Child.Delete(t, fmt.Sprintf("CN=child-%d,%s", n, base))
	}
	w.Child.Delete(t, base)
	gone := w.preview(t, 11)
	gone.has(t, "a base that is gone says nothing of who stood there", false, nil,
		tally{"base.missing remove user deleted": population, "base.missing remove group group.empty": 1})
	if r := gone.read(w.Child.Domain, identity.ReadUsers); r.Code != "directory.base.missing" {
		t.Errorf("read %+v", r)
	}
}
