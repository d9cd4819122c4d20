package directory

import (
	"context"
	"strconv"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// Filter is a filter that the directory has understood.
type Filter struct {
	Normal string           // as it is to be kept
	Named  []identity.Named // the objects that it names
}

// CheckFilter refuses a filter that the directory would answer with nothing or
// with everything: one that is no filter, asks for attributes that the schema
// does not have or in a way that their syntax does not allow, or names objects
// that are not there. The refusal has the place in the text.
func (c *Client) CheckFilter(ctx context.Context, text string) (Filter, error) {
	domains, err := c.Domains(ctx)
	if err != nil {
		return Filter{}, err
	}
	i := newInterpreter(c, domains, nil)
	tree, err := i.understand(ctx, text)
	if err != nil || tree == nil {
		return Filter{}, err
	}
	f := Filter{Normal: tree.String()}
	err = tree.conditions(func(part *clause) error {
		if !i.schema.names(part) {
			return nil
		}
		o, err := i.find(ctx, unescape(part.value))
		if fault.Is(err, filterMissing) {
			return filterFault("config.filter.missing", text, part.valueAt, unescape(part.value)+" is not there",
				"look for the name as the directory has it: in Active Directory Users and Computers, attribute distinguishedName")
		}
		if err != nil {
			return err
		}
		if i.isMemberOf(part) && !o.group {
			return filterFault("config.filter.noGroup", text, part.valueAt, o.dn+" is no group", "name a group; for an organizational unit add a base")
		}
		f.Named = append(f.Named, identity.Named{DN: unescape(part.value), GUID: o.guid})
		return nil
	})
	return f, err
}

// filterMissing is the code of a read whose filter names what is not there: an
// answer of nothing would be taken for everybody having left.
const filterMissing = "directory.filter.missing"

// interpreter turns configured filters into those that are sent. What it asked
// the directory it keeps, for one read or one check.
type interpreter struct {
	c       *Client
	domains []identity.Domain
	known   map[string]identity.GUID // what DNs stood for when they were first read
	schema  definitions
	classes map[string]bool // in lower case
	objects map[string]object
	reaches map[identity.GUID][]object // the groups within a group, itself first
	members map[identity.GUID][]reference
}

func newInterpreter(c *Client, domains []identity.Domain, known map[string]identity.GUID) *interpreter {
	i := &interpreter{
		c: c, domains: domains, known: map[string]identity.GUID{}, schema: definitions{}, classes: map[string]bool{},
		objects: map[string]object{}, reaches: map[identity.GUID][]object{}, members: map[identity.GUID][]reference{},
	}
	for dn, guid := range known {
		i.known[dnKey(dn)] = guid
	}
	return i
}

// understand reads a filter by what the schema says of its attributes.
func (i *interpreter) understand(ctx context.Context, text string) (*clause, error) {
	tree, err := parseFilter(text, commonDN)
	if err != nil || tree == nil {
		return nil, err
	}
	if err := i.learn(ctx, tree); err != nil {
		return nil, err
	}
	if tree, err = parseFilter(text, i.schema.dn); err != nil {
		return nil, err
	}
	if _, err := ldap.CompileFilter(tree.String()); err != nil {
		return nil, fault.New("config.filter.syntax", "filter "+tree.String()+" is not valid", fault.Cause(err))
	}
	return tree, tree.conditions(func(c *clause) error {
		if wrong := i.schema.judge(c); wrong.code != "" {
			return filterFault(wrong.code, text, wrong.at, wrong.what, wrong.hint)
		}
		a, _ := i.schema.of(c.attribute())
		value := unescape(c.value)
		if c.sign == "=" && c.value != "*" && (a.name == "objectClass" || a.name == "objectCategory" && identifier.MatchString(value)) &&
			!i.classes[strings.ToLower(value)] {
			return filterFault("config.filter.value", text, c.valueAt, "the schema of the directory has no class "+value, "look for the name in the schema, such as user or inetOrgPerson")
		}
		return nil
	})
}

// learn asks the schema for the attributes and classes of a filter.
func (i *interpreter) learn(ctx context.Context, tree *clause) error {
	// cn is in every schema: without it the account may not read the schema.
	attributes, classes := map[string]bool{"cn": true}, map[string]bool{}
	_ = tree.conditions(func(c *clause) error {
		name := strings.ToLower(c.attribute())
		if _, have := i.schema[name]; !have {
			attributes[name] = true
		}
		if value := unescape(c.value); identifier.MatchString(value) {
			classes[strings.ToLower(value)] = true
		}
		return nil
	})
	either := func(values map[string]bool, name, oid string) string {
		var b strings.Builder
		for v := range values {
			attribute := name
			if v[0] >= '0' && v[0] <= '9' {
				attribute = oid
			}
			b.WriteString("(" + attribute + "=" + ldap.EscapeFilter(v) + ")")
		}
		return "(|" + b.String() + ")"
	}
	filter := "(&(objectClass=attributeSchema)" + either(attributes, "lDAPDisplayName", "attributeID") + ")"
	if len(classes) > 0 {
		filter = "(|" + filter + "(&(objectClass=classSchema)" + either(classes, "lDAPDisplayName", "governsID") + "))"
	}
	k := i.c.first
	_, err := k.search(ctx, query{
		what: "the search of the schema", base: k.root.schema, scope: ldap.ScopeSingleLevel, filter: filter,
		attributes: []string{"lDAPDisplayName", "attributeID", "attributeSyntax", "systemFlags", "governsID"},
	}, func() func(*ldap.Entry) error {
		return func(e *ldap.Entry) error {
			name := value(e, "lDAPDisplayName")
			if class := value(e, "governsID"); class != "" {
				i.classes[strings.ToLower(name)], i.classes[class] = true, true
				return nil
			}
			a := definition{name: name, oid: value(e, "attributeID"), syntax: syntax(value(e, "attributeSyntax"))}
			flags, _ := strconv.ParseInt(value(e, "systemFlags"), 10, 64)
			a.constructed = flags&constructedFlag != 0
			i.schema[strings.ToLower(a.name)], i.schema[a.oid] = a, a
			return nil
		}
	})
	if err != nil {
		return err
	}
	if cn, ok := i.schema["cn"]; !ok || cn.syntax == "" {
		return fault.New("directory.rights", "the account "+i.c.o.User+" may not read the schema of the directory, by which filters are checked",
			fault.Hint("give it the right to read the configuration of the forest, which every account of the forest has by default"))
	}
	return nil
}

const constructedFlag = 4 // FLAG_ATTR_IS_CONSTRUCTED of an attribute's systemFlags

// object is what a filter names.
type object struct {
	guid   identity.GUID
	sid    string
	dn     string // of now
	domain identity.Domain
	group  bool
}

// find looks an object up by its DN or, where it is known, by what the DN stood
// for when it was first read, wherever in the forest that is now.
func (i *interpreter) find(ctx context.Context, dn string) (object, error) {
	key := dnKey(dn)
	if o, ok := i.objects[key]; ok {
		return o, nil
	}
	base, guid := dn, i.known[key]
	everywhere := guid != "" || byID.MatchString(dn)
	if guid != "" {
		base = "<GUID=" + string(guid) + ">"
	}
	for n, d := range i.nearest(dn) {
		if !everywhere && (n > 0 || !UnderBase(dn, d.DN)) {
			break
		}
		k, err := i.c.of(ctx, d)
		if err != nil {
			return object{}, err
		}
		e, err := k.object(ctx, query{what: "the read of " + dn, base: base, attributes: []string{"objectGUID", "objectSid", "objectClass"}})
		if err != nil && !fault.Is(err, "directory.base") {
			return object{}, err
		}
		if err != nil || e == nil {
			continue
		}
		o := object{sid: sidOf(e), dn: e.DN, domain: i.nearest(e.DN)[0]}
		if o.guid, err = guidOf(e); err != nil {
			return object{}, k.unreadable(dn)
		}
		for _, class := range e.GetEqualFoldAttributeValues("objectClass") {
			o.group = o.group || strings.EqualFold(class, "group")
		}
		i.objects[key] = o
		return o, nil
	}
	return object{}, fault.New(filterMissing, "the filter names "+dn+", which is not there",
		fault.Hint("name another object, or what has its name now, with: adsync scope filter set"))
}

// nearest lists the domains, the one in which a DN stands first.
func (i *interpreter) nearest(dn string) []identity.Domain {
	best := 0
	for n, d := range i.domains {
		if UnderBase(dn, d.DN) && (!UnderBase(dn, i.domains[best].DN) || UnderBase(d.DN, i.domains[best].DN)) {
			best = n
		}
	}
	list := []identity.Domain{i.domains[best]}
	list = append(list, i.domains[:best]...)
	return append(list, i.domains[best+1:]...)
}
