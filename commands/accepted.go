package commands

import (
	"context"
	"encoding/json"
	"runtime"
	"slices"
	"strings"
	"time"

	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/identity"
	"adsync/core/policy"
)

// accepted is the configuration that a person has approved and a run applied.
type accepted struct {
	Digest   string                        `json:"digest"`   // of the deciding configuration
	Deciding json.RawMessage               `json:"deciding"` // the deciding configuration itself
	Domains  map[string]policy.DomainRules `json:"domains"`
	Tenant   string                        `json:"tenant"` // id of the tenant it was applied to
	Plan     string                        `json:"plan"`
	At       time.Time                     `json:"at"`
}

// accepted returns the accepted configuration, nil before the first.
func (s *session) accepted(ctx context.Context) (*accepted, error) {
	p, err := s.open()
	if err != nil {
		return nil, err
	}
	var a accepted
	ok, err := p.Get(ctx, keyAccepted, &a)
	if err != nil || !ok {
		return nil, err
	}
	return &a, nil
}

const keyAccepted = "accepted"

// other returns the accepted configuration where it differs from that of now and
// is known; then changes can be told by what causes them.
func (s *session) other(ctx context.Context, c config.Config) (*config.Config, error) {
	a, err := s.accepted(ctx)
	if err != nil || a == nil || a.Digest == digest(c.Deciding()) {
		return nil, err
	}
	before, err := config.Accepted(a.Deciding, runtime.GOOS)
	if err != nil {
		return nil, err
	}
	return &before, nil
}

// stricter returns the configuration of now with the limits, the policy and the
// approval of the accepted one where those are stricter.
func (s *session) stricter(ctx context.Context, c config.Config) (config.Config, error) {
	before, err := s.other(ctx, c)
	if err != nil || before == nil {
		return c, err
	}
	return c.Stricter(*before), nil
}

// accept makes a configuration the accepted one, by way of a plan for a tenant.
func (s *session) accept(ctx context.Context, c config.Config, planID, tenant string) error {
	p, err := s.open()
	if err != nil {
		return err
	}
	deciding := c.Deciding()
	return p.Set(ctx, keyAccepted, accepted{
		Digest: digest(deciding), Deciding: deciding, Domains: domainRules(c), Tenant: tenant, Plan: planID, At: s.env.Now().UTC(),
	})
}

// namedBy are the bases and the groups of filters of a configuration that are
// known by their objectGUID.
func namedBy(c *config.Config, known map[string]identity.GUID) []identity.GUID {
	var list []identity.GUID
	if c == nil {
		return list
	}
	add := func(guid identity.GUID) {
		if guid != "" {
			list = append(list, guid)
		}
	}
	for _, d := range c.Scope.Domains {
		for _, b := range slices.Concat(d.Users.Bases, d.Groups.Bases, d.Devices.Bases) {
			add(b.ObjectGUID)
			add(known[b.DN])
		}
		for _, filter := range []string{d.Users.Filter, d.Groups.Filter, d.Devices.Filter} {
			for _, group := range directory.MembershipClauses(filter).Groups() {
				add(known[group])
			}
		}
	}
	return list
}

// withoutGone returns the snapshot as it is for the accepted configuration: the
// read of a base or of a filter's group that was found deleted, or of a domain
// that has left the forest, counts as read with nothing in it where the
// configuration of now does not name it.
func withoutGone(r reading, now, before config.Config) identity.Snapshot {
	snapshot := r.snapshot
	snapshot.Reads = slices.Clone(snapshot.Reads)
	known := r.request.Known
	deleted := func(guid identity.GUID) bool {
		presence := r.where[guid].Presence
		return guid != "" && (presence == identity.Deleted || presence == identity.Nowhere && snapshot.DeletedReadable)
	}
	for i := range snapshot.Reads {
		read := &snapshot.Reads[i]
		gone := false
		switch {
		case read.Complete:
		case read.Code == policy.FilterMissing:
			clause := directory.MembershipClauses(read.Filter)
			gone = policy.Nothing(clause, func(group string) bool { return deleted(known[group]) && !namesGroup(now, group) })
			// What they stood for stays known as long as somebody names them.
			for _, group := range clause.Groups() {
				if gone && known[group] != "" {
					read.Named = append(read.Named, identity.Named{DN: group, GUID: known[group]})
				}
			}
		case names(now, *read):
		case read.Code == "directory.domain.unknown":
			gone = true
		case read.Code == policy.BaseMissing:
			guid := baseGUID(before, *read)
			if guid == "" {
				guid = known[read.Base]
			}
			if gone = deleted(guid); gone && read.BaseGUID == "" {
				read.BaseGUID = guid
			}
		}
		if gone {
			read.Complete, read.Code = true, policy.BaseGone
			read.Reason = "it does not exist any more, and only the accepted configuration names it"
		}
	}
	return snapshot
}

// namesGroup says whether a filter of a configuration names a group.
func namesGroup(c config.Config, group string) bool {
	return slices.ContainsFunc(c.Scope.Domains, func(d config.Domain) bool {
		return d.Include && slices.ContainsFunc([]string{d.Users.Filter, d.Groups.Filter, d.Devices.Filter}, func(filter string) bool {
			return slices.Contains(directory.MembershipClauses(filter).Groups(), group)
		})
	})
}

// names says whether a configuration names the base of a read, or its domain
// where that is the base.
func names(c config.Config, read identity.Read) bool {
	for _, d := range c.Scope.Domains {
		if !d.Include || !strings.EqualFold(d.Name, read.Domain) {
			continue
		}
		bases := basesFor(d, read.Kind)
		if len(bases) == 0 || read.Code == "directory.domain.unknown" {
			return true
		}
		if slices.ContainsFunc(bases, func(b config.Base) bool { return b.DN == read.Base }) {
			return true
		}
	}
	return false
}

func baseGUID(c config.Config, read identity.Read) identity.GUID {
	for _, d := range c.Scope.Domains {
		if !strings.EqualFold(d.Name, read.Domain) {
			continue
		}
		for _, b := range basesFor(d, read.Kind) {
			if b.DN == read.Base {
				return b.ObjectGUID
			}
		}
	}
	return ""
}

func basesFor(d config.Domain, kind string) []config.Base {
	switch kind {
	case identity.ReadGroups:
		return d.Groups.Bases
	case identity.ReadDevices:
		return d.Devices.Bases
	default:
		return d.Users.Bases
	}
}
