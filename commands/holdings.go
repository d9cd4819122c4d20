package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// centralReader is what planning may do with Sophos Central: it has no writes.
type centralReader interface {
	Connect(ctx context.Context) (identity.Tenant, error)
	TryDirectory(ctx context.Context) (identity.Tenant, error)
	Tenant() identity.Tenant
	Users(ctx context.Context) ([]identity.CentralUser, error)
	Groups(ctx context.Context) ([]identity.CentralGroup, error)
	Members(ctx context.Context, groupID string) ([]string, error)
	Memberships(ctx context.Context, userID string) ([]string, error)
	UsersByID(ctx context.Context, ids []string) (map[string]identity.CentralUser, error)
	GroupsByID(ctx context.Context, ids []string) (map[string]identity.CentralGroup, error)
	deviceReader
}

// readCentral fills in what Central holds. Held are the groups whose members were
// taken from the last reading, with the time of that.
func (s *session) readCentral(ctx context.Context, client centralReader, c config.Config, in *plan.Input) (tenant identity.Tenant, held map[string]time.Time, err error) {
	if tenant, err = connect(ctx, client, c); err != nil {
		return tenant, nil, err
	}
	if err := s.sameTenant(ctx, tenant, len(in.Links) > 0); err != nil {
		return tenant, nil, err
	}
	if in.Users, err = client.Users(ctx); err != nil {
		return tenant, nil, err
	}
	if in.Groups, err = client.Groups(ctx); err != nil {
		return tenant, nil, err
	}
	tenant = client.Tenant() // the lists have told its name
	ours := map[string]identity.Link{}
	for _, l := range in.Links {
		ours[l.CentralID] = l
	}
	if held, err = s.members(ctx, client, in, ours); err != nil {
		return tenant, nil, err
	}
	if in.Gone, err = gone(ctx, client, in, ours); err == nil && in.Devices {
		err = readDevices(ctx, client, in)
	}
	return tenant, held, err
}

// gone asks by their ids for the linked objects that the lists do not hold.
func gone(ctx context.Context, client centralReader, in *plan.Input, ours map[string]identity.Link) (map[string]bool, error) {
	listed := map[string]bool{}
	for _, u := range in.Users {
		listed[u.ID] = true
	}
	for _, g := range in.Groups {
		listed[g.ID] = true
	}
	var users, groups []string
	for id, l := range ours {
		switch {
		case listed[id]:
		case l.Kind == identity.KindUser:
			users = append(users, id)
		case l.Kind == identity.KindGroup:
			groups = append(groups, id)
		}
	}
	slices.Sort(users)
	slices.Sort(groups)
	result := map[string]bool{}
	if len(users) > 0 {
		found, err := client.UsersByID(ctx, users)
		if err != nil {
			return nil, err
		}
		missing(result, users, found)
	}
	if len(groups) > 0 {
		found, err := client.GroupsByID(ctx, groups)
		if err != nil {
			return nil, err
		}
		missing(result, groups, found)
	}
	return result, nil
}

const keyTenant = "tenant"

// sameTenant refuses to go on with another tenant than the ledger's: there, all
// that it names would look as if somebody had deleted it.
func (s *session) sameTenant(ctx context.Context, t identity.Tenant, holds bool) error {
	p, err := s.open()
	if err != nil {
		return err
	}
	var known string
	if _, err := p.Get(ctx, keyTenant, &known); err != nil {
		return err
	}
	if strings.EqualFold(known, t.ID) {
		return nil
	}
	if holds && known != "" {
		return fault.New("config.central.otherTenant",
			fmt.Sprintf("the credential belongs to the tenant %s, the ledger of this profile to %s", t.ID, known),
			fault.Hint("use a profile of its own for each tenant (--profile NAME)"))
	}
	return p.Set(ctx, keyTenant, t.ID)
}

// owners are the Central ids that other profiles of this machine own.
func (s *session) owners(ctx context.Context, t identity.Tenant) (map[string]string, error) {
	shared, err := s.openShared()
	if err != nil {
		return nil, err
	}
	all, err := shared.Owners(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	for id, profile := range all {
		if profile == s.name {
			delete(all, id)
		}
	}
	return all, nil
}
