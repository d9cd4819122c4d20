package central

import (
	"context"
	"errors"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"adsync/core/fault"
)

// pageSize is the most that directory lists give at once.
const pageSize = 100

// errMoved is a list that did not come out as it was promised.
var errMoved = errors.New("the list changed while it was read")

// list is what to read.
type list struct {
	doing string
	route string
	path  string
	query url.Values
	// at is where a list of accounts is; nil: it is one of the tenant's directory.
	at *place
}

// place is where the list is read.
func (l list) place(ctx context.Context, c *Client) (place, error) {
	if l.at != nil {
		return *l.at, nil
	}
	return c.region(ctx)
}

// page is a page of a directory list. Items is nil where the reply had none,
// which is not the same as an empty list.
type page[T any] struct {
	Items []T `json:"items"`
	Pages *struct {
		Current int  `json:"current"`
		Size    int  `json:"size"`
		MaxSize int  `json:"maxSize"`
		Total   *int `json:"total"` // pages
		Items   *int `json:"items"` // items on all pages
	} `json:"pages"`
}

// entry is an item of a list.
type entry interface {
	key() string     // its id, lower case
	lacking() string // the field that matters and is missing, "" where none is
	// tenant is whose it says that it is, "" where it does not.
	tenant() (id, name string)
}

// pages yields a list page by page, until all pages and items that the first
// one promised have come. An error is yielded once and last.
func pages[T entry](ctx context.Context, c *Client, l list) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		size, count := pageSize, 0
		var total, items *int
		for number := 1; ; number++ {
			q, p, r, err := fetch[T](ctx, c, l, number, size)
			if err == nil {
				err = sound(c, q, p, r, number)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if number == 1 {
				total, items = p.Pages.Total, p.Pages.Items
				if p.Pages.MaxSize > 0 && p.Pages.MaxSize < size {
					size = p.Pages.MaxSize
				}
			} else if differs(total, p.Pages.Total) || differs(items, p.Pages.Items) {
				yield(nil, errMoved)
				return
			}
			count += len(p.Items)
			if len(p.Items) > 0 && !yield(p.Items, nil) {
				return
			}
			come := total != nil && items != nil && number >= *total && count >= *items
			if !come && len(p.Items) > 0 {
				continue
			}
			// The end: as promised, or an empty page. Without promises an
			// empty page is the only end; a short one might be a cut one.
			if (items != nil && count != *items) || (total != nil && number < *total) {
				yield(nil, errMoved)
			}
			return
		}
	}
}

func fetch[T entry](ctx context.Context, c *Client, l list, number, size int) (request, page[T], reply, error) {
	query := maps.Clone(l.query)
	if query == nil {
		query = url.Values{}
	}
	if number > 1 || l.at == nil {
		query.Set("page", strconv.Itoa(number))
	}
	if l.at == nil { // lists of accounts are known to take neither
		query.Set("pageSize", strconv.Itoa(size))
		query.Set("sort", "id:asc")
	}
	if number == 1 {
		query.Set("pageTotal", "true")
	}
	q := request{doing: l.doing, method: http.MethodGet, route: l.route, path: l.path, query: query}
	var p page[T]
	to, err := l.place(ctx, c)
	if err != nil {
		return q, p, reply{}, err
	}
	r, err := c.send(ctx, to, q, &p)
	return q, p, r, err
}

// sound checks one page by itself.
func sound[T entry](c *Client, q request, p page[T], r reply, number int) error {
	switch {
	case p.Items == nil:
		return c.malformed(q, r, "the reply has no items")
	case p.Pages == nil:
		return c.malformed(q, r, "the reply says nothing about pages")
	case p.Pages.Current != 0 && p.Pages.Current != number:
		return c.malformed(q, r, "page "+strconv.Itoa(number)+" was asked for and page "+strconv.Itoa(p.Pages.Current)+" came")
	}
	return vouch(c, q, p.Items, r)
}

// vouch checks the items of a page, each by itself.
func vouch[T entry](c *Client, q request, items []T, r reply) error {
	if items == nil {
		return c.malformed(q, r, "the reply has no items")
	}
	c.mu.Lock()
	tenant := c.account.Tenant.ID
	c.mu.Unlock()
	for _, item := range items {
		if field := item.lacking(); field != "" {
			return c.malformed(q, r, "an item "+item.key()+" has no "+field)
		}
		if of, _ := item.tenant(); of != "" && of != tenant {
			return c.malformed(q, r, "the item "+item.key()+" belongs to another tenant")
		}
	}
	learn(c, items)
	return nil
}

// learn keeps the tenant's name, which who-am-I does not tell, from the first
// item that does.
func learn[T entry](c *Client, items []T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, item := range items {
		if id, name := item.tenant(); c.account.Tenant.Name == "" && id == c.account.Tenant.ID {
			c.account.Tenant.Name = name
		}
	}
}

func differs(promised, now *int) bool {
	return promised != nil && now != nil && *promised != *now
}

// whole reads a list to its end: all of it, or an error. A list that changed
// meanwhile is read a second time from the start.
func whole[T entry, R any](ctx context.Context, c *Client, l list, as func(T) R) ([]R, error) {
	for range 2 {
		all, err := collect(ctx, c, l, as)
		if !errors.Is(err, errMoved) {
			return all, err
		}
		c.log.InfoContext(ctx, "a list of Sophos Central changed while it was read", "route", l.route)
	}
	return nil, fault.New("central.list.changed", l.doing+": twice, what came was not what the first page promised",
		fault.Hint("somebody else is changing Sophos Central, or its list is cut; try again later"))
}

// collect keeps of each page what is wanted of it before the next one comes.
func collect[T entry, R any](ctx context.Context, c *Client, l list, as func(T) R) ([]R, error) {
	all := []R{}
	seen := map[string]bool{}
	for items, err := range pages[T](ctx, c, l) {
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			if seen[item.key()] {
				return nil, errMoved
			}
			seen[item.key()] = true
			all = append(all, as(item))
		}
	}
	return all, nil
}

// references reads the ids of a list. Central is asked for nothing else; where it
// refuses to answer in part (fields= is documented, and nobody has seen it
// refused), the same list is read as a whole, and so are those after it.
func (c *Client) references(ctx context.Context, l list) ([]string, error) {
	if !c.entire.Load() {
		part := l
		part.query = url.Values{"fields": {"id"}}
		ids, err := whole(ctx, c, part, reference.key)
		if !fault.Is(err, "central.invalid") && !fault.Is(err, "central.malformed") {
			return ids, err
		}
		c.entire.Store(true)
		c.log.InfoContext(ctx, "Sophos Central does not answer in part", "route", l.route)
	}
	return whole(ctx, c, l, reference.key)
}
