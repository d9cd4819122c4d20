package commands

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"time"

	"adsync/core/central"
	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/secret"
)

const (
	validationKey = "validation"
	// digestRounds makes a guess at a digest cost about 30 ms. API secrets are
	// 100 random characters; this is for those who choose their own in tests.
	digestRounds = 100_000
	// keptDigests is how many accounts' secrets stay validated beside each other.
	keptDigests = 8
)

// validation is that central validate has succeeded, for which configuration and
// which credentials. The secret itself is not in it.
type validation struct {
	Salt    string            `json:"salt"`
	Digests []string          `json:"digests"` // of client id and secret, newest last
	Central config.Central    `json:"central"`
	Proxy   config.Proxy      `json:"proxy"`
	Kind    string            `json:"kind"`
	Tenant  identity.Tenant   `json:"tenant"`
	Through validationThrough `json:"through"`
	At      time.Time         `json:"at"`
}

// validationThrough is the proxy that was used, and who named it: environment,
// winhttp, user, pac or manual, "" where nobody names one.
type validationThrough struct {
	Used bool   `json:"used"`
	URL  string `json:"url"`
	From string `json:"from"`
	// Hosts is the way to each host, where it is not the same to all.
	Hosts []central.HostProxy `json:"hosts"`
}

// through is the proxy as a validation shows it: that of the tenant's own host,
// which nearly all calls go to.
func through(hosts []central.HostProxy) validationThrough {
	v := validationThrough{Hosts: []central.HostProxy{}}
	for _, h := range hosts {
		v.Used, v.URL, v.From = h.Used, h.URL, h.From
		if h.ProxyUse != hosts[0].ProxyUse {
			v.Hosts = hosts
		}
	}
	return v
}

// holds reports whether the validation is one of this configuration.
func (v validation) holds(c config.Config) bool {
	return len(v.Digests) > 0 && v.Central == c.Central && v.Proxy == c.Proxy
}

// digest returns what is remembered of a credential.
func (v validation) digest(c secret.Secret) (string, error) {
	salt, err := hex.DecodeString(v.Salt)
	if err != nil {
		return "", err
	}
	key, err := pbkdf2.Key(sha256.New, c.User+"\x00"+c.Value.Reveal(), salt, digestRounds, sha256.Size)
	return hex.EncodeToString(key), err
}

// accepts reports whether the validation was made with this credential.
func (v validation) accepts(c secret.Secret) (bool, error) {
	d, err := v.digest(c)
	if err != nil {
		return false, err
	}
	found := 0
	for _, known := range v.Digests {
		found |= subtle.ConstantTimeCompare([]byte(known), []byte(d))
	}
	return found == 1, nil
}

// validated returns the validation of the profile, as far as it holds for the
// configuration of now.
func (s *session) validated(ctx context.Context, c config.Config) (validation, bool, error) {
	p, err := s.open()
	if err != nil {
		return validation{}, false, err
	}
	var v validation
	known, err := p.Get(ctx, validationKey, &v)
	if err != nil || !known {
		return validation{}, false, err
	}
	return v, v.holds(c), nil
}

// requireValidation is the gate. It belongs to the profile: an approver needs no
// API secret of their own. A secret that this account does hold must be one that
// was validated.
func (s *session) requireValidation(ctx context.Context) (validation, error) {
	c, err := s.configuration()
	if err != nil {
		return validation{}, err
	}
	return s.validFor(ctx, c)
}

// validFor is the gate under a configuration.
func (s *session) validFor(ctx context.Context, c config.Config) (validation, error) {
	v, ok, err := s.validated(ctx, c)
	if err != nil {
		return validation{}, err
	}
	if !ok {
		return validation{}, s.notValidated("no API credential has been validated for this configuration")
	}
	k, err := s.keeper()
	if err != nil {
		return validation{}, err
	}
	held, err := k.Get(secret.Central)
	if err != nil {
		return v, nil //nolint:nilerr // whoever needs the secret meets this error; others need none
	}
	same, err := v.accepts(held)
	if err != nil {
		return validation{}, err
	}
	if !same {
		return validation{}, s.notValidated("the API credential of this account has not been validated")
	}
	return v, nil
}

func (s *session) notValidated(text string) error {
	return fault.New("config.central.notvalidated", text,
		fault.Hint("store the credential with credential set central, then validate it"),
		fault.Then(s.command("central", "validate"), "try the API credential"))
}

// remember keeps a success of central validate. Credentials that were validated
// for the same configuration before stay so: a task goes on with the one its
// account holds.
func (s *session) remember(ctx context.Context, v validation, c secret.Secret) error {
	p, err := s.open()
	if err != nil {
		return err
	}
	var old validation
	known, err := p.Get(ctx, validationKey, &old)
	if err != nil {
		return err
	}
	if known && old.Central == v.Central && old.Proxy == v.Proxy && old.Tenant.ID == v.Tenant.ID {
		v.Salt, v.Digests = old.Salt, old.Digests
	} else {
		salt := make([]byte, 16)
		if _, err := rand.Read(salt); err != nil {
			return err
		}
		v.Salt = hex.EncodeToString(salt)
	}
	same, err := v.accepts(c)
	if err != nil {
		return err
	}
	if !same {
		d, err := v.digest(c)
		if err != nil {
			return err
		}
		v.Digests = append(v.Digests, d)
		v.Digests = v.Digests[max(0, len(v.Digests)-keptDigests):]
	}
	return p.Set(ctx, validationKey, v)
}
