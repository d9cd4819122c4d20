package secret

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"adsync/core/fault"
)

// Purpose is what a secret is for. Each profile has at most one of each.
type Purpose string

// The purposes that people store secrets for, and the keys that the program
// makes itself.
const (
	Central     Purpose = "central"
	Directory   Purpose = "directory"
	Proxy       Purpose = "proxy"
	SMTP        Purpose = "smtp"
	Webhook     Purpose = "webhook"
	ApprovalKey Purpose = "approval-key"
	PolicyKey   Purpose = "policy-key"
	SealKey     Purpose = "seal-key"
)

// Purposes lists all purposes in the order of lists.
var Purposes = []Purpose{Central, Directory, Proxy, SMTP, Webhook, ApprovalKey, PolicyKey, SealKey}

// Secret is a secret with the user name that goes with it: a client ID, a bind
// account, a proxy user.
type Secret struct {
	Purpose Purpose
	User    string
	Value   Value
}

// The stores, as Entry.Store names them.
const (
	StoreCredentialManager = "credentialManager" //nolint:gosec // the name of a store, no credential
	StoreEnvironment       = "environment"
	StoreFile              = "file"
)

// Entry says what is stored, and where; it does not hold the secret.
type Entry struct {
	Purpose   Purpose    `json:"purpose"`
	User      string     `json:"user"`
	Store     string     `json:"store"`
	Where     string     `json:"where"`   // target, variable or file
	Account   string     `json:"account"` // whose store it is
	StoredAt  *time.Time `json:"storedAt"`
	ExpiresAt *time.Time `json:"expiresAt"`
}

// Keeper keeps the secrets of one profile for the account that runs.
type Keeper interface {
	// Get returns a secret, the fault credential.missing if there is none.
	Get(purpose Purpose) (Secret, error)
	// Set stores a secret in the place of the old one. When it expires is kept
	// where the store has room for it: Credential Manager has none, so there the
	// caller keeps it.
	Set(s Secret, expires *time.Time) error
	// Remove takes a secret out, the fault credential.missing if there is none.
	Remove(purpose Purpose) error
	// List returns what is stored, in the order of Purposes.
	List() ([]Entry, error)
}

// The limits are those of Credential Manager, held everywhere so that a profile
// can move.
const (
	maxBlob   = 2560 // bytes
	maxTarget = 200
	maxUser   = 513
)

var profileName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// Open returns the keeper of this system for a profile. getenv reads the
// environment; it is asked on other systems than Windows only.
func Open(profile string, getenv func(string) string, now func() time.Time) (Keeper, error) {
	if !profileName.MatchString(profile) {
		return nil, fault.New("profile.name", fmt.Sprintf("%q is no name of a profile", profile))
	}
	account, err := CurrentAccount()
	if err != nil {
		return nil, err
	}
	return open(profile, account, getenv, now)
}

// target is the name of a credential in Credential Manager.
func target(profile string, p Purpose) string {
	return "adsync/" + profile + "/" + string(p)
}

func check(profile string, s Secret) error {
	if err := known(s.Purpose); err != nil {
		return err
	}
	secret := s.Value.Reveal()
	switch bytes, user := len(encode(secret)), len(utf16.Encode([]rune(s.User))); {
	case s.Value.Empty():
		return fault.New("usage.credential.empty", "the secret is empty")
	case strings.Contains(secret+s.User, "\x00"):
		return fault.New("usage.credential.zero", "a zero byte in the secret or the user name",
			fault.Hint("text in UTF-16 needs its byte order mark; type the secret at the prompt instead"))
	case bytes > maxBlob:
		return fault.New("credential.tooLong", fmt.Sprintf(
			"the secret is too long: %d bytes as Credential Manager counts, at most %d", bytes, maxBlob))
	case user > maxUser:
		return fault.New("credential.tooLong", fmt.Sprintf("the user name is too long: %d characters, at most %d", user, maxUser))
	case len(target(profile, s.Purpose)) >= maxTarget:
		return fault.New("credential.tooLong", "the credential's name is too long: "+target(profile, s.Purpose))
	}
	return nil
}

func known(p Purpose) error {
	if slices.Contains(Purposes, p) {
		return nil
	}
	return fault.New("usage.credential.purpose", fmt.Sprintf("%q is no purpose of a credential", p))
}

func missing(p Purpose, account Account, cause error) error {
	return fault.New("credential.missing", fmt.Sprintf("no %s credential for %s", p, account.Name),
		fault.Cause(cause), storeIt(p),
		fault.Then("adsync credential list", "see what is stored for this account"))
}

// storeIt is the hint on how to get a credential of that purpose.
func storeIt(p Purpose) fault.Option {
	switch p {
	case ApprovalKey:
		return fault.Hint("adsync approver enroll makes this account's key")
	case PolicyKey:
		return fault.Hint("adsync approver enroll --policy-only makes this account's policy key")
	case SealKey:
		return fault.Hint("this account has no key to receive secrets with")
	case Central, Directory, Proxy, SMTP, Webhook:
	}
	return fault.Hint("adsync credential set " + string(p) + " stores it, run as the account that needs it")
}
