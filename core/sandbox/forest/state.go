package forest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"adsync/core/identity"
)

// state is a forest as it is kept in a file. The schema is not: it belongs to
// the program.
type state struct {
	Format  int                      `json:"format"`
	USN     int64                    `json:"usn"`
	RID     int64                    `json:"rid"`
	Named   map[string]identity.GUID `json:"named"`
	Denied  []identity.GUID          `json:"denied"`
	Foreign []foreignDomain          `json:"foreign"`
	Objects []object                 `json:"objects"` // each after what it stands under
}

type foreignDomain struct {
	DN  string `json:"dn"`
	DNS string `json:"dns"`
}

type object struct {
	GUID        identity.GUID              `json:"guid"`
	Class       string                     `json:"class"`
	Attr        string                     `json:"attr"`
	Name        string                     `json:"name"`
	Suffix      string                     `json:"suffix,omitempty"`
	Parent      identity.GUID              `json:"parent,omitempty"`
	NC          bool                       `json:"nc,omitempty"`
	Deleted     bool                       `json:"deleted,omitempty"`
	SignsIn     bool                       `json:"signsIn,omitempty"` // with the password of all
	ReadDeleted bool                       `json:"readDeleted,omitempty"`
	Values      map[string][]string        `json:"values,omitempty"`
	Binary      map[string][]string        `json:"binary,omitempty"` // base64
	Refs        map[string][]identity.GUID `json:"refs,omitempty"`
}

// Save writes the whole directory.
func (f *Forest) Save() ([]byte, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	s := state{Format: 1, USN: f.usn, RID: f.rid, Named: make(map[string]identity.GUID)}
	for name, n := range f.named {
		s.Named[name] = n.guid
	}
	for n := range f.denied {
		s.Denied = append(s.Denied, n.guid)
	}
	for _, c := range f.foreign {
		s.Foreign = append(s.Foreign, foreignDomain{c.dn, c.dns})
	}
	slices.Sort(s.Denied)
	var walk func(*node)
	walk = func(n *node) {
		if n == f.named["schema"] {
			return
		}
		s.Objects = append(s.Objects, f.export(n))
		for _, c := range n.sorted() {
			walk(c)
		}
	}
	walk(f.root)
	out, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("state of the sandbox's directory: %w", err)
	}
	return out, nil
}

func (f *Forest) export(n *node) object {
	o := object{
		GUID: n.guid, Class: n.class, Attr: n.name.attr, Name: n.name.value, Suffix: n.suffix, NC: n.nc,
		Deleted: n.deleted, SignsIn: n.password != "", ReadDeleted: n.readDeleted,
		Values: make(map[string][]string), Binary: make(map[string][]string), Refs: make(map[string][]identity.GUID),
	}
	if n.parent != nil {
		o.Parent = n.parent.guid
	}
	for key, list := range n.values {
		if !opaque(f.schema.attribute(key)) {
			o.Values[key] = list
			continue
		}
		for _, v := range list {
			o.Binary[key] = append(o.Binary[key], base64.StdEncoding.EncodeToString([]byte(v)))
		}
	}
	for key, list := range n.refs {
		for _, e := range list {
			o.Refs[key] = append(o.Refs[key], e.guid)
		}
	}
	return o
}

func opaque(a *attribute) bool { return a.syntax == synOctets || a.syntax == synSID }

// Load replaces the whole directory by what Save wrote; on an error it stays as
// it was.
func (f *Forest) Load(data []byte) error {
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("state of the sandbox's directory: %w", err)
	}
	if s.Format != 1 || len(s.Objects) == 0 {
		return fmt.Errorf("state of the sandbox's directory: format %d with %d objects is not known", s.Format, len(s.Objects))
	}
	fresh := New(Options{Now: f.o.Now, Log: f.o.Log, Empty: true})
	g := &Forest{o: f.o, schema: fresh.schema, usn: s.USN, rid: s.RID}
	g.byGUID = make(map[identity.GUID]*node)
	g.named = make(map[string]*node)
	g.denied = make(map[*node]bool)
	schemaTop := fresh.named["schema"]
	for _, n := range append(schemaTop.sorted(), schemaTop) {
		g.byGUID[n.guid] = n
	}
	if err := g.restore(s, schemaTop); err != nil {
		return fmt.Errorf("state of the sandbox's directory: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.schema, f.root, f.byGUID, f.named, f.foreign = g.schema, g.root, g.byGUID, g.named, g.foreign
	f.usn, f.rid, f.denied = g.usn, g.rid, g.denied
	return nil
}

func (f *Forest) restore(s state, schemaTop *node) error {
	for _, o := range s.Objects {
		n, err := f.restored(o)
		if err != nil {
			return err
		}
		parent := f.byGUID[o.Parent]
		switch {
		case parent != nil:
			n.attach(parent)
		case f.root == nil:
			f.root = n
		default:
			return fmt.Errorf("%s has no parent", o.Name)
		}
		if n.class == "configuration" {
			schemaTop.attach(n)
		}
	}
	for _, o := range s.Objects {
		for key, list := range o.Refs {
			a := f.schema.attribute(key)
			for _, g := range list {
				if a == nil || f.byGUID[g] == nil {
					return fmt.Errorf("%s names an object that is not there", o.Name)
				}
				link(f.byGUID[o.GUID], a, f.byGUID[g])
			}
		}
	}
	for name, g := range s.Named {
		if f.byGUID[g] == nil {
			return fmt.Errorf("the landmark %q is not there", name)
		}
		f.named[name] = f.byGUID[g]
	}
	for _, g := range s.Denied {
		if n := f.byGUID[g]; n != nil {
			f.denied[n] = true
		}
	}
	for _, c := range s.Foreign {
		f.foreign = append(f.foreign, &crossRef{c.DN, c.DNS})
	}
	return nil
}

func (f *Forest) restored(o object) (*node, error) {
	n := newNode(o.Class, rdn{o.Attr, o.Name})
	n.guid, n.suffix, n.nc, n.deleted, n.readDeleted = o.GUID, o.Suffix, o.NC, o.Deleted, o.ReadDeleted
	if o.SignsIn {
		n.password = f.o.Password
	}
	for key, list := range o.Values {
		if f.schema.attribute(key) != nil {
			n.values[key] = list
		}
	}
	for key, list := range o.Binary {
		for _, v := range list {
			b, err := base64.StdEncoding.DecodeString(v)
			if err != nil || f.schema.attribute(key) == nil {
				return nil, fmt.Errorf("%s of %s is not readable", key, o.Name)
			}
			n.values[key] = append(n.values[key], string(b))
		}
	}
	if f.byGUID[n.guid] != nil {
		return nil, fmt.Errorf("%s is there twice", o.Name)
	}
	f.byGUID[n.guid] = n
	return n, nil
}
