package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"adsync/core/fault"
	"adsync/core/sandbox/tenant"
)

// Clock is the clock of the simulated Sophos Central.
type Clock struct {
	Now   time.Time `json:"now"`
	Ahead string    `json:"ahead"` // of the clock of this computer: "1h30m0s"
}

// most is how long the body of an order may be: a seed file of a million users.
const most = 512 << 20

// controlTenant adds to the control endpoint what concerns the simulated Sophos
// Central. Faults, quirks, calls and the clock are gone when the sandbox stops;
// what a seed file planted stays.
func (s *site) controlTenant(m *http.ServeMux) {
	m.HandleFunc("GET /calls", func(w http.ResponseWriter, _ *http.Request) { s.say(w, answer{Calls: s.tenant.Calls()}) })
	m.HandleFunc("GET /counts", func(w http.ResponseWriter, _ *http.Request) { s.say(w, answer{Counts: s.tenant.Counts()}) })
	m.HandleFunc("DELETE /calls", func(w http.ResponseWriter, _ *http.Request) {
		s.tenant.Reset()
		s.say(w, answer{})
	})
	m.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) { s.say(w, answer{Faults: s.tenant.Faults()}) })
	m.HandleFunc("POST /faults", s.addFault)
	m.HandleFunc("DELETE /faults", s.clearFaults)
	m.HandleFunc("GET /clock", func(w http.ResponseWriter, _ *http.Request) { s.say(w, answer{Clock: s.clock()}) })
	m.HandleFunc("POST /clock", s.moveClock)
	m.HandleFunc("POST /seed", s.plant)
	m.HandleFunc("POST /reset", func(w http.ResponseWriter, _ *http.Request) {
		s.tenant.Reset()
		s.tenant.ClearFaults()
		s.tenant.SetQuirks(tenant.Quirks{})
		s.tenant.Forward(-s.tenant.Ahead())
		s.say(w, answer{})
	})
}

func (s *site) clock() *Clock {
	return &Clock{Now: s.tenant.Now().UTC().Truncate(time.Second), Ahead: s.tenant.Ahead().String()}
}

func (s *site) addFault(w http.ResponseWriter, r *http.Request) {
	var rule tenant.Rule
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&rule)
	if err != nil {
		err = fault.New("usage.sandbox.fault", "the rule could not be read", fault.Cause(err))
	} else {
		err = rule.Check()
	}
	if err != nil {
		s.say(w, answer{Error: refuse(err)})
		return
	}
	s.tenant.Fault(rule)
	s.say(w, answer{Faults: s.tenant.Faults()})
}

func (s *site) clearFaults(w http.ResponseWriter, r *http.Request) {
	var ids []int
	for _, text := range r.URL.Query()["id"] {
		id, err := strconv.Atoi(text)
		if err != nil {
			s.say(w, answer{Error: refuse(noRule(text))})
			return
		}
		ids = append(ids, id)
	}
	if n := s.tenant.ClearFaults(ids...); n == 0 && len(ids) > 0 {
		s.say(w, answer{Error: refuse(noRule(r.URL.Query().Get("id")))})
		return
	}
	s.say(w, answer{Faults: s.tenant.Faults()})
}

func noRule(id string) error {
	return fault.New("usage.sandbox.fault", "there is no fault rule "+id, fault.Then("adsync sandbox fault list", "see the rules"))
}

func (s *site) moveClock(w http.ResponseWriter, r *http.Request) {
	var o struct {
		Forward string `json:"forward"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&o)
	var by time.Duration
	if err == nil {
		by, err = time.ParseDuration(o.Forward)
	}
	if err != nil || by < 0 {
		s.say(w, answer{Error: refuse(fault.New("usage.sandbox.clock", "the clock is moved forward by a time like 90s, 20m or 36h", fault.Cause(err)))})
		return
	}
	s.tenant.Forward(by)
	s.say(w, answer{Clock: s.clock()})
}

func (s *site) plant(w http.ResponseWriter, r *http.Request) {
	planted, err := s.tenant.Plant(http.MaxBytesReader(w, r.Body, most))
	if err == nil {
		err = s.saveTenant()
	}
	a := answer{Planted: &planted}
	if err != nil {
		a = answer{Error: refuse(err)}
	}
	s.o.Log.InfoContext(r.Context(), "tenant seeded", "users", planted.Users, "groups", planted.Groups, "refused", err != nil)
	s.say(w, a)
}
