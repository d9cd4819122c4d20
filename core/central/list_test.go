package central

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
	"adsync/core/identity"
)

// listOf is a page with n items from number first on; items and pages of the
// whole list are left out when negative.
func listOf(page, size, items, first int, extra ...string) string {
	var b strings.Builder
	pages := (items + size - 1) / size
	for i := first; i < min(first+size, items) && items > 0; i++ {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(item(i))
	}
	for _, e := range extra {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(e)
	}
	total := ""
	if page == 1 {
		total = fmt.Sprintf(`,"total":%d,"items":%d`, pages, items)
	}
	return fmt.Sprintf(`{"items":[%s],"pages":{"current":%d,"size":%d,"maxSize":100%s}}`, b.String(), page, size, total)
}

func item(i int) string {
	return fmt.Sprintf(`{"id":"U%03d","name":"User %d","source":{"type":"custom"},"tenant":{"id":"%s"}}`, i, i, tenantID)
}

func TestListsAreWholeOrAnError(t *testing.T) {
	first := func(reply string) step {
		return step{want: "GET " + usersPath + "?page=1&pageSize=100&pageTotal=true&sort=id:asc", reply: reply}
	}
	further := func(n int, reply string) step {
		return step{want: fmt.Sprintf("GET %s?page=%d&pageSize=100&sort=id:asc", usersPath, n), reply: reply}
	}
	bare := func(reply string) string { return strings.Replace(reply, `,"total"`, `,"ignored"`, 1) }
	untold := func(reply string) string {
		return strings.Replace(bare(reply), `,"items":2`, `,"also":2`, 1)
	}
	for name, tc := range map[string]struct {
		why   string
		steps []step
		code  string
		want  int
	}{
		"Empty":    {why: "A tenant without users is possible.", steps: []step{first(listOf(1, 100, 0, 0))}},
		"One page": {why: "A full page that is all needs no second call.", steps: []step{first(listOf(1, 100, 100, 0))}, want: 100},
		"Three pages": {
			why:   "All pages that were promised are read.",
			steps: []step{first(listOf(1, 100, 250, 0)), further(2, listOf(2, 100, 250, 100)), further(3, listOf(3, 100, 250, 200))}, want: 250,
		},
		"No items": {
			why:   "A reply without the list is not an empty list: it would remove everybody.",
			steps: []step{first(`{"pages":{"current":1,"size":100,"maxSize":100,"total":0,"items":0}}`)}, code: "central.malformed",
		},
		"Items null": {
			why:   "The same.",
			steps: []step{first(`{"items":null,"pages":{"current":1,"size":100,"maxSize":100}}`)}, code: "central.malformed",
		},
		"No pages":     {why: "Without pages nothing says that it is all.", steps: []step{first(`{"items":[]}`)}, code: "central.malformed"},
		"Other object": {why: "A captive portal speaks JSON too.", steps: []step{first(`{"status":"ok"}`)}, code: "central.malformed"},
		"HTML":         {why: "A captive portal.", steps: []step{first(`<html>hello</html>`)}, code: "central.malformed"},
		"Empty reply":  {why: "Nothing is not an empty list.", steps: []step{first(``)}, code: "central.malformed"},
		"Wrong page": {
			why:   "A server that ignores the page gives the first one for ever.",
			steps: []step{first(listOf(1, 100, 250, 0)), further(2, listOf(1, 100, 250, 0))}, code: "central.malformed",
		},
		"No source": {
			why:   "Whether it may be written is not known then.",
			steps: []step{first(listOf(1, 100, 0, 0, `{"id":"x","name":"X"}`))}, code: "central.malformed",
		},
		"No id": {
			why:   "It cannot be told from another.",
			steps: []step{first(listOf(1, 100, 0, 0, `{"name":"X","source":{"type":"custom"}}`))}, code: "central.malformed",
		},
		"Another tenant": {
			why:   "Somebody else's people are nobody to decide on.",
			steps: []step{first(listOf(1, 100, 0, 0, `{"id":"x","source":{"type":"custom"},"tenant":{"id":"other"}}`))}, code: "central.malformed",
		},
		"Cut": {
			why: "A list that ends before the promised items is read once more, then refused.",
			steps: []step{
				first(listOf(1, 100, 250, 0)), further(2, listOf(2, 100, 150, 100)), further(3, listOf(3, 100, 0, 0)),
				first(listOf(1, 100, 250, 0)), further(2, listOf(2, 100, 150, 100)), further(3, listOf(3, 100, 0, 0)),
			},
			code: "central.list.changed",
		},
		"Cut at once": {
			why:   "The first page promises 250 items and has none.",
			steps: []step{first(strings.Replace(listOf(1, 100, 0, 0), `"items":0`, `"items":250`, 1)), first(listOf(1, 100, 1, 0))},
			want:  1,
		},
		"Short page in between": {
			why: "Pages may be shorter than asked; the count says whether all came.",
			steps: []step{
				first(strings.Replace(listOf(1, 100, 90, 0), `"total":1,"items":90`, `"total":2,"items":95`, 1)),
				further(2, listOf(2, 5, 95, 90)),
			},
			want: 95,
		},
		"Duplicate": {
			why: "An item that comes twice has pushed another off: the list moved. The second time it is whole.",
			steps: []step{
				first(listOf(1, 100, 150, 0)), further(2, listOf(2, 50, 149, 99)),
				first(listOf(1, 100, 150, 0)), further(2, listOf(2, 100, 150, 100)),
			},
			want: 150,
		},
		"Duplicate in another case": {
			why:   "Ids are compared without regard to case.",
			steps: []step{first(twice), first(twice)}, code: "central.list.changed",
		},
		"Total changes": {
			why: "Somebody was added while we read.",
			steps: []step{
				first(listOf(1, 100, 150, 0)),
				further(2, strings.Replace(listOf(2, 100, 151, 100), `"maxSize":100`, `"maxSize":100,"total":2,"items":151`, 1)),
				first(listOf(1, 100, 151, 0)), further(2, listOf(2, 100, 151, 100)),
			},
			want: 151,
		},
		"More than promised": {
			why: "What was not promised may lack something else.",
			steps: []step{
				first(strings.Replace(listOf(1, 100, 3, 0), `"items":3`, `"items":2`, 1)),
				first(strings.Replace(listOf(1, 100, 3, 0), `"items":3`, `"items":2`, 1)),
			},
			code: "central.list.changed",
		},
		"No totals": {
			why:   "Without promises only an empty page is the end, not a short one.",
			steps: []step{first(untold(listOf(1, 100, 2, 0))), further(2, `{"items":[],"pages":{"current":2,"size":100,"maxSize":100}}`)},
			want:  2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, tc.steps, func(t *testing.T, s *session) {
				users, err := s.Users(t.Context())
				if fault.Code(err) != tc.code || len(users) != tc.want || (err == nil && users == nil) {
					t.Errorf("%s\ngot %d users, %s %v; want %d, %q", tc.why, len(users), fault.Code(err), err, tc.want, tc.code)
				}
			})
		})
	}
}

var twice = listOf(1, 100, 2, 0, `{"id":"u001","source":{"type":"custom"}}`)

func TestPageSizeFollowsTheServer(t *testing.T) {
	small := func(page, items, first int) string {
		return strings.Replace(listOf(page, 20, items, first), `"maxSize":100`, `"maxSize":20`, 1)
	}
	bubble(t, []step{
		{want: "GET " + usersPath + "?page=1&pageSize=100&pageTotal=true&sort=id:asc", reply: small(1, 25, 0)},
		{want: "GET " + usersPath + "?page=2&pageSize=20&sort=id:asc", reply: small(2, 25, 20)},
	}, func(t *testing.T, s *session) {
		if users, err := s.Users(t.Context()); err != nil || len(users) != 25 {
			t.Errorf("got %d %v", len(users), err)
		}
	})
}

func TestMalformedShowsWhatCame(t *testing.T) {
	bubble(t, []step{{
		want: "GET " + usersPath, header: map[string][]string{"X-Request-Id": {"req-7"}},
		reply: `{"odd":"` + testToken + `","long":"` + strings.Repeat("x", 100_000) + `"}`,
	}}, func(t *testing.T, s *session) {
		_, err := s.Users(t.Context())
		text := fmt.Sprint(err)
		for _, part := range []string{"status 200", "req-7", `{"odd":"[secret]"`} {
			if !strings.Contains(text, part) {
				t.Errorf("%q is not in %s", part, text)
			}
		}
		if len(text) > 1000 {
			t.Errorf("the error has %d bytes", len(text))
		}
		silent(t, "the error", text)
	})
}

func TestReplyIsBounded(t *testing.T) {
	bubble(t, []step{{want: "GET " + usersPath, reply: `{"items":[],"x":"` + strings.Repeat("x", maxBody) + `"}`}},
		func(t *testing.T, s *session) {
			if _, err := s.Users(t.Context()); fault.Code(err) != "central.malformed" {
				t.Errorf("got %v", err)
			}
		})
}

func TestMembersInsideAGroupAreUsedOnlyWhenWhole(t *testing.T) {
	for name, tc := range map[string]struct {
		users string
		total int
		want  []string
		known bool
		shown identity.Embedded
	}{
		"Whole":          {`{"total":2,"itemsCount":2,"items":[{"id":"A"},{"id":"b"}]}`, 2, []string{"a", "b"}, true, identity.Embedded{Total: 2, Counted: true, Shown: []string{"a", "b"}}},
		"None":           {`{"total":0,"itemsCount":0,"items":[]}`, 0, []string{}, true, identity.Embedded{Counted: true, Shown: []string{}}},
		"Cut":            {`{"total":3,"itemsCount":2,"items":[{"id":"a"},{"id":"b"}]}`, 3, []string{}, false, identity.Embedded{Total: 3, Counted: true, Shown: []string{"a", "b"}}},
		"Says it is not": {`{"total":2,"itemsCount":1,"items":[{"id":"a"},{"id":"b"}]}`, 2, []string{}, false, identity.Embedded{}},
		"Lies":           {`{"total":2,"itemsCount":2,"items":[{"id":"a"}]}`, 2, []string{}, false, identity.Embedded{}},
		"Twice":          {`{"total":2,"itemsCount":2,"items":[{"id":"a"},{"id":"A"}]}`, 2, []string{}, false, identity.Embedded{}},
		"No items":       {`{"total":0,"itemsCount":0}`, 0, []string{}, true, identity.Embedded{Counted: true, Shown: []string{}}},
		"Items withheld": {`{"total":2,"itemsCount":2}`, 2, []string{}, false, identity.Embedded{Total: 2, Counted: true}},
		"Too many":       {`{"total":0,"itemsCount":1,"items":[{"id":"a"}]}`, 0, []string{}, false, identity.Embedded{}},
		"No counts":      {`{"items":[]}`, 0, []string{}, false, identity.Embedded{}},
		"Nothing":        {`null`, 0, []string{}, false, identity.Embedded{}},
	} {
		t.Run(name, func(t *testing.T) {
			reply := listOf(1, 100, 0, 0, `{"id":"G","name":"Staff","source":{"type":"activeDirectory"},"users":`+tc.users+`}`)
			bubble(t, []step{{want: "GET " + groupsPath, reply: strings.Replace(reply, `"total":0,"items":0}`, `"total":1,"items":1}`, 1)}},
				func(t *testing.T, s *session) {
					got, err := s.Groups(t.Context())
					want := []identity.CentralGroup{{
						ID: "g", Source: "activeDirectory", Fields: fieldsOf("Staff"),
						Total: tc.total, Members: tc.want, MembersKnown: tc.known, Users: tc.shown,
					}}
					if d := cmp.Diff(want, got); d != "" || err != nil {
						t.Errorf("%v (-want +got):\n%s", err, d)
					}
				})
		})
	}
}

func TestErrorTypeCarriesTheFacts(t *testing.T) {
	bubble(t, []step{{
		want: "POST " + usersPath, status: 409,
		reply: `{"error":"resourceConflict","message":"email exists","correlationId":"c","requestId":"r"}`,
	}}, func(t *testing.T, s *session) {
		_, err := s.Writer().CreateUser(t.Context(), fieldsOf("Ann"), nil)
		e, ok := errors.AsType[*Error](err)
		if !ok {
			t.Fatal(err)
		}
		got := *e
		want := Error{Status: 409, Code: "resourceConflict", Message: "email exists", CorrelationID: "c", RequestID: "r"}
		if got != want {
			t.Errorf("got %+v", got)
		}
		if text := "creating the user Ann: status 409 resourceConflict: email exists (request r, correlation c)"; err.Error() != text {
			t.Errorf("got %s", err)
		}
	})
}
