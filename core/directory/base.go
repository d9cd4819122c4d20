package directory

import (
	"context"
	"strings"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
)

// CheckBase finds the objectGUID by which a base is to be remembered, and its
// name as the directory has it.
func (c *Client) CheckBase(ctx context.Context, domain, dn string) (identity.Named, error) {
	domains, err := c.Domains(ctx)
	if err != nil {
		return identity.Named{}, err
	}
	o, err := newInterpreter(c, domains, nil).find(ctx, dn)
	switch {
	case fault.Is(err, filterMissing):
		return identity.Named{}, fault.New("config.base.missing", "the base "+dn+" is not there",
			fault.Hint("look for the name as the directory has it: in Active Directory Users and Computers, attribute distinguishedName"))
	case err != nil:
		return identity.Named{}, err
	case !strings.EqualFold(o.domain.Name, domain):
		return identity.Named{}, fault.New("config.base.outside", "the base "+o.dn+" stands in the domain "+o.domain.Name+", not in "+domain)
	}
	return identity.Named{DN: o.dn, GUID: o.guid}, nil
}

// aim finds what a search is to be sent with, and says in its record what it
// names: the base where it stands now, and the filter with the names of now.
func (r *reader) aim(ctx context.Context, d identity.Domain, search Search, read *identity.Read) (base place, filter string, err error) {
	b := search.Bases[0]
	if base, err = r.locate(ctx, d, b); err != nil {
		return base, "", err
	}
	read.Standing, read.BaseGUID = b.standing(base.dn), base.guid
	sent, err := r.words.interpret(ctx, d, search)
	read.Named = sent.named
	return base, sent.filter, err
}

// head is what the head of a domain says about all of it.
type head struct {
	guid           identity.GUID
	lockout        time.Duration // how long an account stays locked
	lockoutEndless bool          // until an administrator unlocks it, or not known
}

// controlObject reads the head of the domain: an account that may not read even
// that gets empty answers without an error everywhere else.
func (r *reader) controlObject(ctx context.Context, d identity.Domain) error {
	e, err := r.c.object(ctx, query{what: "the read of " + d.DN, base: d.DN, attributes: []string{"objectGUID", "objectSid", "lockoutDuration"}})
	if err != nil {
		return err
	}
	if e != nil {
		if guid, err := guidOf(e); err == nil && sidOf(e) != "" {
			h := head{guid: guid}
			h.lockout, h.lockoutEndless = interval(value(e, "lockoutDuration"))
			r.heads[d.Name] = h
			return nil
		}
	}
	return r.c.unreadable(d.DN)
}

func (c *controller) unreadable(dn string) error {
	return fault.New("directory.rights", "the account "+c.o.User+" may not read "+dn,
		fault.Hint("give it the right to read the objects and all their properties"))
}

// place is where a base stands.
type place struct {
	dn   string
	guid identity.GUID
}

// locate finds a base and proves that it can be read: after a refused read a
// server may still return the bare entry, without its objectGUID.
func (r *reader) locate(ctx context.Context, d identity.Domain, b Base) (place, error) {
	base, known := b.DN, b.GUID
	if known == "" {
		known = r.words.known[dnKey(b.DN)]
	}
	if known != "" {
		guid, err := identity.ParseGUID(string(known))
		if err != nil {
			return place{}, fault.New("config.base.guid", "the objectGUID of the base "+b.DN+" is none", fault.Cause(err))
		}
		base = "<GUID=" + string(guid) + ">"
	}
	e, err := r.c.object(ctx, query{what: "the read of the base " + b.DN, base: base, attributes: []string{"objectGUID"}})
	if err != nil {
		return place{}, err
	}
	if e == nil {
		return place{}, fault.New("directory.base.missing", "the base "+b.DN+" is not there")
	}
	guid, err := guidOf(e)
	if err != nil {
		return place{}, r.c.unreadable(b.DN)
	}
	if !r.within(e.DN, d) {
		return place{}, fault.New("directory.base.outside", "the base "+b.DN+" stands outside the domain "+d.Name+", at "+e.DN)
	}
	if known != "" && !sameDN(e.DN, b.DN) {
		r.c.o.Log.InfoContext(ctx, "base was renamed or moved and is followed", "base", b.DN, "now", e.DN)
	}
	return place{e.DN, guid}, nil
}

// standing returns where a base was found, "" where that is its name as configured.
func (b Base) standing(found string) string {
	if sameDN(found, b.DN) {
		return ""
	}
	return found
}

// within reports whether dn stands in the domain itself and not in another
// naming context below it, such as the configuration or a child domain.
func (r *reader) within(dn string, d identity.Domain) bool {
	if !UnderBase(dn, d.DN) {
		return false
	}
	for _, other := range r.contexts {
		if !sameDN(other, d.DN) && UnderBase(other, d.DN) && UnderBase(dn, other) {
			return false
		}
	}
	return true
}

// deletedReadable reports whether the account may read the container of the
// domain's deleted objects, by its well-known GUID (MS-ADTS 6.1.1.4.2).
func (c *controller) deletedReadable(ctx context.Context, domainDN string) (bool, error) {
	e, err := c.object(ctx, query{
		what: "the read of the deleted objects", base: "<WKGUID=18E2EA80684F11D2B9AA00C04F79F805," + domainDN + ">",
		attributes: []string{"objectGUID"}, controls: []control{showDeleted},
	})
	if fault.Is(err, "directory.rights") {
		return false, nil
	}
	if err != nil || e == nil {
		return false, err
	}
	_, err = guidOf(e)
	return err == nil, nil
}
