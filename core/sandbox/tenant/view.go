package tenant

// reference names an object inside another.
type reference struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// embeddedList shows the first objects of a list and says how many there are.
type embeddedList struct {
	Total      int         `json:"total"`
	ItemsCount int         `json:"itemsCount"`
	Items      []reference `json:"items"`
}

type sourceView struct {
	Type Source `json:"type"`
}

// userView is a user as the API shows it; what it has no value for is left out.
type userView struct {
	ID            string       `json:"id"`
	Name          string       `json:"name"`
	FirstName     string       `json:"firstName,omitempty"`
	LastName      string       `json:"lastName,omitempty"`
	Email         string       `json:"email,omitempty"`
	Domain        string       `json:"domain,omitempty"`
	ExchangeLogin string       `json:"exchangeLogin,omitempty"`
	Groups        embeddedList `json:"groups"`
	Tenant        reference    `json:"tenant"`
	Source        sourceView   `json:"source"`
	CreatedAt     string       `json:"createdAt"`
	UpdatedAt     string       `json:"updatedAt"`
}

// groupView is a group as the API shows it. displayName and groups have been
// seen in replies and can be relied on by nobody.
type groupView struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	DisplayName string       `json:"displayName"`
	Description string       `json:"description,omitempty"`
	Domain      string       `json:"domain,omitempty"`
	Source      sourceView   `json:"source"`
	Users       embeddedList `json:"users"`
	Groups      embeddedList `json:"groups"`
	Tenant      reference    `json:"tenant"`
	CreatedAt   string       `json:"createdAt"`
	UpdatedAt   string       `json:"updatedAt"`
}

func (t *Tenant) reference() reference { return reference{ID: t.o.TenantID, Name: t.o.Name} }

func embed[T object](t *Tenant, all []T) embeddedList {
	l := embeddedList{Total: len(all), Items: []reference{}}
	for _, o := range all[:min(len(all), t.o.Embedded)] {
		l.Items = append(l.Items, reference{ID: o.key(), Name: o.value("name")})
	}
	l.ItemsCount = len(l.Items)
	return l
}

func (t *Tenant) viewUser(u *user) any {
	return userView{
		ID: u.id, Name: u.name, FirstName: u.firstName, LastName: u.lastName, Email: u.email,
		Domain: u.domain, ExchangeLogin: u.exchangeLogin, Groups: embed(t, u.groups),
		Tenant: t.reference(), Source: sourceView{u.source},
		CreatedAt: stamp(u.createdAt), UpdatedAt: stamp(u.updatedAt),
	}
}

func (t *Tenant) viewGroup(g *group) any {
	return groupView{
		ID: g.id, Name: g.name, DisplayName: g.name, Description: g.description, Domain: g.domain,
		Source: sourceView{g.source}, Users: embed(t, g.users), Groups: embeddedList{Items: []reference{}},
		Tenant: t.reference(), CreatedAt: stamp(g.createdAt), UpdatedAt: stamp(g.updatedAt),
	}
}
