package tenant

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// words are the names that the parameters of a list may use.
type words struct {
	search, sort, fields []string
	searched             string // the field searched by default
	page                 int    // the most items of a page, 0: MaxPageSize
}

var (
	userWords = words{
		search:   []string{"name", "firstName", "lastName", "email", "exchangeLogin"},
		searched: "name",
		sort:     []string{"id", "name", "firstName", "lastName", "email", "exchangeLogin", "createdAt", "updatedAt"},
		fields:   []string{"id", "name", "firstName", "lastName", "email", "domain", "exchangeLogin", "groups", "tenant", "source", "createdAt", "updatedAt"},
	}
	groupWords = words{
		search:   []string{"name", "description"},
		searched: "name",
		sort:     []string{"id", "name", "createdAt", "updatedAt"},
		fields:   []string{"id", "name", "displayName", "description", "domain", "source", "users", "groups", "tenant", "createdAt", "updatedAt"},
	}
)

// query is what a call asks of a list.
type query struct {
	page, size     int
	most           int // the quirk MaxPage, 0 for none
	total          bool
	ids            []string
	search         string
	searchFields   []string
	source, domain string
	group, user    string
	sort           []order
	fields         []string
}

// order is one key of a sort.
type order struct {
	field string
	down  bool
}

// parseQuery reads the parameters of a call. Each may stand once, and none may
// be empty.
func parseQuery(values url.Values, allowed []string, w words) (query, error) {
	q := query{page: 1, size: pageSize, searchFields: []string{w.searched}}
	for name, list := range values {
		switch {
		case !slices.Contains(allowed, name):
			return q, fmt.Errorf("%s: unknown parameter", name)
		case len(list) != 1:
			return q, fmt.Errorf("%s: more than once", name)
		case list[0] == "":
			return q, fmt.Errorf("%s: empty", name)
		}
		if err := q.set(name, list[0], w); err != nil {
			return q, fmt.Errorf("%s: %w", name, err)
		}
	}
	if values.Has("searchFields") && q.search == "" {
		return q, fmt.Errorf("searchFields: nothing is searched")
	}
	return q, nil
}

func (q *query) set(name, value string, w words) (err error) {
	switch name {
	case "page":
		q.page, err = number(value, 1<<30)
	case "pageSize":
		q.size, err = number(value, cmp.Or(w.page, MaxPageSize))
	case "pageTotal":
		if value != "true" && value != "false" {
			return fmt.Errorf("%q is neither true nor false", value)
		}
		q.total = value == "true"
	case "ids":
		q.ids, err = canonicalIDs(strings.Split(value, ","), MaxQueryIDs)
	case "search":
		q.search = value
	case "searchFields":
		q.searchFields, err = oneOf(value, w.search)
	case "sourceType":
		if !Source(value).known() {
			return fmt.Errorf("%q is no source", value)
		}
		q.source = value
	case "domain":
		q.domain = value
	case "groupId":
		q.group, err = canonicalID(value)
	case "userId":
		q.user, err = canonicalID(value)
	case "sort":
		q.sort, err = orders(value, w.sort)
	case "fields":
		q.fields, err = oneOf(value, w.fields)
	}
	return err
}

func number(value string, limit int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > limit {
		return 0, fmt.Errorf("%q is not a number from 1 to %d", value, limit)
	}
	return n, nil
}

func oneOf(value string, known []string) ([]string, error) {
	list := strings.Split(value, ",")
	for _, name := range list {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("%q is not one of %s", name, strings.Join(known, ", "))
		}
	}
	return list, nil
}

func orders(value string, known []string) ([]order, error) {
	var list []order
	for part := range strings.SplitSeq(value, ",") {
		field, direction, _ := strings.Cut(part, ":")
		if direction != "asc" && direction != "desc" {
			return nil, fmt.Errorf("%q names no direction", part)
		}
		if !slices.Contains(known, field) {
			return nil, fmt.Errorf("%q is not one of %s", field, strings.Join(known, ", "))
		}
		list = append(list, order{field, direction == "desc"})
	}
	return list, nil
}

func (q query) from() int { return (q.page - 1) * q.size }
func (q query) to() int   { return q.page * q.size }

// listing is a page of a list.
type listing struct {
	Items any   `json:"items"`
	Pages pages `json:"pages"`
}

// pages says where a page stands. How many pages and items there are is told
// only when it is asked for.
type pages struct {
	Current int  `json:"current"`
	Size    int  `json:"size"`
	Total   *int `json:"total,omitempty"`
	Items   *int `json:"items,omitempty"`
	MaxSize int  `json:"maxSize"`
}

func (q query) pages(items int) pages {
	p := pages{Current: q.page, Size: q.size, MaxSize: cmp.Or(q.most, MaxPageSize)}
	if q.total {
		p.Total, p.Items = new((items+q.size-1)/q.size), new(items)
	}
	return p
}
