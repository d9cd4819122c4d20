package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/identity"
	"adsync/core/policy"
)

// TestMoved: each base and each object of a filter that stands elsewhere now is
// warned of once, however many searches name it.
func TestMoved(t *testing.T) {
	group, other := "CN=Sync,"+dcs, "CN=Boss,"+dcs
	reads := []identity.Read{
		{Base: staff, BaseGUID: "1", Standing: "OU=Personnel," + dcs, Kind: identity.ReadUsers, Named: []identity.Named{{DN: group, GUID: "2", Standing: "CN=Central," + dcs}}},
		{Base: staff, BaseGUID: "1", Standing: "OU=Personnel," + dcs, Kind: identity.ReadGroups},
		{Base: sales, BaseGUID: "3", Kind: identity.ReadUsers, Named: []identity.Named{{DN: group, GUID: "2", Standing: "CN=Central," + dcs}, {DN: other, GUID: "4"}}},
	}
	want := []identity.Warning{
		{Code: "base.moved", ObjectGUID: "1", Name: staff, Text: "it is OU=Personnel," + dcs + " now, and is followed"},
		{Code: "filter.moved", ObjectGUID: "2", Name: group, Text: "it is CN=Central," + dcs + " now, and is followed"},
	}
	if d := cmp.Diff(want, policy.Moved(reads)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
