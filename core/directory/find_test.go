package directory_test

import (
	"slices"
	"strings"
	"testing"

	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// TestFindUnreadable: of three who answer to a name, one shows nothing but its
// objectGUID and one not even that. The third is found all the same, in a domain
// that was asked.
func TestFindUnreadable(t *testing.T) {
	bare := ldap.NewEntry("CN=Shut,OU=Closed,"+fakeBase, map[string][]string{
		"objectGUID": {guidBytes(1, 2)}, "objectSid": {sidBytes(1002)}, "objectClass": {"top", "person", "user"},
	})
	mute := ldap.NewEntry("CN=Mute,OU=Closed,"+fakeBase, nil)
	whole := user(1)
	whole.Attributes = append(whole.Attributes, ldap.NewEntryAttribute("objectClass", []string{"top", "person", "user"}))
	f := serve(t, &fake{search: func(s *search) bool {
		switch {
		case strings.Contains(s.filter, "isDeleted"):
			s.all()
		case strings.Contains(s.filter, "displayName=ann"):
			s.all(whole, bare, mute)
		default:
			return false
		}
		return true
	}})
	got, err := f.dial(t, nil).Find(t.Context(), "ann", corp)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Asked) != 1 || len(got.Found) != 2 || len(got.NotRead) != 1 || !strings.Contains(got.NotRead[0], mute.DN) {
		t.Fatalf("asked %v, not asked %v, not read %v, found %+v", got.Asked, got.NotAsked, got.NotRead, got.Found)
	}
	at := slices.IndexFunc(got.Found, func(x identity.Found) bool { return x.DN == bare.DN })
	if at < 0 || !strings.Contains(got.Found[at].Unreadable, bare.DN) || got.Found[at].Person != nil {
		t.Errorf("found %+v", got.Found)
	}
	if other := got.Found[1-at]; other.Person == nil || other.Unreadable != "" || other.Account != "u0001" {
		t.Errorf("found %+v", other)
	}
}
