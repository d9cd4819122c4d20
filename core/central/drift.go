package central

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// drift counts the fields of replies that this client does not know: the API may
// grow, and what it grew is worth a look when something is odd.
type drift struct {
	mu     sync.Mutex
	fields map[string]int // by path, for example "items[].licence"
}

// ignored are fields that the documentation has and nothing here needs.
var ignored = map[string]bool{
	"domain": true, "displayName": true, "groups": true, "dataGeography": true, "billingType": true,
	"status": true, "links": true,
}

// learn looks for fields of a reply that a value made from it has no place for.
func (d *drift) learn(body []byte, into any) {
	var value any
	if into == nil || json.Unmarshal(body, &value) != nil {
		return
	}
	found := map[string]int{}
	shapes{}.strange(value, reflect.TypeOf(into), "", found)
	if len(found) == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fields == nil {
		d.fields = map[string]int{}
	}
	for path, n := range found {
		d.fields[path] += n
	}
}

func (d *drift) list() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.fields)
}

// shapes has the fields of types by name, each type looked at once for a reply.
type shapes map[reflect.Type]map[string]reflect.Type

func (f shapes) of(t reflect.Type) map[string]reflect.Type {
	known, seen := f[t]
	if seen {
		return known
	}
	known = map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			known[strings.ToLower(name)] = field.Type // as encoding/json compares them
		}
	}
	f[t] = known
	return known
}

// strange walks a reply beside the type it is decoded into.
func (f shapes) strange(value any, into reflect.Type, path string, found map[string]int) {
	for into.Kind() == reflect.Pointer {
		into = into.Elem()
	}
	switch v := value.(type) {
	case []any:
		if into.Kind() == reflect.Slice {
			for _, item := range v {
				f.strange(item, into.Elem(), path+"[]", found)
			}
		}
	case map[string]any:
		if into.Kind() != reflect.Struct {
			return
		}
		known := f.of(into)
		for name, inner := range v {
			below := strings.TrimPrefix(path+"."+name, ".")
			if t, ok := known[strings.ToLower(name)]; ok {
				f.strange(inner, t, below, found)
			} else if !ignored[name] {
				found[below]++
			}
		}
	}
}

// UnknownFields says which fields of the replies so far are not known, and how
// often each came. They are no error: nothing is decided from them.
func (c *Client) UnknownFields() map[string]int { return c.drift.list() }

// UnknownNames are the names of UnknownFields, sorted, each bounded and without
// secrets: they come from whoever answers.
func (c *Client) UnknownNames() []string {
	names := []string{}
	for _, name := range slices.Sorted(maps.Keys(c.drift.list())) {
		names = append(names, c.redact.clean(name))
	}
	return names
}
