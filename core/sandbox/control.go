package sandbox

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"

	"adsync/core/fault"
	"adsync/core/sandbox/forest"
	"adsync/core/sandbox/tenant"
)

// order is the body of a call of the control endpoint.
type order struct {
	Op   string   `json:"op"`
	Args []string `json:"args"`
}

// answer is what comes back, with an error whatever was done before it.
type answer struct {
	Changes []forest.Change `json:"changes,omitempty"`
	Calls   []tenant.Call   `json:"calls,omitempty"`
	Counts  map[string]int  `json:"counts,omitempty"`
	Faults  []tenant.Strike `json:"faults,omitempty"`
	Clock   *Clock          `json:"clock,omitempty"`
	Planted *tenant.Planted `json:"planted,omitempty"`
	PID     int             `json:"pid,omitempty"`
	Error   *refusal        `json:"error,omitempty"`
}

// refusal is a fault on the wire.
type refusal struct {
	Code    string       `json:"code"`
	Message string       `json:"message"`
	Hint    string       `json:"hint,omitempty"`
	Details []string     `json:"details,omitempty"`
	Next    []fault.Next `json:"next,omitempty"`
}

func refuse(err error) *refusal {
	r := &refusal{Code: "sandbox.control", Message: err.Error()}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		r.Code, r.Hint, r.Details, r.Next = f.Code, f.Hint, f.Details, f.Next
	}
	return r
}

func (r *refusal) fault() error {
	options := []fault.Option{fault.Hint(r.Hint), fault.Details(r.Details...)}
	for _, n := range r.Next {
		options = append(options, fault.Then(n.Command, n.Why))
	}
	return fault.New(r.Code, r.Message, options...)
}

// control is the endpoint through which a running sandbox is changed, asked and
// stopped by who knows the token.
func (s *site) control() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { s.say(w, answer{PID: s.info.PID}) })
	m.HandleFunc("POST /stop", func(w http.ResponseWriter, _ *http.Request) {
		s.say(w, answer{PID: s.info.PID})
		s.stop()
	})
	m.HandleFunc("POST /change", s.change)
	s.controlTenant(m)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		want := "Bearer " + s.info.Secrets.ControlToken
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(want)) != 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		m.ServeHTTP(w, r)
	})
}

func (s *site) change(w http.ResponseWriter, r *http.Request) {
	const limit = 1 << 20
	var o order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, limit)).Decode(&o); err != nil {
		s.say(w, answer{Error: refuse(err)})
		return
	}
	changes, err := perform(s.forest, o)
	if len(changes) > 0 {
		err = errors.Join(err, s.saveForest())
	}
	a := answer{Changes: changes}
	if err != nil {
		a.Error = refuse(err)
	}
	s.o.Log.InfoContext(r.Context(), "directory changed", "op", o.Op, "changes", len(changes), "refused", err != nil)
	s.say(w, a)
}

func (s *site) say(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json")
	if a.Error != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
	if err := json.NewEncoder(w).Encode(a); err != nil {
		s.o.Log.Debug("answering a control call", "error", err)
	}
}
