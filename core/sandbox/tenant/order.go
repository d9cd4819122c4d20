package tenant

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// list answers a call for a page of objects that stand in the order of ids.
func list[T object](t *Tenant, e *exchange, all []T, view func(*Tenant, T) any) reply {
	q := e.query
	at, n := arrange(t, q, filter(q, seen(t, e, all)))
	items := []any{}
	from, to := q.from(), q.to()
	if q.page > 1 {
		from, to = from+e.shift, to+e.shift
	}
	for i := from; i < min(to, n); i++ {
		items = append(items, partial(view(t, at(i)), q.fields))
	}
	return accepted(http.StatusOK, listing{Items: items, Pages: q.pages(n)})
}

// filter is the objects that a query asks for, the list itself where it asks for
// all of them.
func filter[T object](q query, all []T) []T {
	if q.search == "" && q.source == "" && q.domain == "" {
		return all
	}
	needle := strings.ToLower(q.search)
	var some []T
	for _, o := range all {
		source, domain := o.origin()
		if q.source != "" && string(source) != q.source || q.domain != "" && !strings.EqualFold(domain, q.domain) {
			continue
		}
		if slices.ContainsFunc(q.searchFields, func(f string) bool { return strings.Contains(strings.ToLower(o.value(f)), needle) }) {
			some = append(some, o)
		}
	}
	return some
}

// chosen are the objects of some ids, in the order of ids. Unknown ids are no
// error: they are not there.
func chosen[T object](ids []string, known map[string]T) []T {
	var some []T
	for _, id := range ids {
		if o, ok := known[id]; ok {
			some = append(some, o)
		}
	}
	return inOrder(some)
}

// arrange puts objects into the order asked for and returns them by number. A
// list without an order has a different one at every call: nobody has promised
// that its pages fit together.
func arrange[T object](t *Tenant, q query, all []T) (at func(int) T, n int) {
	n = len(all)
	switch {
	case n == 0:
		return nil, 0
	case len(q.sort) == 0:
		t.unsorted++
		turn := t.unsorted * 7 % n
		return func(i int) T { return all[(i+turn)%n] }, n
	case q.sort[0] == order{"id", false}:
		return func(i int) T { return all[i] }, n
	case q.sort[0] == order{"id", true}:
		return func(i int) T { return all[n-1-i] }, n
	}
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b T) int {
		for _, o := range q.sort {
			c := strings.Compare(strings.ToLower(a.value(o.field)), strings.ToLower(b.value(o.field)))
			if o.down {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	return func(i int) T { return sorted[i] }, n
}

// partial keeps the fields asked for, all where none are named.
func partial(view any, fields []string) any {
	if len(fields) == 0 {
		return view
	}
	data, err := json.Marshal(view)
	if err != nil {
		return view
	}
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		return view
	}
	maps.DeleteFunc(whole, func(name string, _ json.RawMessage) bool { return !slices.Contains(fields, name) })
	return whole
}
