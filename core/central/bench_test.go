package central_test

import (
	"fmt"
	"runtime"
	"testing"

	"adsync/core/central"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// BenchmarkListing reads a tenant of 100,000 users in 500 groups of a thousand, and
// finds out who belongs where. The memory is what is held of it at the end.
func BenchmarkListing(b *testing.B) {
	s := tenanttest.Start(b, tenant.Options{})
	users, groups := make([]tenant.User, 100_000), make([]tenant.Group, 500)
	for i := range users {
		users[i] = tenant.User{
			Name: fmt.Sprintf("User %d", i), FirstName: "User", LastName: fmt.Sprint(i),
			Email: fmt.Sprintf("user%d@example.com", i), ExchangeLogin: fmt.Sprintf(`CORP\user%d`, i),
		}
	}
	if err := s.Tenant.Seed(users, nil); err != nil {
		b.Fatal(err)
	}
	for i := range groups {
		groups[i].Name = fmt.Sprintf("Group %d", i)
		for n := range 1000 {
			groups[i].Members = append(groups[i].Members, users[(i*200+n)%len(users)].ID)
		}
	}
	if err := s.Tenant.Seed(nil, groups); err != nil {
		b.Fatal(err)
	}
	c, err := central.New(options(b, s))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := c.Connect(b.Context()); err != nil {
		b.Fatal(err)
	}
	before := live()
	for b.Loop() {
		calls := c.Calls()
		users, err := c.Users(b.Context())
		if err != nil || len(users) != 100_000 {
			b.Fatal(len(users), err)
		}
		groups, err := c.Groups(b.Context())
		if err != nil || len(groups) != 500 {
			b.Fatal(len(groups), err)
		}
		b.ReportMetric(float64(c.Calls()-calls), "calls")
		b.ReportMetric(live()-before, "MB-held")
		survey := plan.NewSurvey(users, groups, func(identity.CentralGroup) bool { return true }, nil)
		if r, more := survey.Next(); more {
			b.Fatal(r)
		}
		if members, known := survey.Members(groups[0].ID); !known || len(members) != 1000 {
			b.Fatal(len(members), known)
		}
		runtime.KeepAlive(users)
	}
}

// live is how many megabytes are in use.
func live() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}
