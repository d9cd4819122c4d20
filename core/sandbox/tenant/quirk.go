package tenant

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Quirks are ways of the real API that its documentation does not tell or leaves
// open, and that have been seen somewhere. All are off unless asked for.
type Quirks struct {
	// UpperIDs writes every id in upper case.
	UpperIDs bool `json:"upperIds,omitempty"`
	// ExtraFields gives every object a field that no documentation has.
	ExtraFields bool `json:"extraFields,omitempty"`
	// PlainHosts makes who-am-I name http:// hosts, the global one with a slash at
	// its end, as the published example does.
	PlainHosts bool `json:"plainHosts,omitempty"`
	// Sparse leaves updatedAt away, and shows "" as the last name, of users that an
	// agent made.
	Sparse bool `json:"sparse,omitempty"`
	// EmptyErrors sends 400, 401 and 403 without a body.
	EmptyErrors bool `json:"emptyErrors,omitempty"`
	// LagSeconds is for how long lists and searches do not show what was made. What
	// is asked for by its id is there at once.
	LagSeconds int `json:"lagSeconds,omitempty"`
	// MaxPage makes pages no longer than this, whatever is asked for, and maxSize
	// say so.
	MaxPage int `json:"maxPage,omitempty"`
}

// SetQuirks changes the quirks.
func (t *Tenant) SetQuirks(q Quirks) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.quirks = q
}

// Now is the tenant's clock: that of its caller, and what it was moved by.
func (t *Tenant) Now() time.Time { return t.o.Now().Add(t.Ahead()) }

// Ahead is by how much the clock was moved.
func (t *Tenant) Ahead() time.Duration { return time.Duration(t.ahead.Load()) }

// Forward moves the clock on.
func (t *Tenant) Forward(d time.Duration) { t.ahead.Add(int64(d)) }

// seen is what of a list is shown by now.
func seen[T object](t *Tenant, e *exchange, all []T) []T {
	lag := time.Duration(t.quirks.LagSeconds) * time.Second
	if lag <= 0 || e.query.ids != nil {
		return all
	}
	return filterBy(all, func(o T) bool { return e.at.Sub(o.born()) >= lag })
}

// odd gives a reply the quirks.
func (t *Tenant) odd(e *exchange, a reply) reply {
	t.mu.Lock()
	q := t.quirks
	t.mu.Unlock()
	refused := a.status == http.StatusBadRequest || a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
	switch {
	case q.EmptyErrors && refused && (e.route == nil || e.route.place != placeIdentity):
		a.body = rawBody{}
		return a
	case a.body == nil, e.route == nil, e.route.place == placeIdentity, !q.UpperIDs && !q.ExtraFields && !q.Sparse:
		return a
	}
	var whole any
	if data, err := json.Marshal(a.body); err == nil && json.Unmarshal(data, &whole) == nil {
		a.body = q.rewrite(whole)
	}
	return a
}

func (q Quirks) rewrite(value any) any {
	switch v := value.(type) {
	case string:
		if q.UpperIDs && len(v) == 36 && uuid.Validate(v) == nil {
			return strings.ToUpper(v)
		}
	case []any:
		for i := range v {
			v[i] = q.rewrite(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = q.rewrite(v[name])
		}
		if _, whole := v["source"]; whole {
			q.rewriteObject(v)
		}
	}
	return value
}

func (q Quirks) rewriteObject(v map[string]any) {
	if name, _ := v["name"].(string); q.Sparse && strings.Contains(name, `\`) && v["email"] == nil {
		delete(v, "updatedAt")
		v["lastName"] = ""
	}
	if q.ExtraFields {
		v["licence"] = map[string]any{"id": uuid.NewString(), "tier": 3}
	}
}
