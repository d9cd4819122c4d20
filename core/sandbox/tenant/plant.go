package tenant

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/google/uuid"

	"adsync/core/fault"
)

// Plan is the content of a seed file.
type Plan struct {
	// Replace takes away what the tenant holds first.
	Replace bool `json:"replace"`
	// Quirks are set where they are given.
	Quirks *Quirks `json:"quirks"`
	Users  []User  `json:"users"`
	// Groups name their members by id, mail address, login or name.
	Groups   []Group   `json:"groups"`
	Generate *Generate `json:"generate"`
}

// Generate makes up many objects; the same numbers make the same ones.
type Generate struct {
	Seed       uint64 `json:"seed"`
	Users      int    `json:"users"`
	Groups     int    `json:"groups"`
	GroupsEach int    `json:"groupsEach"` // memberships of a user, in neighbouring groups
	// Of a hundred users each: those that an agent made, without a mail address,
	// and those that Active Directory and Entra manage.
	Agents          int `json:"agents"`
	ActiveDirectory int `json:"activeDirectory"`
	Entra           int `json:"entra"`
}

// Planted is what a seed file added.
type Planted struct {
	Users       int `json:"users"`
	Groups      int `json:"groups"`
	Memberships int `json:"memberships"`
}

// Plant fills the tenant from a seed file. An error means that nothing has
// changed.
func (t *Tenant) Plant(r io.Reader) (Planted, error) {
	var p Plan
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return Planted{}, fault.New("usage.sandbox.seed", "the seed file could not be read", fault.Cause(err),
			fault.Hint("what it holds: adsync sandbox seed --help"))
	}
	if err := p.check(); err != nil {
		return Planted{}, err
	}
	g := p.Generate.content()
	users, groups := append(p.Users, g.users...), append(p.Groups, g.groups...)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.complete(users, groups, p.Replace); err != nil {
		return Planted{}, err
	}
	into := &t.dir
	if p.Replace {
		into = new(newDirectory())
	}
	if err := into.admits(users, groups); err != nil {
		f, _ := errors.AsType[*fault.Error](err)
		return Planted{}, fault.New("usage.sandbox.seed", f.Message, fault.Hint("with replace true the tenant is emptied first"))
	}
	into.take(users, groups, t.Now())
	if p.Replace {
		t.dir = *into
	}
	if p.Quirks != nil {
		t.quirks = *p.Quirks
	}
	done := Planted{Users: len(users), Groups: len(groups)}
	for _, g := range groups {
		done.Memberships += len(g.Members)
	}
	for _, u := range users {
		done.Memberships += len(u.Groups)
	}
	return done, nil
}

func (p Plan) check() error {
	for _, u := range p.Users {
		if u.Source != "" && !u.Source.known() {
			return fault.New("usage.sandbox.seed", fmt.Sprintf("user %s: %q is no source", u.Name, u.Source), fault.Hint(sources))
		}
		if u.ID != "" && uuid.Validate(u.ID) != nil {
			return fault.New("usage.sandbox.seed", fmt.Sprintf("user %s: the id %q is no UUID", u.Name, u.ID), fault.Hint("leave it out, and one is made"))
		}
	}
	for _, g := range p.Groups {
		if g.Source != "" && !g.Source.known() {
			return fault.New("usage.sandbox.seed", fmt.Sprintf("group %s: %q is no source", g.Name, g.Source), fault.Hint(sources))
		}
		if g.ID != "" && uuid.Validate(g.ID) != nil {
			return fault.New("usage.sandbox.seed", fmt.Sprintf("group %s: the id %q is no UUID", g.Name, g.ID), fault.Hint("leave it out, and one is made"))
		}
	}
	if g := p.Generate; g != nil && (min(g.Users, g.Groups, g.GroupsEach, g.Agents, g.ActiveDirectory, g.Entra) < 0 ||
		g.Agents+g.ActiveDirectory+g.Entra > 100 || g.GroupsEach > g.Groups) {
		return fault.New("usage.sandbox.seed", "generate asks for numbers that do not fit together",
			fault.Hint("none is below 0, groupsEach is at most groups, and the parts of a hundred are at most a hundred"))
	}
	return nil
}

const sources = "the sources: custom, activeDirectory, azureActiveDirectory"

// complete gives new objects their ids, and members theirs.
func (t *Tenant) complete(users []User, groups []Group, alone bool) error {
	known := map[string]string{} // whatever names a user -> id, "" for several
	name := func(id string, names ...string) {
		for _, n := range names {
			n, is := strings.ToLower(n), id
			if other, twice := known[n]; twice && other != id {
				is = ""
			}
			if n != "" {
				known[n] = is
			}
		}
	}
	if !alone {
		for _, u := range t.dir.users {
			name(u.id, u.id, u.email, u.exchangeLogin, u.name)
		}
	}
	for i := range users {
		u := &users[i]
		if u.ID = strings.ToLower(u.ID); u.ID == "" {
			u.ID = t.o.NewID()
		}
		if u.Source == "" {
			u.Source = SourceCustom
		}
		name(u.ID, u.ID, u.Email, u.ExchangeLogin, u.Name)
	}
	for i := range groups {
		g := &groups[i]
		if g.ID = strings.ToLower(g.ID); g.ID == "" {
			g.ID = t.o.NewID()
		}
		if g.Source == "" {
			g.Source = SourceCustom
		}
		for j, who := range g.Members {
			id := known[strings.ToLower(who)]
			if id == "" {
				return fault.New("usage.sandbox.seed", fmt.Sprintf("group %s: the member %q is nobody, or several", g.Name, who),
					fault.Hint("name members by id, mail address, login or a name that only one has"))
			}
			g.Members[j] = id
		}
	}
	return nil
}

// content is what was made up.
type content struct {
	users  []User
	groups []Group
}

func (g *Generate) content() content {
	var c content
	if g == nil {
		return c
	}
	r := rand.New(rand.NewPCG(g.Seed, 1)) //nolint:gosec // repeatable on purpose
	id := func() string {
		var b [16]byte
		binary.LittleEndian.PutUint64(b[:8], r.Uint64())
		binary.LittleEndian.PutUint64(b[8:], r.Uint64())
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
		return uuid.UUID(b).String()
	}
	for i := range g.Groups {
		c.groups = append(c.groups, Group{ID: id(), Name: fmt.Sprintf("Generated %d.%d", g.Seed, i), Source: SourceCustom})
	}
	for i := range g.Users {
		first, last := firstNames[r.IntN(len(firstNames))], lastNames[r.IntN(len(lastNames))]
		account := fmt.Sprintf("u%d.%d", g.Seed, i)
		u := User{
			ID: id(), Name: first + " " + last, FirstName: first, LastName: last, Source: SourceCustom,
			Email: account + "@generated.example", ExchangeLogin: `GENERATED\` + account,
		}
		switch part := r.IntN(100); {
		case part < g.Agents:
			u = User{ID: u.ID, Name: u.ExchangeLogin, Source: SourceCustom}
		case part < g.Agents+g.ActiveDirectory:
			u.Source, u.Domain = SourceActiveDirectory, "generated.example"
		case part < g.Agents+g.ActiveDirectory+g.Entra:
			u.Source, u.Domain = SourceEntra, "generated.example"
		}
		begin := 0
		if g.Groups > 0 {
			begin = r.IntN(g.Groups)
		}
		for j := range g.GroupsEach {
			u.Groups = append(u.Groups, c.groups[(begin+j)%g.Groups].ID)
		}
		c.users = append(c.users, u)
	}
	return c
}

var (
	firstNames = []string{"Ada", "Björn", "Chiara", "David", "Émile", "Fatma", "Greta", "Hiroshi", "Ines", "Jørgen", "Katja", "Luís"}
	lastNames  = []string{"Acar", "Berg", "Çelik", "Dürr", "Ek", "Fischer", "García", "Haas", "Ito", "Jansen", "Kowalska", "Lind"}
)
