package dctest

import (
	"fmt"
	"testing"
	"time"

	"adsync/core/sandbox/forest"
)

// Password is that of every account.
const Password = "hunter2"

const account = "Administrator@" + forest.Domain

// The names of the small world.
const (
	Domain = forest.Domain
	BaseDN = forest.BaseDN
	Staff  = "OU=Staff," + BaseDN
	Sales  = `OU=Sales\, EMEA,` + Staff
	Others = "OU=Others," + BaseDN
	Teams  = "OU=Teams," + BaseDN
)

// Options are the limits of a world's controllers.
type Options struct {
	// MaxPageSize and MaxValRange are small, so that little data has many pages
	// and ranges; 0 is 40 and 9.
	MaxPageSize, MaxValRange int
	People                   int // 0 is 70
}

// World is a forest that controllers answer from.
type World struct {
	Forest  *forest.Forest
	o       Options
	backend *backend
}

// NewWorld builds a small and nasty domain: several OUs, one of them with a comma
// in its name; people with names that have to be escaped, without addresses,
// disabled; groups in each other and in a circle, with more members than come at
// once, and with none; somebody who was deleted.
func NewWorld(tb testing.TB, o Options) *World {
	tb.Helper()
	if o.MaxPageSize == 0 {
		o.MaxPageSize = 40
	}
	if o.MaxValRange == 0 {
		o.MaxValRange = 9
	}
	if o.People == 0 {
		o.People = 70
	}
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	f := forest.New(forest.Options{
		Now: func() time.Time { return now }, Password: Password, PlainBinds: true, Empty: true, MaxValRange: o.MaxValRange,
	})
	w := &World{Forest: f, o: o}
	w.build(tb)
	server, err := f.Listen(tb.Context(), forest.Ports{})
	if err != nil {
		tb.Fatal(err)
	}
	w.backend, err = dialBackend(tb.Context(), server.LDAP, account, Password)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = w.backend.conn.Close()
		_ = server.Close()
	})
	return w
}

// People is how many people the world was built with.
func (w *World) People() int { return w.o.People }

// Changed has to be called after a change of the forest: answers are remembered.
func (w *World) Changed() { w.backend.forget() }

func (w *World) build(tb testing.TB) {
	tb.Helper()
	must := func(_ forest.Change, err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	for _, ou := range [][2]string{{BaseDN, "Staff"}, {Staff, "Sales, EMEA"}, {BaseDN, "Others"}, {BaseDN, "Teams"}} {
		must(w.Forest.AddOU(ou[0], ou[1]))
	}
	odd := []string{"Lee, Ann", "Müller Jürgen", "山田 花子", `Back\slash`, "Plus+Sign", "#Hash", "Equals=Sign", "Semi;colon", "<Angle>", `Quo"te`}
	places := []string{Staff, Sales, Others}
	accounts := make([]string, w.o.People)
	for i := range accounts {
		name, login := fmt.Sprintf("Person %04d", i), fmt.Sprintf("p%04d", i)
		if i < len(odd) {
			name = odd[i]
		}
		mail := login + "@" + Domain
		if i%9 == 8 {
			mail = ""
		}
		must(w.Forest.AddPerson(name, login, mail, places[i%len(places)]))
		if i%11 == 10 {
			must(w.Forest.Disable(login))
		}
		accounts[i] = login
	}
	for _, g := range []struct {
		name    string
		members []string
	}{
		{"Everybody", accounts},
		{"Half", accounts[:len(accounts)/2]},
		{"Few", accounts[:3]},
		{"Nobody", nil},
		{"Nested", []string{"Half", "Few", accounts[len(accounts)-1]}},
		{"Circle A", accounts[3:5]},
		{"Circle B", append([]string{"Circle A"}, accounts[5:7]...)},
		{"Teams, all", []string{"Nested", "Circle B"}},
	} {
		must(w.Forest.AddGroup(g.name, Teams))
		for _, m := range g.members {
			must(w.Forest.MemberAdd(g.name, m))
		}
	}
	must(w.Forest.MemberAdd("Circle A", "Circle B"))
	must(w.Forest.AddPerson("Gone Person", "gone", "", Staff))
	must(w.Forest.Delete("gone"))
}
