package apply_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	api "adsync/core/central"
	"adsync/core/sandbox/tenant"
)

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
