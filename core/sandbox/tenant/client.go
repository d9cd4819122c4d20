package tenant

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Kind is whom a credential belongs to.
type Kind string

// The kinds.
const (
	KindTenant       Kind = "tenant"
	KindPartner      Kind = "partner"
	KindOrganization Kind = "organization"
)

// Role is what a credential may do.
type Role string

// The roles. Whether Directory Sync may use the directory routes is not known:
// here it may not.
const (
	RoleSuperAdmin    Role = "superAdmin"
	RoleManagement    Role = "management"
	RoleReadOnly      Role = "readOnly"
	RoleForensics     Role = "forensics"
	RoleDirectorySync Role = "directorySync"
	RoleFirewall      Role = "firewall"
)

// Client is an API credential.
type Client struct {
	ID, Secret string
	Kind       Kind   // "": tenant
	AccountID  string // id of the partner or organization, "": random
	Role       Role   // "": Super Admin
	// Expires is when the secret stops being taken, zero for never.
	Expires time.Time
	// Blocked says that it is used from where Sophos serves nobody.
	Blocked bool
}

// AddClient adds a credential or replaces the one of that id.
func (t *Tenant) AddClient(c Client) {
	c.Kind, c.Role = cmp.Or(c.Kind, KindTenant), cmp.Or(c.Role, RoleSuperAdmin)
	if c.Kind == KindTenant {
		c.AccountID = t.o.TenantID
	}
	c.AccountID = cmp.Or(c.AccountID, uuid.NewString())
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clients[c.ID] = &c
}

// RefuseSecrets makes every secret wrong, or right again.
func (t *Tenant) RefuseSecrets(refuse bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refuse = refuse
}

// RevokeTokens makes every token given out so far worthless.
func (t *Tenant) RevokeTokens() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.tokens)
}

// grant is a token given out.
type grant struct {
	client  string
	expires time.Time
}

const (
	mediaForm = "application/x-www-form-urlencoded"
	mediaJSON = "application/json"
)

// identityAnswer is how the identity host speaks, in success and failure.
type identityAnswer struct {
	AccessToken  string `json:"access_token,omitempty"`
	ErrorCode    string `json:"errorCode"`
	ExpiresIn    int    `json:"expires_in,omitempty"`
	Message      string `json:"message"`
	RefreshToken string `json:"refresh_token,omitempty"`
	TokenType    string `json:"token_type,omitempty"`
	TrackingID   string `json:"trackingId"`
}

func denied(status int, code, message string) reply {
	return accepted(status, identityAnswer{ErrorCode: code, Message: message, TrackingID: uuid.NewString()})
}

// token answers the identity host's one route. Whatever is not exactly the
// client credentials grant with its four fields in the form is refused.
func (t *Tenant) token(e *exchange) reply {
	form, err := url.ParseQuery(string(e.raw))
	switch {
	case err != nil, e.media() != mediaForm, e.r.URL.RawQuery != "", e.r.Header.Get("Authorization") != "":
		return denied(http.StatusBadRequest, "oauth.invalid_request", "Bad Request")
	}
	want := []string{"client_id", "client_secret", "grant_type", "scope"}
	if len(form) != len(want) || slices.ContainsFunc(want, func(name string) bool { return len(form[name]) != 1 || form.Get(name) == "" }) {
		return denied(http.StatusBadRequest, "oauth.invalid_request", "Bad Request")
	}
	if form.Get("grant_type") != "client_credentials" {
		return denied(http.StatusBadRequest, "oauth.unsupported_grant_type", "Bad Request")
	}
	if form.Get("scope") != "token" {
		return denied(http.StatusBadRequest, "oauth.invalid_scope", "Bad Request")
	}
	c := t.clients[form.Get("client_id")]
	if c == nil {
		return denied(http.StatusUnauthorized, "oauth.client_app_does_not_exist", "Unauthorized")
	}
	if a, ok := t.take(c.ID, e.at); !ok {
		a.body = identityAnswer{ErrorCode: "oauth.too_many_requests", Message: a.message, TrackingID: uuid.NewString()}
		return a
	}
	if t.refuse || form.Get("client_secret") != c.Secret {
		return denied(http.StatusUnauthorized, "oauth.invalid_client_secret", "Unauthorized")
	}
	// How these two are said is a guess: nobody has shown such an answer.
	if !c.Expires.IsZero() && !e.at.Before(c.Expires) {
		return denied(http.StatusUnauthorized, "oauth.client_secret_expired", "Unauthorized")
	}
	if c.Blocked {
		return denied(http.StatusForbidden, "oauth.region_blocked", "Forbidden")
	}
	token := uuid.NewString() + uuid.NewString()
	t.tokens[token] = grant{client: c.ID, expires: e.at.Add(t.o.TokenLife)}
	return accepted(http.StatusOK, identityAnswer{
		AccessToken: token, ErrorCode: "success", ExpiresIn: int(t.o.TokenLife / time.Second), Message: "OK",
		RefreshToken: uuid.NewString(), TokenType: "bearer", TrackingID: uuid.NewString(),
	})
}

// authenticate finds out who calls.
func (t *Tenant) authenticate(e *exchange) (reply, bool) {
	token, ok := strings.CutPrefix(e.r.Header.Get("Authorization"), "Bearer ")
	g, known := t.tokens[token]
	if !ok || !known || !e.at.Before(g.expires) {
		return refusal(http.StatusUnauthorized, "no valid token"), false
	}
	if e.client = t.clients[g.client]; e.client == nil {
		return refusal(http.StatusUnauthorized, "no such credential"), false
	}
	return reply{}, true
}

// authorise compares what the call is about with what its credential is for.
func (t *Tenant) authorise(e *exchange) (reply, bool) {
	forbidden := refusal(http.StatusForbidden, "not allowed")
	if e.route.scope == "" {
		return reply{}, true
	}
	account := e.r.Header.Get(e.route.scope)
	if account == "" {
		return refusal(http.StatusUnauthorized, "%s is missing", e.route.scope), false
	}
	sent := 0
	for _, name := range []string{headerTenant, headerPartner, headerOrganization} {
		sent += len(e.r.Header.Values(name))
	}
	if sent != 1 {
		return forbidden, false // one account at a time
	}
	switch e.route.scope {
	case headerPartner:
		return forbidden, e.client.Kind == KindPartner && strings.EqualFold(account, e.client.AccountID)
	case headerOrganization:
		return forbidden, e.client.Kind == KindOrganization && strings.EqualFold(account, e.client.AccountID)
	}
	return forbidden, strings.EqualFold(account, t.o.TenantID) && e.client.Role.may(e.r.Method)
}

func (r Role) may(method string) bool {
	switch r {
	case RoleSuperAdmin, RoleManagement:
		return true
	case RoleReadOnly:
		return method == http.MethodGet
	case RoleForensics, RoleDirectorySync, RoleFirewall:
		return false
	}
	return false
}
