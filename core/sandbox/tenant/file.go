package tenant

import (
	"encoding/json"
	"io"

	"adsync/core/fault"
)

// document is a tenant's content as it is kept on disk. Memberships stand on
// the side of the groups.
type document struct {
	Format         int             `json:"format"`
	Users          []User          `json:"users"`
	Groups         []Group         `json:"groups"`
	Endpoints      []Endpoint      `json:"endpoints,omitempty"`
	EndpointGroups []EndpointGroup `json:"endpointGroups,omitempty"`
}

const format = 1

// Save writes all users and groups.
func (t *Tenant) Save(w io.Writer) error {
	d := document{Format: format, Users: t.Users(), Groups: t.Groups(), Endpoints: t.Endpoints(), EndpointGroups: t.EndpointGroups()}
	for i := range d.Users {
		d.Users[i].Groups = nil
	}
	if err := json.NewEncoder(w).Encode(d); err != nil {
		return fault.New("sandbox.save", "the simulated tenant could not be saved", fault.Cause(err))
	}
	return nil
}

// Load puts what Save wrote in place of what the tenant holds. An error means
// that nothing has changed.
func (t *Tenant) Load(r io.Reader) error {
	var d document
	if err := json.NewDecoder(r).Decode(&d); err != nil {
		return fault.New("sandbox.load", "the saved tenant could not be read", fault.Cause(err))
	}
	if d.Format != format {
		return fault.New("sandbox.load", "the saved tenant has a format that is not known")
	}
	fresh := newDirectory()
	if err := fresh.admits(d.Users, d.Groups); err != nil {
		return err
	}
	fresh.take(d.Users, d.Groups, t.Now())
	kept, err := (&devices{}).with(d.Endpoints, d.EndpointGroups, t.Now(), t.o.NewID)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dir, t.devices = fresh, kept
	return nil
}
