package apply_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/apply"
	api "adsync/core/central"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/sandbox/tenant"
)

// TestFaultSequences is the law of TestKilledAnywhere over real HTTP: with the
// client of Sophos Central on this side and the simulated tenant on the other,
// and whatever a network does between them. Every plan is made of what the
// client read; where it said that a list is whole, it has to be the tenant's.
// ADSYNC_SOAK=1 tries ten thousand.
func TestFaultSequences(t *testing.T) {
	seeds := uint64(300)
	if os.Getenv("ADSYNC_SOAK") != "" {
		seeds = 10_000
	}
	var all tally
	var workers sync.WaitGroup
	var next atomic.Uint64
	for range 2 {
		workers.Go(func() {
			site := newSite()
			defer site.server.Close()
			for seed := next.Add(1) - 1; seed < seeds && !t.Failed(); seed = next.Add(1) - 1 {
				t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { sequence(t, site, seed, &all) })
			}
		})
	}
	workers.Wait()
	t.Logf("%d sequences: %d plans, %d failed reads, %d sessions, %d calls; %d kills, %d cancellations, faults %v",
		all.sequences, all.plans, all.unread, all.sessions, all.calls, all.kills, all.cancels, all.faults)
	if all.sequences == int(seeds) && (all.kills == 0 || all.cancels == 0 || all.unread == 0 || len(all.faults) < len(faults())) {
		t.Error("not everything was tried")
	}
}

// sequence is what happens to one company under one seed: three states that its
// directory wants, each planned and carried out under trouble.
func sequence(t *testing.T, site *site, seed uint64, all *tally) {
	t.Helper()
	w := newWired(site, seed)
	defer all.add(&w.tally)
	defer w.part()
	for round := range 3 {
		w.desire()
		if w.sync(t, round); t.Failed() {
			t.Errorf("round %d; repeat it: ADSYNC_SOAK=1 go test ./core/apply -run 'TestFaultSequences/%d$'", round, seed)
			return
		}
	}
}

// tally counts what was tried.
type tally struct {
	mu                                                        sync.Mutex
	sequences, plans, unread, sessions, calls, kills, cancels int
	faults                                                    map[string]int
}

func (a *tally) add(b *tally) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sequences++
	a.plans, a.unread, a.sessions = a.plans+b.plans, a.unread+b.unread, a.sessions+b.sessions
	a.calls, a.kills, a.cancels = a.calls+b.calls, a.kills+b.kills, a.cancels+b.cancels
	if a.faults == nil {
		a.faults = map[string]int{}
	}
	for name, n := range b.faults {
		a.faults[name] += n
	}
}

// site is a listener on loopback; who answers there changes with the sequence.
type site struct {
	server *httptest.Server
	answer atomic.Pointer[http.HandlerFunc]
}

func newSite() *site {
	s := &site{}
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*s.answer.Load())(w, r) }))
	return s
}

// wired is a soak whose Central is a simulated tenant on the other end of a
// connection.
type wired struct {
	*soak

	tally tally

	site   *site
	tenant *tenant.Tenant
	client *api.Client
	others []tenant.User // not ours, as they were
	groups []tenant.Group
	strict bool // the client gives up after a moment

	at atomic.Int64 // its clock

	// What happens to the calls of one session. It is one call at a time.
	mu     sync.Mutex
	chance *rand.Rand
	budget int
	cancel func()
	dead   atomic.Bool // the process has been killed and does not know it yet
}

func newWired(s *site, seed uint64) *wired {
	w := &wired{soak: newSoak(seed), site: s, chance: rand.New(rand.NewPCG(seed, 4))}
	w.tally.faults = map[string]int{}
	w.at.Store(start.UnixNano())
	url := func() string { return s.server.URL }
	o := tenant.Options{
		Now: w.time, BaseURL: url, RegionURL: url, Embedded: 1 + w.r.IntN(4), MembersTouch: w.r.IntN(2) == 0,
		RetryAfter: tenant.RetryAfter(w.r.IntN(3)),
		Quirks: tenant.Quirks{
			UpperIDs: w.r.IntN(4) == 0, ExtraFields: w.r.IntN(4) == 0, Sparse: w.r.IntN(4) == 0, PlainHosts: w.r.IntN(4) == 0,
			EmptyErrors: w.r.IntN(4) == 0, LagSeconds: 60 * w.r.IntN(2), MaxPage: w.r.IntN(6),
		},
	}
	w.tenant = tenant.New(o)
	w.strangers()
	answer := http.HandlerFunc(w.serve)
	s.answer.Store(&answer)
	w.strict = w.r.IntN(40) == 0
	w.dial()
	return w
}

// time is the clock of both sides.
func (w *wired) time() time.Time { return time.Unix(0, w.at.Load()).UTC() }

// strangers are people and groups of every kind that are not ours.
func (w *wired) strangers() {
	w.others = []tenant.User{
		{Name: "By hand", Email: "hand@x", ExchangeLogin: `CORP\hand`},
		{Name: `CORP\signed.in`},
		{Name: `HOST7\u1`},
		{Name: "U1", Email: "namesake@x.example", Domain: "corp.example", Source: tenant.SourceActiveDirectory},
		{Name: "Cloud", Email: "cloud@x.example", Source: tenant.SourceEntra},
	}
	w.others[0].Email = "hand@x.example"
	w.groups = []tenant.Group{{Name: "Hand-made"}, {Name: "Domain Users", Source: tenant.SourceActiveDirectory}}
	if err := w.tenant.Seed(w.others, nil); err != nil {
		panic(err)
	}
	w.groups[0].Members = []string{w.others[0].ID, w.others[1].ID}
	w.groups[1].Members = []string{w.others[3].ID}
	if err := w.tenant.Seed(nil, w.groups); err != nil {
		panic(err)
	}
	w.others, w.groups = w.tenant.Users(), w.tenant.Groups()
}

// dial makes a client: that of a new process.
func (w *wired) dial() {
	if w.client != nil {
		w.part()
	}
	o := api.Options{
		IdentityURL: w.site.server.URL, GlobalURL: w.site.server.URL, ClientID: tenant.DefaultClientID,
		Secret: func() string { return tenant.DefaultSecret },
		// A process that was killed comes to its end here, before it makes anything
		// of an answer.
		Now: func() time.Time {
			if w.dead.Load() {
				panic(errKilled)
			}
			return w.time()
		},
		Sleep: func(ctx context.Context, d time.Duration) error {
			w.at.Add(int64(d))
			return ctx.Err()
		},
	}
	if w.strict {
		o.Timeout = 200 * time.Millisecond
	}
	var err error
	if w.client, err = api.New(o); err != nil {
		panic(err)
	}
}

// part ends the connections of the sequence.
func (w *wired) part() {
	w.tally.calls += w.client.Calls()
	w.site.server.CloseClientConnections()
}

// misfortunes are what can befall a call, beside the end of the process.
func faults() map[string]tenant.Rule {
	all := map[string]tenant.Rule{
		"429 later": {Status: 429, RetryAfter: "2"}, "429": {Status: 429},
		"500": {Status: 500}, "503": {Status: 503}, "403": {Status: 403}, "401": {Status: 401},
		"500 made": {Status: 500, Effect: true}, "504 made": {Status: 504, Effect: true},
		"cut before": {CutBefore: true}, "cut after": {CutAfter: true},
		"empty object": {Body: "{}"}, "html": {Status: 200, Body: "<html>sign in</html>"},
	}
	for _, d := range tenant.Damages() {
		if d.Kind != tenant.DamageSlow {
			all[string(d.Kind)] = tenant.Rule{Damage: d.Kind}
		}
	}
	return all
}

// serve lets a call through to the tenant, or has something happen to it.
func (w *wired) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	before, after := func() {}, func() {}
	if w.budget > 0 && w.chance.IntN(14) == 0 {
		w.budget--
		before, after = w.misfortune()
	}
	w.mu.Unlock()
	before()
	if w.dead.Load() {
		panic(http.ErrAbortHandler)
	}
	defer after()
	w.tenant.ServeHTTP(rw, r)
}

// misfortune chooses what happens, before and after the call is carried out.
func (w *wired) misfortune() (before, after func()) {
	nothing := func() {}
	rule := func(name string, r tenant.Rule) func() {
		w.tally.faults[name]++
		return func() { r.Times = 1; w.tenant.ClearFaults(); w.tenant.Fault(r) }
	}
	switch w.chance.IntN(12) {
	case 0:
		return func() { w.dead.Store(true) }, nothing
	case 1:
		w.tenant.ClearFaults()
		w.tenant.Fault(tenant.Rule{CutAfter: true, Times: 1}) // the process is gone, and so is its connection
		return nothing, func() { w.dead.Store(true) }
	case 2:
		w.tally.cancels++
		return w.cancel, nothing
	case 3:
		w.tally.cancels++
		return nothing, w.cancel
	case 4:
		if w.strict {
			return rule("late", tenant.Rule{Delay: time.Second, Effect: w.chance.IntN(2) == 0, Status: 200}), nothing
		}
	}
	list := faults()
	name := slices.Sorted(maps.Keys(list))[w.chance.IntN(len(list))]
	return rule(name, list[name]), nothing
}

// sync plans and applies until nothing is left to do, and looks at what came of
// it. What is freed by one plan comes with the next.
func (w *wired) sync(t *testing.T, round int) {
	t.Helper()
	for again := range 5 {
		w.at.Add(int64(time.Hour))
		w.budget = w.r.IntN(9)
		in, ok := w.read(t)
		if !ok {
			return
		}
		w.lifted(plan.Diff(in))
		for _, c := range w.changes {
			if c.Cause.Code == plan.CauseCentralChanged || c.Cause.Code == plan.CauseCentralDeleted {
				t.Errorf("%v, though nobody else changed anything", names([]plan.Change{c}))
			}
		}
		if len(w.changes)+len(w.holds) == 0 {
			w.check(t)
			return
		}
		w.runID = fmt.Sprintf("run-%d-%d", round, again)
		if w.apply(t); t.Failed() {
			return
		}
	}
	t.Errorf("five plans, and there still are changes: %v holds %v", names(w.changes), names(w.holds))
}

// read asks Central until it has answered in full. What the client calls whole
// is compared with what the tenant holds.
func (w *wired) read(t *testing.T) (in plan.Input, ok bool) {
	t.Helper()
	var err error
	for try := range 20 {
		if try >= 12 {
			w.budget = 0
		}
		ctx, cancel := context.WithCancel(t.Context())
		w.cancel = cancel
		killed := kill(func() { in, err = w.list(ctx) })
		cancel()
		if killed || w.dead.Load() {
			w.revive()
			w.tally.unread++
			continue
		}
		if err == nil {
			w.tally.plans++
			w.compare(t, in)
			return in, !t.Failed()
		}
		w.tally.unread++
		w.at.Add(int64(time.Minute))
		w.dial()
	}
	t.Errorf("twenty times Central could not be read, the last: %v", err)
	return in, false
}

// revive starts a new process after a kill.
func (w *wired) revive() {
	w.tally.kills++
	w.dead.Store(false)
	w.tenant.ClearFaults()
	w.dial()
}

func (w *wired) list(ctx context.Context) (plan.Input, error) {
	users, err := w.client.Users(ctx)
	if err != nil {
		return plan.Input{}, err
	}
	groups, err := w.client.Groups(ctx)
	if err != nil {
		return plan.Input{}, err
	}
	for i, g := range groups {
		if g.MembersKnown {
			continue
		}
		if groups[i].Members, err = w.client.Members(ctx, g.ID); err != nil {
			return plan.Input{}, err
		}
		groups[i].MembersKnown = true
	}
	return w.input(users, groups), nil
}

func (w *wired) compare(t *testing.T, in plan.Input) {
	t.Helper()
	var users []identity.CentralUser
	for _, u := range w.tenant.Users() {
		users = append(users, identity.CentralUser{ID: u.ID, Source: identity.Source(u.Source), Fields: fieldsOf(u)})
	}
	var groups []identity.CentralGroup
	for _, g := range w.tenant.Groups() {
		groups = append(groups, identity.CentralGroup{
			ID: g.ID, Source: identity.Source(g.Source), Fields: identity.Fields{Name: g.Name, Description: g.Description}, Members: g.Members, Total: len(g.Members),
		})
	}
	times := cmpopts.IgnoreTypes(time.Time{}, identity.Embedded{})
	if d := cmp.Diff(users, in.Users, times, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("the client said that these are all users (-tenant +client):\n%s", d)
	}
	if d := cmp.Diff(groups, in.Groups, times, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(identity.CentralGroup{}, "MembersKnown", "Total")); d != "" {
		t.Errorf("the client said that these are all groups (-tenant +client):\n%s", d)
	}
}

func fieldsOf(u tenant.User) identity.Fields {
	return identity.Fields{Name: u.Name, FirstName: u.FirstName, LastName: u.LastName, Email: u.Email, ExchangeLogin: u.ExchangeLogin}
}

// apply runs and resumes until nothing is left to try again.
func (w *wired) apply(t *testing.T) {
	t.Helper()
	w.journal = &journal{}
	made := w.time()
	var last apply.Run
	for session := range 30 {
		w.tally.sessions++
		if session >= 20 {
			w.budget = 0
		}
		ctx, cancel := context.WithCancel(t.Context())
		w.cancel = cancel
		w.journal.hook = w.disk()
		var run apply.Run
		killed := kill(func() { run = w.session(ctx, t, made, session) })
		cancel()
		last = run
		dead := w.dead.Load()
		if killed || dead {
			w.revive()
		}
		w.at.Add(int64(w.r.IntN(40)) * int64(time.Minute))
		if t.Failed() {
			return
		}
		if !killed && run.Outcome == apply.Complete {
			if run.Summary.Stale > 0 {
				t.Errorf("stale, though nobody else changed anything: %v", w.outcomes(run))
			}
			return
		}
		if !killed && !dead {
			w.dial()
		}
	}
	t.Errorf("thirty sessions did not bring the run to an end; the last: %s %+v %v", last.Outcome, last.Error, w.outcomes(last))
}

// disk kills before or after a line is kept.
func (w *wired) disk() func(int) (bool, bool, error) {
	return func(int) (before, after bool, err error) {
		if w.dead.Load() {
			return true, false, nil
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.budget == 0 || w.chance.IntN(60) > 0 {
			return false, false, nil
		}
		w.budget--
		first := w.chance.IntN(2) == 0
		return first, !first, nil
	}
}

// session is one process.
func (w *wired) session(ctx context.Context, t *testing.T, made time.Time, n int) apply.Run {
	t.Helper()
	j := w.job(t)
	j.Plan.CreatedAt, j.Header.StartedAt = made, made
	j.Now = w.time
	j.Target = w.client.Writer()
	if n == 0 {
		w.begin(t, j)
	}
	j.Lines = slices.Clone(w.journal.lines)
	if n > 0 && w.r.IntN(4) == 0 { // a preview between
		if _, err := apply.SettleUnderway(ctx, j); err != nil && errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		j.Lines = slices.Clone(w.journal.lines)
	}
	do := apply.Resume
	if n == 0 {
		do = apply.Do
	}
	run, err := do(ctx, j)
	if err != nil {
		t.Error(err)
	}
	return run
}

// check compares the tenant with what the directory wants, object by object.
func (w *wired) check(t *testing.T) {
	t.Helper()
	ours, groupsOf := map[identity.GUID]string{}, map[string]identity.GUID{}
	for id, l := range w.ledger.links {
		ours[id], groupsOf[l.CentralID] = l.CentralID, id
	}
	var others []tenant.User
	seen := map[identity.GUID]identity.Fields{}
	for _, u := range w.tenant.Users() {
		id, is := groupsOf[u.ID]
		if !is {
			others = append(others, u)
			continue
		}
		seen[id] = fieldsOf(u)
	}
	if d := cmp.Diff(w.others, others); d != "" {
		t.Errorf("who is not ours was touched, or one of ours stands for nobody (-before +now):\n%s", d)
	}
	wanted := map[identity.GUID]identity.Fields{}
	for id, u := range w.desired.Users {
		wanted[id] = u.Fields
		if had := seen[id]; u.Fields.Email == "" { // an address cannot be cleared
			f := u.Fields
			f.Email = had.Email
			wanted[id] = f
		}
	}
	if d := cmp.Diff(wanted, seen); d != "" {
		t.Errorf("our users (-wanted +Central):\n%s", d)
	}
	w.checkGroups(t, groupsOf)
	if len(ours) != len(w.desired.Users)+len(w.desired.Groups) {
		t.Errorf("the ledger has %d links for %d users and %d groups", len(ours), len(w.desired.Users), len(w.desired.Groups))
	}
}

func (w *wired) checkGroups(t *testing.T, byID map[string]identity.GUID) {
	t.Helper()
	type team struct {
		Fields  identity.Fields
		Members []identity.GUID
	}
	var others []tenant.Group
	seen, wanted := map[identity.GUID]team{}, map[identity.GUID]team{}
	for _, g := range w.tenant.Groups() {
		id, is := byID[g.ID]
		if !is {
			others = append(others, g)
			continue
		}
		one := team{Fields: identity.Fields{Name: g.Name, Description: g.Description}}
		for _, m := range g.Members {
			one.Members = append(one.Members, byID[m])
		}
		slices.Sort(one.Members)
		seen[id] = one
	}
	for id, g := range w.desired.Groups {
		members := slices.Clone(g.Members)
		slices.Sort(members)
		wanted[id] = team{g.Fields, members}
	}
	if d := cmp.Diff(w.groups, others); d != "" {
		t.Errorf("groups that are not ours were touched, or one of ours stands for none (-before +now):\n%s", d)
	}
	if d := cmp.Diff(wanted, seen); d != "" {
		t.Errorf("our groups (-wanted +Central):\n%s", d)
	}
}
