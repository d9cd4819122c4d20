package identity_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"adsync/core/identity"

	"github.com/google/go-cmp/cmp"
)

// somebody fills every field by chance, so that one which is not packed is found:
// with what the directory has, with nothing, and with what it should not have.
func somebody(r *rand.Rand) identity.Person {
	texts := []string{"", "u1", "Anna", "Müller", "Anna Müller", "CN=Müller\\, Anna,OU=Sales,DC=corp", "\xff\x00", strings.Repeat("long ", 500)}
	text := func() string { return texts[r.IntN(len(texts))] }
	list := func() []string {
		l := []string{}
		for range r.IntN(4) {
			l = append(l, text())
		}
		return l
	}
	when := func() time.Time {
		return []time.Time{{}, time.Unix(r.Int64N(1e12)-1e11, r.Int64N(1e9)).UTC()}[r.IntN(2)]
	}
	yes := func() bool { return r.IntN(2) == 0 }
	p := identity.Person{
		GUID: identity.GUID(fmt.Sprint(r.Uint32())), SID: text(), DN: text(), Domain: text(), Account: text(), CN: text(), Display: text(), Mail: text(),
		Attributes: identity.Attributes{}, ControlKnown: yes(), Disabled: yes(), ExpiresAt: when(), Critical: yes(), System: yes(),
		PrimaryGroup: text(), MemberOf: list(), CreatedAt: when(), Class: text(), Locked: yes(), Aliases: list(), Recipient: identity.Recipient(text()),
		Matched: []identity.Match{},
	}
	for range r.IntN(5) {
		p.Attributes.Set(text(), list())
	}
	for range r.IntN(3) {
		p.Matched = append(p.Matched, identity.Match{Base: text(), Filter: text(), Nested: yes()})
	}
	return p
}

func TestPeopleComeOutAsTheyWerePutIn(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	set := make([]bool, reflect.TypeFor[identity.Person]().NumField())
	var want []identity.Person
	var b identity.PeopleBuilder
	for range 2000 {
		p := somebody(r)
		for i := range set {
			set[i] = set[i] || !reflect.ValueOf(p).Field(i).IsZero()
		}
		if i := r.IntN(20); i < len(want) {
			want[i] = p
			b.Set(i, p)
			continue
		}
		want = append(want, p)
		b.Add(p)
		if i := r.IntN(10 * len(want)); i < len(want) {
			if d := cmp.Diff(want[i], b.At(i)); d != "" {
				t.Fatal(d)
			}
		}
	}
	if i := slices.Index(set, false); i >= 0 {
		t.Errorf("nobody has a value of %s", reflect.TypeFor[identity.Person]().Field(i).Name)
	}
	people := b.People()
	if d := cmp.Diff(want, slices.Collect(people.All())); d != "" || people.Len() != len(want) {
		t.Fatal(d)
	}
	b.Sort()
	slices.SortStableFunc(want, func(x, y identity.Person) int { return strings.Compare(string(x.GUID), string(y.GUID)) })
	if d := cmp.Diff(want, slices.Collect(b.People().All())); d != "" {
		t.Error(d)
	}
	for i, id := range slices.Collect(b.People().GUIDs()) {
		if id != want[i].GUID || b.GUID(i) != id {
			t.Errorf("%s at %d, want %s", id, i, want[i].GUID)
		}
	}
}

func TestPeopleChangeInNobodysHands(t *testing.T) {
	ann := identity.Person{GUID: "1", MemberOf: []string{"A"}, Aliases: []string{"a@x"}, Matched: []identity.Match{{Base: "DC=x"}}}
	people := identity.PeopleOf(ann)
	more := people.With(identity.Person{GUID: "2"})
	p := people.At(0)
	p.MemberOf = append(p.MemberOf, "B")
	p.Aliases = append(p.Aliases, "b@x")
	p.Matched = append(p.Matched, identity.Match{Base: "DC=y"})
	again := people.At(0)
	if again.MemberOf[0] != "A" || again.Aliases[0] != "a@x" || again.Matched[0].Base != "DC=x" || len(again.MemberOf)+len(again.Aliases)+len(again.Matched) != 3 {
		t.Errorf("%+v", again)
	}
	if people.Len() != 1 || more.Len() != 2 || more.GUID(1) != "2" {
		t.Errorf("%d people, and with one more %d", people.Len(), more.Len())
	}
}

// TestPeopleStayAsTheyWereMade: whatever is put into the builder afterwards.
func TestPeopleStayAsTheyWereMade(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var b identity.PeopleBuilder
	var want []identity.Person
	for range 200 {
		want = append(want, somebody(r))
		b.Add(want[len(want)-1])
	}
	people := b.People()
	for i := range 300 {
		if p := somebody(r); i < len(want) {
			b.Set(i, p)
		} else {
			b.Add(p)
		}
	}
	b.Sort()
	if d := cmp.Diff(want, slices.Collect(people.All())); d != "" {
		t.Error(d)
	}
}

func TestPeopleInDocuments(t *testing.T) {
	var none identity.People
	if text, err := json.Marshal(none); err != nil || string(text) != "[]" {
		t.Errorf("%s, %v", text, err)
	}
	people := identity.PeopleOf(identity.Person{GUID: "1", Display: "A & B"}, identity.Person{GUID: "2"})
	text, err := json.Marshal(people)
	if err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(slices.Collect(people.All()))
	if err != nil || string(text) != string(list) {
		t.Errorf("%s, want %s", text, list)
	}
	var back identity.People
	if err := json.Unmarshal(text, &back); err != nil || !cmp.Equal(slices.Collect(back.All()), slices.Collect(people.All())) {
		t.Errorf("%v, %v", back, err)
	}
	if err := json.Unmarshal([]byte("null"), &back); err != nil || back.Len() != 0 {
		t.Errorf("%v, %v", back, err)
	}
	for _, wrong := range []string{`{}`, `"x"`, `[{"guid":1}]`, `[{"unknown":1}]`} {
		if err := json.Unmarshal([]byte(wrong), &back); err == nil {
			t.Errorf("%s was read", wrong)
		}
	}
}

// account is somebody as a directory has them.
func account(i int) identity.Person {
	name := fmt.Sprintf("u%06d", i)
	p := identity.Person{
		GUID: identity.GUID(fmt.Sprintf("%08d-df28-4818-8e8b-eb7c94e34717", i)), SID: fmt.Sprintf("S-1-5-21-2098946460-3315272862-2220244369-%d", i),
		DN:     fmt.Sprintf("CN=Ben Dubois %d,OU=Legal\\, Compliance,OU=People,DC=corp,DC=example,DC=com", i),
		Domain: "corp.example.com", Account: name, CN: fmt.Sprintf("Ben Dubois %d", i), Display: "Ben Dubois", Mail: name + "@example.com",
		Aliases: []string{name + "@alias.example.com"}, CreatedAt: time.Unix(1764002452, 0), Class: identity.ClassUser, ControlKnown: true,
		PrimaryGroup: "S-1-5-21-2098946460-3315272862-2220244369-513", Matched: []identity.Match{{Base: "DC=corp,DC=example,DC=com"}},
		Attributes: identity.AttributesOf(map[string][]string{
			"displayName": {"Ben Dubois"}, "givenName": {"Ben"}, "sn": {"Dubois"}, "mail": {name + "@example.com"}, "cn": {fmt.Sprintf("Ben Dubois %d", i)},
		}),
	}
	for n := range 5 {
		p.MemberOf = append(p.MemberOf, fmt.Sprintf("CN=grp-%05d,OU=Groups,DC=corp,DC=example,DC=com", (i+n*7)%5000))
	}
	return p
}

// TestPeopleTakeLittleMemory: 100,000 of them with everything else in 100 MB.
func TestPeopleTakeLittleMemory(t *testing.T) {
	const n, most = 20_000, 340
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var b identity.PeopleBuilder
	for i := range n {
		b.Add(account(i))
	}
	people := b.People()
	b = identity.PeopleBuilder{}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / n; each > most || each < 100 {
		t.Errorf("%d bytes each, want at most %d", each, most)
	} else {
		t.Logf("%d bytes each", each)
	}
	runtime.KeepAlive(people)
}

func BenchmarkPeopleAdd(b *testing.B) {
	p := account(1)
	var people identity.PeopleBuilder
	b.ReportAllocs()
	for b.Loop() {
		people.Add(p)
	}
}

func BenchmarkPeopleAt(b *testing.B) {
	people := identity.PeopleOf(account(1))
	b.ReportAllocs()
	for b.Loop() {
		_ = people.At(0)
	}
}
