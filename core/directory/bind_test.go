package directory_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"adsync/core/directory"
	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

func TestBindRefused(t *testing.T) {
	const answer = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data %s, v1db1"
	codes := map[string]string{
		"52e": ".password", "525": ".unknown", "530": ".hours", "531": ".workstation", "532": ".passwordExpired", "533": ".disabled",
		"701": ".expired", "773": ".mustChange", "775": ".locked", "80090346": ".channelBinding",
	}
	for data, want := range map[string]string{
		"52e": "wrong name or password", "525": "no such account", "530": "at this time", "531": "from this machine",
		"532": "password has expired", "533": "disabled", "701": "account has expired", "773": "must be changed", "775": "locked",
		"80090346": "channel binding",
		"1f":       "refused name or password",
	} {
		t.Run(data, func(t *testing.T) {
			f := serve(t, &fake{bind: func(string, string) (int, string) {
				return ldap.LDAPResultInvalidCredentials, fmt.Sprintf(answer, data)
			}})
			var log bytes.Buffer
			o := f.options()
			o.Servers, o.Log = []string{fakeHost, fakeHost}, logTo(&log)
			_, err := directory.Dial(t.Context(), o)
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || e.Code != "directory.bind.refused"+codes[data] || !strings.Contains(e.Message, want) || e.Hint == "" {
				t.Errorf("%+v, want %q", err, want)
			}
			if f.logons() != 1 {
				t.Errorf("the password was sent %d times: that locks accounts", f.logons())
			}
			if strings.Contains(log.String()+fmt.Sprintf("%+v", err), "hunter2") {
				t.Error("the password is shown")
			}
		})
	}
	t.Run("StrongAuth", func(t *testing.T) {
		f := serve(t, &fake{bind: func(string, string) (int, string) { return ldap.LDAPResultStrongAuthRequired, "00002028" }})
		if _, err := directory.Dial(t.Context(), f.options()); fault.Code(err) != "directory.strongAuthRequired" {
			t.Errorf("error %q (%v)", fault.Code(err), err)
		}
	})
	t.Run("Empty", func(t *testing.T) {
		f := serve(t, &fake{})
		o := f.options()
		o.Password = func() string { return "" }
		if _, err := directory.Dial(t.Context(), o); fault.Code(err) != "directory.bind.missing" || f.logons() != 0 {
			t.Errorf("error %q (%v), %d binds: an empty password would be an anonymous logon", fault.Code(err), err, f.logons())
		}
	})
}
