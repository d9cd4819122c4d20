package dctest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"adsync/core/directory"
	"adsync/core/directory/dctest"
	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// users plays a script at each search for people, with its number.
func users(play func(n int, r *req, a *ans)) func() dctest.Script {
	return func() dctest.Script {
		n := 0
		return func(r *req, a *ans) {
			if r.Users() {
				n++
				play(n, r, a)
			}
		}
	}
}

// TestSingleFaults: what each trouble alone comes to.
func TestSingleFaults(t *testing.T) {
	const exact = "exact"
	w := dctest.NewWorld(t, dctest.Options{})
	truth := learn(t, w, requests[0])
	for name, tc := range map[string]struct {
		why    string
		script func() dctest.Script
		want   string // exact, the code of a read, or the code of an error
	}{
		"Honest":   {"nothing is wrong", users(func(int, *req, *ans) {}), exact},
		"BusyOnce": {"asked again from the first page on", users(func(n int, _ *req, a *ans) { refuse(n == 2, a, ldap.LDAPResultBusy) }), exact},
		"Unavailable": {
			"turned away for good", users(func(_ int, _ *req, a *ans) { refuse(true, a, ldap.LDAPResultUnavailable) }), "directory.busy",
		},
		"CookieEnds": {
			"A cookie that is not known any more is no end.", users(func(n int, _ *req, a *ans) { refuse(n >= 2, a, ldap.LDAPResultUnwillingToPerform) }), "directory.read.failed",
		},
		"SizeLimit": {
			"MaxPageSize without pages: the first entries, and code 4",
			users(func(_ int, _ *req, a *ans) { a.Code, a.Paging = ldap.LDAPResultSizeLimitExceeded, nil }), "directory.read.incomplete.sizeLimit",
		},
		"TruncatedFrame": {
			"The connection ends within a message once.",
			users(func(n int, _ *req, a *ans) {
				if n == 2 {
					a.Cut = func(size int) int { return size / 2 }
				}
			}), exact,
		},
		"Drip": {
			"Slow is not broken.",
			users(func(_ int, _ *req, a *ans) { a.Drip = 100 }), exact,
		},
		"Twice": {
			"Entries that come twice are one person.",
			users(func(_ int, _ *req, a *ans) { a.Entries = append(a.Entries, a.Entries...) }), exact,
		},
		"EmptyCookieTooEarly": {
			"The first page claims to be the last: everybody after it is there when asked for, and not gone.",
			users(func(_ int, _ *req, a *ans) { a.Paging = new(string) }), "",
		},
		"Reference": {
			"A part lives elsewhere.",
			users(func(_ int, _ *req, a *ans) { a.References = []string{"ldap://other.example/DC=other,DC=example"} }),
			"directory.read.incomplete.referral",
		},
		"Nobody": {
			"Success and nobody, as to an account that lost its rights.",
			users(func(_ int, _ *req, a *ans) { a.Entries, a.Paging = nil, new(string) }), "directory.rights",
		},
		"NoConnection": {
			"Nothing can be read at all.",
			func() dctest.Script { return func(_ *req, a *ans) { a.Close() } }, "directory.unreachable",
		},
		"NotActiveDirectory": {
			"A server without a domain is none.",
			func() dctest.Script {
				return func(r *req, a *ans) {
					if r.Root() {
						a.Entries[0] = a.Entries[0].Bare()
					}
				}
			}, "directory.notActiveDirectory",
		},
		"RangeEnds": {
			"An error past the end of a range is no end.",
			func() dctest.Script {
				return func(r *req, a *ans) { refuse(r.Range(), a, ldap.LDAPResultOperationsError) }
			}, "directory.read.failed",
		},
		"RangeGap": {
			"Values between two ranges are missing.",
			func() dctest.Script {
				return func(r *req, a *ans) {
					for i, e := range a.Entries {
						if r.Range() {
							a.Entries[i] = e.Ranged("member", "range=20-*")
						}
					}
				}
			}, "directory.read.incomplete.range",
		},
		"RangeClaimsToBeLast": {
			"A range that claims to be the last and is not: memberOf names those who are missing.",
			func() dctest.Script {
				return func(_ *req, a *ans) {
					for i, e := range a.Entries {
						a.Entries[i] = lastRange(e)
					}
				}
			}, "",
		},
		"NoMailAnywhere":   {"Nobody has an address any more.", without("mail"), "directory.read.attribute"},
		"NoMemberAnywhere": {"No group has members any more.", without("member"), "directory.read.attribute"},
		"NoControl":        {"Nobody's userAccountControl is shown.", without("userAccountControl"), "directory.read.attribute"},
		"NoPrimaryGroup": {
			"An account without primaryGroupID is one whose attribute could not be read.",
			users(func(_ int, _ *req, a *ans) {
				for i, e := range a.Entries {
					a.Entries[i] = e.Without("primaryGroupID")
				}
			}), "directory.rights",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := w.Controller(t)
			c.Play(tc.script())
			o := c.Options()
			o.Timeout = 2 * time.Second
			out := truth.look(t.Context(), o)
			if problems := truth.wrong(out, false); len(problems) > 0 {
				t.Errorf("%s\n%s", tc.why, strings.Join(problems[:min(3, len(problems))], "\n"))
			}
			switch code := func(r identity.Read) bool { return !r.Complete && r.Code == tc.want }; {
			case tc.want == exact && !truth.exact(out):
				t.Errorf("%s\nit is not the truth: %v\n%s", tc.why, out.err, reads(out))
			case tc.want != exact && truth.exact(out):
				t.Errorf("%s\nit is taken for the truth", tc.why)
			case out.err != nil && fault.Code(out.err) != tc.want:
				t.Errorf("%s\nerror %q (%v), want %s", tc.why, fault.Code(out.err), out.err, tc.want)
			case out.err == nil && tc.want != exact && tc.want != "" && !slices.ContainsFunc(out.coverage.Reads, code):
				t.Errorf("%s\nno read has %s:\n%s", tc.why, tc.want, reads(out))
			}
		})
	}
}

// without takes an attribute from whatever is searched.
func without(name string) func() dctest.Script {
	return func() dctest.Script {
		return func(r *req, a *ans) {
			for i, e := range a.Entries {
				if !r.Root() {
					a.Entries[i] = e.Without(name)
				}
			}
		}
	}
}

func refuse(when bool, a *ans, code int) {
	if when {
		a.Refuse(code, "disturbed")
		a.Paging = nil
	}
}

// TestCancelAnywhere: whoever presses Ctrl+C while a controller hangs, whatever
// it was asked, waits no longer than a second.
func TestCancelAnywhere(t *testing.T) {
	w := dctest.NewWorld(t, dctest.Options{})
	honest := w.Controller(t)
	read(t, honest.Options(), requests[0])
	for n := range len(honest.Asked()) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			c := w.Controller(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var cancelled time.Time
			c.Play(func(r *req, a *ans) {
				if r.Number == n+1 && r.Kind != dctest.Connect {
					a.Entries, a.Hang = nil, true
					time.AfterFunc(20*time.Millisecond, func() { cancelled = time.Now(); cancel() })
				}
			})
			k, err := directory.Dial(ctx, c.Options())
			if err == nil {
				_, err = k.Read(ctx, requests[0])
				_ = k.Close()
			}
			ended := time.Now()
			<-time.After(30 * time.Millisecond)
			switch {
			case n == 0: // a connection alone does not hang
			case !errors.Is(err, context.Canceled):
				t.Errorf("error %v, want context.Canceled", err)
			case ended.Sub(cancelled) > time.Second:
				t.Errorf("took %v after the cancellation", ended.Sub(cancelled))
			}
		})
	}
}
