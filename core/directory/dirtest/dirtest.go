// Package dirtest holds the cases that the reader of package directory has to
// pass against every directory: the real domain controller and the one of the
// sandbox answer alike, or one of them is wrong.
package dirtest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"adsync/core/directory"
	"adsync/core/identity"
)

// Target is a directory to read.
type Target struct {
	Domain, NetBIOS, Base string
	Host                  string // DNS name of the controller, for Kerberos
	// Options log on with every right; Plain as somebody who may read what
	// everybody may: not the deleted objects.
	Options, Plain directory.Options
	// Powerful says that Options log on as an administrator, who can do more
	// than a reader should.
	Powerful bool
	Change   Changer
}

// Changer writes to the directory.
type Changer interface {
	Add(t *testing.T, dn string, attributes map[string][]string)
	Set(t *testing.T, dn, attribute string, values ...string)
	AddValues(t *testing.T, dn, attribute string, values ...string)
	RemoveValues(t *testing.T, dn, attribute string, values ...string)
	Move(t *testing.T, dn, rdn, parent string) string
	Delete(t *testing.T, dn string)
}

// Run makes a small company below an OU of its own and reads it in all ways.
func Run(t *testing.T, target Target) {
	t.Helper()
	s := &suite{Target: target}
	s.build(t)
	t.Run("Domains", s.domains)
	t.Run("Validate", s.validate)
	t.Run("WholeDomain", s.wholeDomain)
	t.Run("Values", s.values)
	t.Run("Groups", s.groupsRead)
	t.Run("Filters", s.filters)
	t.Run("MemberOf", s.memberOf)
	t.Run("CheckFilter", s.checkFilter)
	t.Run("Bases", s.bases)
	t.Run("Overlap", s.overlap)
	t.Run("GroupSearch", s.groupSearch)
	t.Run("Devices", s.devices)
	t.Run("Records", s.records)
	t.Run("PageSizes", s.pageSizes)
	t.Run("Find", s.find)
	t.Run("FindGroups", s.findGroups)
	t.Run("Incomplete", s.incomplete)
	t.Run("PlainAccount", s.plainAccount)
	t.Run("Cancelled", s.cancelled)
	if s.Options.Password != nil {
		t.Run("WrongPassword", s.wrongPassword)
	}
	// These change the company, and come last.
	t.Run("Kinds", s.kinds)
	t.Run("SystemAccounts", s.systemAccounts)
	t.Run("Foreign", s.foreign)
	t.Run("RenamedBase", s.renamedBase)
	t.Run("DeviceBase", s.deviceBase)
	t.Run("RenamedMember", s.renamedMember)
	t.Run("FilterGroup", s.filterGroup)
	t.Run("Lookup", s.lookup)
	t.Run("FindDeleted", s.findDeleted)
}

type suite struct {
	Target
	ou string // where the company stands
}

func (s *suite) dial(t *testing.T, change func(*directory.Options)) *directory.Client {
	t.Helper()
	o := s.Options
	if change != nil {
		change(&o)
	}
	c, err := directory.Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// read reads one scope of the domain, as it should be read: completely.
func (s *suite) read(t *testing.T, scope directory.Scope, attributes ...string) identity.Snapshot {
	t.Helper()
	snapshot := s.readAny(t, scope, attributes...)
	for _, r := range snapshot.Reads {
		if !r.Complete {
			t.Errorf("read is not complete: %+v", r)
		}
	}
	return snapshot
}

func (s *suite) readAny(t *testing.T, scope directory.Scope, attributes ...string) identity.Snapshot {
	t.Helper()
	if scope.Domain == "" {
		scope.Domain = s.Domain
	}
	if scope.Users == nil {
		scope.Users = []directory.Search{{}}
	}
	if scope.Groups == nil {
		scope.Groups = []directory.Search{{}}
	}
	snapshot, err := s.dial(t, nil).Read(t.Context(), directory.Request{Scopes: []directory.Scope{scope}, Attributes: attributes})
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

// below is a search of the company alone.
func (s *suite) below(filter string) directory.Scope {
	return directory.Scope{Users: []directory.Search{{Bases: []directory.Base{{DN: s.ou}}, Filter: filter}}}
}

func accounts(snapshot identity.Snapshot) map[string]identity.Person {
	people := map[string]identity.Person{}
	for p := range snapshot.People.All() {
		people[p.Account] = p
	}
	return people
}

func groups(snapshot identity.Snapshot) map[string]identity.Group {
	list := map[string]identity.Group{}
	for _, g := range snapshot.Groups {
		list[g.Account] = g
	}
	return list
}

// cancelled: a person who presses Ctrl+C is not asked to wait.
func (s *suite) cancelled(t *testing.T) {
	c := s.dial(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Read(ctx, directory.Request{Scopes: []directory.Scope{{Domain: s.Domain, Users: []directory.Search{{}}}}}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func (s *suite) company(account string) bool { return strings.HasPrefix(account, "dt-") }
