package forest_test

import (
	"errors"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"adsync/core/sandbox/forest"
)

const crowd = "OU=Crowd," + forest.BaseDN

// crowded has 2,500 people more than the company.
func crowded(t *testing.T) site {
	t.Helper()
	s := open(t, nil)
	if err := s.Populate(2500); err != nil {
		t.Fatal(err)
	}
	return s
}

// page asks for one page of the crowd and returns how many entries came, and the cookie.
func page(c *ldap.Conn, filter string, size uint32, cookie []byte) (int, []byte, error) {
	paging := ldap.NewControlPaging(size)
	paging.SetCookie(cookie)
	r := ask(crowd, ldap.ScopeWholeSubtree, filter, "cn")
	r.Controls = []ldap.Control{paging}
	got, err := c.Search(r)
	if err != nil {
		return 0, nil, err
	}
	reply, ok := ldap.FindControl(got.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
	if !ok {
		return 0, nil, errors.New("no paging control came back")
	}
	return len(got.Entries), reply.Cookie, nil
}

func TestPages(t *testing.T) {
	s := crowded(t)
	c := s.as(t, forest.Reader)
	const filter = "(objectClass=user)"

	n, cookie, err := page(c, filter, 5000, nil)
	if err != nil || n != 1000 || len(cookie) == 0 {
		t.Errorf("a page of 5000 is one of MaxPageSize: %d entries, %v", n, err)
	}
	n, cookie, err = page(c, filter, 5000, cookie)
	if err != nil || n != 1000 || len(cookie) == 0 {
		t.Errorf("the second: %d entries, %v", n, err)
	}
	used := cookie
	n, cookie, err = page(c, filter, 5000, cookie)
	if err != nil || n != 500 || len(cookie) != 0 {
		t.Errorf("the last: %d entries, cookie %x, %v", n, cookie, err)
	}
	if _, _, err = page(c, filter, 5000, used); !ldap.IsErrorWithCode(err, ldap.LDAPResultUnwillingToPerform) {
		t.Errorf("a cookie that was used: %v", err)
	}
	_, cookie, err = page(c, filter, 100, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := page(s.as(t, forest.Reader), filter, 100, cookie); !ldap.IsErrorWithCode(err, ldap.LDAPResultUnwillingToPerform) {
		t.Errorf("a cookie of another connection: %v", err)
	}
	if _, _, err := page(c, "(objectClass=group)", 100, cookie); !ldap.IsErrorWithCode(err, ldap.LDAPResultUnwillingToPerform) {
		t.Errorf("a cookie with another filter: %v", err)
	}
	if _, _, err := page(c, filter, 0, nil); !ldap.IsErrorWithCode(err, ldap.LDAPResultOperationsError) {
		t.Errorf("a page of nothing: %v", err)
	}
	_, cookie, err = page(c, filter, 100, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, end, err := page(c, filter, 0, cookie); err != nil || n != 0 || len(end) != 0 {
		t.Errorf("giving a search up: %d, %x, %v", n, end, err)
	}
}

func TestOldestOfManySearchesIsForgotten(t *testing.T) {
	s := crowded(t)
	c := s.as(t, forest.Reader)
	var cookies [][]byte
	for range 11 {
		_, cookie, err := page(c, "(objectClass=user)", 10, nil)
		if err != nil {
			t.Fatal(err)
		}
		cookies = append(cookies, cookie)
	}
	if _, _, err := page(c, "(objectClass=user)", 10, cookies[0]); !ldap.IsErrorWithCode(err, ldap.LDAPResultUnwillingToPerform) {
		t.Errorf("the oldest of eleven: %v", err)
	}
	if n, _, err := page(c, "(objectClass=user)", 10, cookies[1]); err != nil || n != 10 {
		t.Errorf("the second of eleven: %d, %v", n, err)
	}
}

func TestDeletedWhilePaged(t *testing.T) {
	s := crowded(t)
	c := s.as(t, forest.Reader)
	total := 0
	n, cookie, err := page(c, "(objectClass=user)", 1000, nil)
	if err != nil {
		t.Fatal(err)
	}
	total += n
	r, err := c.SearchWithPaging(ask(crowd, ldap.ScopeSingleLevel, "(objectClass=user)", "cn"), 1000)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Delete(r.Entries[len(r.Entries)-1].DN); err != nil {
		t.Fatal(err)
	}
	for len(cookie) > 0 {
		if n, cookie, err = page(c, "(objectClass=user)", 1000, cookie); err != nil {
			t.Fatal(err)
		}
		total += n
	}
	if total != 2499 {
		t.Errorf("%d entries of 2500 with one deleted before its page came", total)
	}
}

func TestLimits(t *testing.T) {
	c := crowded(t).as(t, forest.Reader)
	r, err := c.Search(ask(crowd, ldap.ScopeWholeSubtree, "(objectClass=user)", "cn"))
	if !ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) || len(r.Entries) != 1000 {
		t.Errorf("without paging the first 1000 come with code 4: %v", err)
	}
	limited := ask(crowd, ldap.ScopeWholeSubtree, "(objectClass=user)", "cn")
	limited.SizeLimit = 7
	if r, err = c.Search(limited); !ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) || len(r.Entries) != 7 {
		t.Errorf("a size limit of the client: %v", err)
	}
	if r, err = c.Search(ask("OU=IT,OU=Staff,"+forest.BaseDN, ldap.ScopeWholeSubtree, "(objectClass=user)", "cn")); err != nil || len(r.Entries) == 0 {
		t.Errorf("fewer than the limit: %v", err)
	}
}

func TestRanges(t *testing.T) {
	c := crowded(t).as(t, forest.Reader)
	read := func(attribute string) (map[string]int, error) {
		r, err := c.Search(ask("CN=Crowd,"+crowd, ldap.ScopeBaseObject, "(objectClass=*)", attribute))
		if err != nil {
			return nil, err
		}
		out := make(map[string]int)
		for _, a := range r.Entries[0].Attributes {
			out[a.Name] = len(a.Values)
		}
		return out, nil
	}
	for name, tc := range map[string]struct {
		why  string
		ask  string
		want map[string]int
		code uint16
	}{
		"ByItself":   {"More than 1500 come as a first range beside the empty attribute.", "member", map[string]int{"member": 0, "member;range=0-1499": 1500}, 0},
		"Next":       {"The next, which is the last.", "member;range=1500-*", map[string]int{"member;range=1500-*": 1000}, 0},
		"Explicit":   {"A range that was asked for.", "MEMBER;Range=10-19", map[string]int{"member;range=10-19": 10}, 0},
		"TooMuch":    {"No more than 1500 in any case.", "member;range=0-*", map[string]int{"member;range=0-1499": 1500}, 0},
		"PastTheEnd": {"A range that begins after the end is an error.", "member;range=2500-*", nil, ldap.LDAPResultOperationsError},
		"UpToTheEnd": {"A range beyond the end ends in a star.", "member;range=2490-9999", map[string]int{"member;range=2490-*": 10}, 0},
		"Malformed":  {"What is no range is refused.", "member;range=9-1", nil, ldap.LDAPResultUnwillingToPerform},
		"Few":        {"Few values have no range.", "objectClass", map[string]int{"objectClass": 2}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(tc.ask)
			if tc.code != 0 {
				if !ldap.IsErrorWithCode(err, tc.code) {
					t.Errorf("%s\n%v", tc.why, err)
				}
				return
			}
			if err != nil || len(got) != len(tc.want) {
				t.Fatalf("%s\n%v, %v", tc.why, got, err)
			}
			for k, n := range tc.want {
				if got[k] != n {
					t.Errorf("%s\n%v, expected %v", tc.why, got, tc.want)
				}
			}
		})
	}
}
