package tenant_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
	"adsync/core/sandbox/tenant"
)

func TestPlant(t *testing.T) {
	w := newWorld(t, nil)
	got, err := w.Plant(strings.NewReader(`{
		"quirks": {"upperIds": true},
		"users": [
			{"name": "Ben Cole", "email": "ben@example.com", "exchangeLogin": "EX\\ben"},
			{"name": "EX\\dora"},
			{"name": "Edi", "email": "edi@corp.example", "source": "activeDirectory"},
			{"id": "AAAAAAAA-0000-4000-8000-000000000009", "name": "Flo", "source": "azureActiveDirectory"}
		],
		"groups": [
			{"name": "Planted", "members": ["ben@EXAMPLE.com", "ex\\dora", "Flo", "Ann Lee"]},
			{"name": "Of theirs", "source": "activeDirectory", "members": ["edi@corp.example"]}
		]}`))
	if d := cmp.Diff(tenant.Planted{Users: 4, Groups: 2, Memberships: 5}, got); d != "" || err != nil {
		t.Fatalf("%v (-want +got):\n%s", err, d)
	}
	checkBothSides(t, w)
	res := w.ask(t, "GET", users+"?search=flo&sort=id:asc", "")
	checkBody(t, "Objects, memberships and quirks are there.",
		`{"items":[{"id":"AAAAAAAA-0000-4000-8000-000000000009","source":{"type":"azureActiveDirectory"},"groups":{"total":1,"items":[{"name":"Planted"}]}}]}`, res)
}

func TestPlantReplaces(t *testing.T) {
	w := newWorld(t, nil)
	if _, err := w.Plant(strings.NewReader(`{"replace": true, "users": [{"name": "Ann Lee", "email": "ann@example.com"}]}`)); err != nil {
		t.Fatal(err)
	}
	if n := len(w.Users()) + len(w.Groups()); n != 1 {
		t.Errorf("%d objects, want the one of the file", n)
	}
}

func TestPlantRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"NoJSON":     `{`,
		"Unknown":    `{"people": []}`,
		"Nameless":   `{"users": [{"email": "x@example.com"}]}`,
		"Taken":      `{"users": [{"name": "A", "email": "ann@example.com"}]}`,
		"Source":     `{"users": [{"name": "A", "source": "google"}]}`,
		"BadID":      `{"users": [{"id": "7", "name": "A"}]}`,
		"Nobody":     `{"groups": [{"name": "G", "members": ["nobody"]}]}`,
		"Several":    `{"users": [{"name": "A"}, {"name": "A"}], "groups": [{"name": "G", "members": ["A"]}]}`,
		"GroupTwice": `{"groups": [{"name": "staff"}]}`,
		"Numbers":    `{"generate": {"users": 5, "groupsEach": 1}}`,
		"Parts":      `{"generate": {"users": 5, "agents": 60, "entra": 50}}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			usersBefore, groupsBefore := w.Users(), w.Groups()
			if _, err := w.Plant(strings.NewReader(text)); fault.Code(err) != "usage.sandbox.seed" {
				t.Errorf("%v", err)
			}
			if d := cmp.Diff(usersBefore, w.Users()) + cmp.Diff(groupsBefore, w.Groups()); d != "" {
				t.Errorf("it had an effect (-before +after):\n%s", d)
			}
		})
	}
}

// TestPlantMany: 100,000 users in seconds, of every kind, the same each time.
func TestPlantMany(t *testing.T) {
	file := func(n int) string {
		return fmt.Sprintf(`{"replace": true, "generate": {"seed": 7, "users": %d, "groups": 200, "groupsEach": 3, "agents": 10, "activeDirectory": 5, "entra": 5}}`, n)
	}
	w := newWorld(t, nil)
	began := time.Now()
	got, err := w.Plant(strings.NewReader(file(100_000)))
	took := time.Since(began)
	if err != nil || got != (tenant.Planted{Users: 100_000, Groups: 200, Memberships: 300_000}) {
		t.Fatalf("%+v, %v", got, err)
	}
	t.Logf("100,000 users, 300,000 memberships in %v", took)
	if took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	kinds := map[string]int{}
	for _, u := range w.Users() {
		switch {
		case u.Source != tenant.SourceCustom:
			kinds[string(u.Source)]++
		case u.Email == "" && strings.Contains(u.Name, `\`):
			kinds["agent"]++
		}
	}
	for kind, want := range map[string]int{"agent": 10_000, "activeDirectory": 5_000, "azureActiveDirectory": 5_000} {
		if n := kinds[kind]; n < want*9/10 || n > want*11/10 {
			t.Errorf("%d of the kind %s, want about %d", n, kind, want)
		}
	}
	one, two := newWorld(t, nil), newWorld(t, nil)
	for _, x := range []*world{one, two} {
		if _, err := x.Plant(strings.NewReader(file(500))); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(one.Users(), two.Users()); d != "" {
		t.Errorf("the same numbers made others:\n%s", d)
	}
}

// TestPlantSameNames plants somebody whose name is the address, a member by it.
func TestPlantSameNames(t *testing.T) {
	tn := tenant.New(tenant.Options{Now: time.Now})
	_, err := tn.Plant(strings.NewReader(`{"users": [{"name": "ann@corp.example", "email": "ann@corp.example"}], "groups": [{"name": "Staff", "members": ["ann@corp.example"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if g := tn.Groups(); len(g) != 1 || len(g[0].Members) != 1 || g[0].Members[0] != tn.Users()[0].ID {
		t.Errorf("groups %+v", g)
	}
}
