package tenant

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"time"
)

// Call is one call as it was received and answered.
type Call struct {
	At     time.Time  `json:"at"`
	Method string     `json:"method"`
	Route  string     `json:"route"` // one of the routes, "" for a path that is none
	Path   string     `json:"path"`
	Query  url.Values `json:"query,omitempty"`
	// Fields are the names in the body, sorted; never the values.
	Fields    []string `json:"fields,omitempty"`
	IDs       int      `json:"ids,omitempty"` // how many ids the body has
	UserAgent string   `json:"userAgent,omitempty"`
	Status    int      `json:"status"` // 0 where the connection was cut, or is still open
	Faulted   bool     `json:"faulted,omitempty"`
	RequestID string   `json:"requestId"`
}

// note enters a call in the log; settle adds what came of it.
func (t *Tenant) note(e *exchange) {
	e.call = &Call{
		At: e.at, Method: e.r.Method, Path: e.r.URL.Path, Query: e.values(),
		UserAgent: e.r.UserAgent(), RequestID: e.requestID,
	}
	if e.route != nil {
		e.call.Route = e.route.path
	}
	e.call.Fields, e.call.IDs = fieldsOf(e)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.calls) >= 2*maxCallsKept {
		t.calls = slices.Clone(t.calls[maxCallsKept:])
	}
	t.calls = append(t.calls, e.call)
	t.counts[e.call.Method+" "+e.call.Route]++
}

func (t *Tenant) settle(e *exchange, a reply) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e.call.Status = a.status
}

// fieldsOf names what the body holds, as far as it can be read.
func fieldsOf(e *exchange) (names []string, ids int) {
	if e.media() == mediaForm {
		form, err := url.ParseQuery(string(e.raw))
		if err != nil {
			return nil, 0
		}
		return slices.Sorted(maps.Keys(form)), 0
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(e.raw, &fields) != nil {
		return nil, 0
	}
	for _, name := range []string{"ids", "userIds", "groupIds"} {
		var list []json.RawMessage
		if json.Unmarshal(fields[name], &list) == nil {
			ids += len(list)
		}
	}
	return slices.Sorted(maps.Keys(fields)), ids
}

// Calls returns the calls since the start or the last Reset, oldest first; of
// very many only the later ones.
func (t *Tenant) Calls() []Call {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]Call, 0, len(t.calls))
	for _, c := range t.calls {
		all = append(all, *c)
	}
	return all
}

// Counts returns how many calls each route had, by method and route: "GET " +
// RouteUsers. Calls that match no route stand under their method and a space.
func (t *Tenant) Counts() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts)
}

// Count returns how many calls one route had.
func (t *Tenant) Count(method, route string) int { return t.Counts()[method+" "+route] }

// Total returns how many calls there were.
func (t *Tenant) Total() int {
	n := 0
	for _, c := range t.Counts() {
		n += c
	}
	return n
}

// Reset forgets the calls and their counts, and nothing else.
func (t *Tenant) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls, t.counts = nil, map[string]int{}
}
