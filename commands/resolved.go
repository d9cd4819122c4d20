package commands

import (
	"context"
	"maps"
	"slices"

	"adsync/core/config"
	"adsync/core/identity"
)

// keyNamed is where the profile's state keeps what the configuration names.
const keyNamed = "named"

// named are the objectGUIDs that bases and the objects of filters were found to
// have, by DN as the configuration writes it. What a DN stood for at first is what
// it stands for until it is said again: a group that was renamed is followed, and
// one that took its name later is another.
func (s *session) named(ctx context.Context) (map[string]identity.GUID, error) {
	p, err := s.open()
	if err != nil {
		return nil, err
	}
	known := map[string]identity.GUID{}
	_, err = p.Get(ctx, keyNamed, &known)
	return known, err
}

// renew remembers what DNs stand for now, whatever they stood for before.
func (s *session) renew(ctx context.Context, named []identity.Named) error {
	if len(named) == 0 {
		return nil
	}
	known, err := s.named(ctx)
	if err != nil {
		return err
	}
	for _, n := range named {
		known[n.DN] = n.GUID
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	return p.Set(ctx, keyNamed, known)
}

// rememberNamed keeps what a complete read found for the first time, and forgets
// what the configuration does not name any more.
func (s *session) rememberNamed(ctx context.Context, reads []identity.Read) error {
	before, err := s.named(ctx)
	if err != nil {
		return err
	}
	now := map[string]identity.GUID{}
	keep := func(dn string, guid identity.GUID) {
		if known, ok := before[dn]; ok {
			guid = known
		}
		if guid != "" {
			now[dn] = guid
		}
	}
	for _, read := range reads {
		keep(read.Base, read.BaseGUID)
		for _, n := range read.Named {
			keep(n.DN, n.GUID)
		}
	}
	if maps.Equal(before, now) {
		return nil
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	return p.Set(ctx, keyNamed, now)
}

// namedLine is an object that the scope names, as scope show prints it.
type namedLine struct {
	DN         string        `json:"dn"`
	ObjectGUID identity.GUID `json:"objectGuid"`
}

// namedLines lists what is remembered, and the bases whose objectGUID stands in
// config.json.
func namedLines(c config.Config, known map[string]identity.GUID) []namedLine {
	all := maps.Clone(known)
	for _, d := range c.Scope.Domains {
		for _, b := range slices.Concat(d.Users.Bases, d.Groups.Bases, d.Devices.Bases) {
			if b.ObjectGUID != "" {
				all[b.DN] = b.ObjectGUID
			}
		}
	}
	lines := []namedLine{}
	for _, dn := range slices.Sorted(maps.Keys(all)) {
		lines = append(lines, namedLine{DN: dn, ObjectGUID: all[dn]})
	}
	return lines
}
