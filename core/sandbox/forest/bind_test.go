package forest_test

import (
	"crypto/tls"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"adsync/core/sandbox/forest"
)

func TestBinds(t *testing.T) {
	s := open(t, nil)
	c := s.as(t, forest.Reader)
	anna := entry(t, c, "(sAMAccountName=anna.smith)", "objectSid")
	sid := string(anna.GetRawAttributeValue("objectSid"))
	for name, tc := range map[string]struct {
		why            string
		user, password string
		code           uint16
		data           string // what the refusal names
	}{
		"UPN":            {"The usual form.", "anna.smith@corp.example", password, 0, ""},
		"NetBIOS":        {"The form before that.", `CORP\anna.smith`, password, 0, ""},
		"DNS":            {"The same with the domain's DNS name.", `corp.example\ANNA.SMITH`, password, 0, ""},
		"DN":             {"The form of LDAP.", anna.DN, password, 0, ""},
		"Canonical":      {"The form of the consoles.", "corp.example/Staff/Management/Anna Smith", password, 0, ""},
		"DisplayName":    {"A display name that only one has.", "Anna Smith", password, 0, ""},
		"SID":            {"A SID.", forest.SIDText(sid), password, 0, ""},
		"Bare":           {"A bare account name is not a form.", "anna.smith", password, 49, "52e"},
		"Wrong":          {"A wrong password.", "anna.smith@corp.example", "wrong", 49, "52e"},
		"Nobody":         {"An unknown account looks the same.", "nobody@corp.example", password, 49, "52e"},
		"Disabled":       {"A disabled account, with the right password.", "gerd.altmann@corp.example", password, 49, "533"},
		"DisabledWrong":  {"With a wrong one its state is not told.", "gerd.altmann@corp.example", "wrong", 49, "52e"},
		"Expired":        {"An expired account.", "aidan.burke@corp.example", password, 49, "701"},
		"ExpiresLater":   {"One that will expire.", "beatriz.pinto@corp.example", password, 0, ""},
		"MustChange":     {"A password to be changed first.", "nora.newman@corp.example", password, 49, "773"},
		"Locked":         {"A locked account.", "otto.locke@corp.example", password, 49, "775"},
		"LockedWrong":    {"Which is told without the right password too.", "otto.locke@corp.example", "wrong", 49, "775"},
		"Group":          {"A group cannot sign in.", "CN=Sales,OU=Groups," + forest.BaseDN, password, 49, "52e"},
		"Umlaut":         {"Names beyond ASCII.", "corp.example/Staff/Engineering/Ivy Müller", password, 0, ""},
		"TrustAccount":   {"An account without a password of ours.", `CORP\PARTNER$`, password, 49, "52e"},
		"EscapedDN":      {"A DN with a comma in a value.", `CN=Weber\, Julia,OU=Sales,OU=Staff,` + forest.BaseDN, password, 0, ""},
		"NoSuchDN":       {"A DN of nothing.", "CN=None," + forest.BaseDN, password, 49, "52e"},
		"AnotherDomains": {"An account of another domain.", "anna.smith@other.test", password, 49, "52e"},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.secure(t).Bind(tc.user, tc.password)
			if tc.code == 0 {
				if err != nil {
					t.Errorf("%s\n%v", tc.why, err)
				}
				return
			}
			want := "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data " + tc.data + ", v1db1"
			if !ldap.IsErrorWithCode(err, tc.code) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s\n%v", tc.why, err)
			}
		})
	}
}

func TestPlainBindIsRefused(t *testing.T) {
	s := open(t, nil)
	plain := s.dial(t, "ldap://"+s.server.LDAP)
	if err := plain.Bind("anna.smith@corp.example", password); !ldap.IsErrorWithCode(err, ldap.LDAPResultStrongAuthRequired) {
		t.Errorf("a plain bind: %v", err)
	}
	if err := plain.StartTLS(s.tls); err != nil {
		t.Fatal(err)
	}
	if err := plain.Bind("anna.smith@corp.example", password); err != nil {
		t.Errorf("the same after StartTLS: %v", err)
	}
	if err := plain.StartTLS(s.tls); err == nil {
		t.Error("a second StartTLS was accepted")
	}
	allowed := open(t, func(o *forest.Options) { o.PlainBinds = true })
	if err := allowed.dial(t, "ldap://"+allowed.server.LDAP).Bind("anna.smith@corp.example", password); err != nil {
		t.Errorf("where it is allowed: %v", err)
	}
}

func TestCertificateIsChecked(t *testing.T) {
	s := open(t, nil)
	for why, config := range map[string]*tls.Config{
		"An authority that nobody knows.":   {ServerName: forest.Host, MinVersion: tls.VersionTLS12},
		"A name that is not in it.":         {RootCAs: s.tls.RootCAs, ServerName: "dc2.corp.example", MinVersion: tls.VersionTLS12},
		"A version that is not spoken more": {RootCAs: s.tls.RootCAs, ServerName: forest.Host, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
	} {
		if c, err := ldap.DialURL("ldaps://"+s.server.LDAPS, ldap.DialWithTLSConfig(config)); err == nil {
			_ = c.Close()
			t.Errorf("%s: connected", why)
		}
	}
}

func TestAnonymous(t *testing.T) {
	s := open(t, nil)
	c := s.secure(t)
	if err := c.UnauthenticatedBind(""); err != nil {
		t.Fatal(err)
	}
	r, err := c.Search(ask("", ldap.ScopeBaseObject, "(objectClass=*)", "defaultNamingContext"))
	if err != nil || len(r.Entries) != 1 || r.Entries[0].GetAttributeValue("defaultNamingContext") != forest.BaseDN {
		t.Errorf("rootDSE: %v, %v", r, err)
	}
	_, err = c.Search(ask(forest.BaseDN, ldap.ScopeWholeSubtree, "(cn=*)"))
	if !ldap.IsErrorWithCode(err, ldap.LDAPResultOperationsError) || !strings.Contains(err.Error(), "000004DC") {
		t.Errorf("a search: %v", err)
	}
}

func TestRefusedBindEndsTheOldOne(t *testing.T) {
	c := open(t, nil).as(t, forest.Reader)
	if err := c.Bind("anna.smith@corp.example", "wrong"); err == nil {
		t.Fatal("signed in with a wrong password")
	}
	if _, err := c.Search(ask(forest.BaseDN, ldap.ScopeBaseObject, "(objectClass=*)")); !ldap.IsErrorWithCode(err, ldap.LDAPResultOperationsError) {
		t.Errorf("a search after a refused bind: %v", err)
	}
}

func TestWhoAmI(t *testing.T) {
	s := open(t, nil)
	c := s.as(t, "anna.smith")
	if r, err := c.WhoAmI(nil); err != nil || r.AuthzID != `u:CORP\anna.smith` {
		t.Errorf("%v, %v", r, err)
	}
	if r, err := s.secure(t).WhoAmI(nil); err != nil || r.AuthzID != "" {
		t.Errorf("anonymous: %v, %v", r, err)
	}
	if err := c.NTLMBind("CORP", "anna.smith", password); !ldap.IsErrorWithCode(err, ldap.LDAPResultAuthMethodNotSupported) {
		t.Errorf("NTLM: %v", err)
	}
	if err := c.ExternalBind(); !ldap.IsErrorWithCode(err, ldap.LDAPResultAuthMethodNotSupported) {
		t.Errorf("SASL: %v", err)
	}
	if _, err := c.PasswordModify(ldap.NewPasswordModifyRequest("", "a", "b")); !ldap.IsErrorWithCode(err, ldap.LDAPResultProtocolError) {
		t.Errorf("an operation that there is not: %v", err)
	}
	if err := c.Del(ldap.NewDelRequest("CN=Sales,OU=Groups,"+forest.BaseDN, nil)); !ldap.IsErrorWithCode(err, ldap.LDAPResultUnwillingToPerform) {
		t.Errorf("a write: %v", err)
	}
}
