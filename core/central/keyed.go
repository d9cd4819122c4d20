package central

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"adsync/core/fault"
)

// keyedSize is the most that lists of endpoints give at once.
const keyedSize = 500

// keyedPage is a page of a list that leads on by a key, not by numbers.
type keyedPage[T entry] struct {
	Items []T `json:"items"`
	Pages *struct {
		FromKey string `json:"fromKey"`
		NextKey string `json:"nextKey"`
		Size    int    `json:"size"`
		MaxSize int    `json:"maxSize"`
		Total   *int   `json:"total"` // pages
		Items   *int   `json:"items"` // items on all pages
	} `json:"pages"`
}

// keyed reads a list by its keys to its end: all of it, or an error. A list that
// changed meanwhile is read a second time from the start.
func keyed[T entry](ctx context.Context, c *Client, l list) ([]T, error) {
	for range 2 {
		all, err := follow[T](ctx, c, l)
		if !errors.Is(err, errMoved) {
			return all, err
		}
		c.log.InfoContext(ctx, "a list of Sophos Central changed while it was read", "route", l.route)
	}
	return nil, fault.New("central.list.changed", l.doing+": twice, what came was not what the first page promised",
		fault.Hint("somebody else is changing Sophos Central, or its list is cut; try again later"))
}

// follow goes from key to key. The list is whole when a page names no next one,
// and the number of items is the one that the first page promised, if it did.
func follow[T entry](ctx context.Context, c *Client, l list) ([]T, error) {
	all := []T{}
	seen, keys := map[string]bool{}, map[string]bool{}
	var promised *int
	for key := ""; ; {
		p, q, r, err := keyedFetch[T](ctx, c, l, key)
		switch {
		case err != nil:
			return nil, err
		case p.Pages == nil:
			return nil, c.malformed(q, r, "the reply says nothing about pages")
		}
		if err := vouch(c, q, p.Items, r); err != nil {
			return nil, err
		}
		if key == "" {
			promised = p.Pages.Items
		}
		for _, item := range p.Items {
			if seen[item.key()] {
				return nil, errMoved
			}
			seen[item.key()] = true
		}
		all = append(all, p.Items...)
		key = p.Pages.NextKey
		switch {
		case key == "" && promised != nil && *promised != len(all):
			return nil, errMoved
		case key == "":
			return all, nil
		case keys[key]:
			return nil, c.malformed(q, r, "the next page is one that has been read")
		}
		keys[key] = true
	}
}

func keyedFetch[T entry](ctx context.Context, c *Client, l list, key string) (keyedPage[T], request, reply, error) {
	query := maps.Clone(l.query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("pageSize", strconv.Itoa(keyedSize))
	if key == "" {
		query.Set("pageTotal", "true")
	} else {
		query.Set("pageFromKey", key)
	}
	q := request{doing: l.doing, method: http.MethodGet, route: l.route, path: l.path, query: query}
	var p keyedPage[T]
	to, err := l.place(ctx, c)
	if err != nil {
		return p, q, reply{}, err
	}
	r, err := c.send(ctx, to, q, &p)
	return p, q, r, err
}
