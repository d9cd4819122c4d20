package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/secret"
)

// binding is where a stored secret may be sent. Without it, who may write
// config.json could have any secret sent to a host of their own.
type binding struct {
	Where    []string `json:"where"`
	Security string   `json:"security"` // of the directory; "" otherwise
}

// bindingKey is where the profile keeps the binding of a purpose.
func bindingKey(p secret.Purpose) string { return "binding." + string(p) }

// bindingFor returns where the configuration has a secret sent. Controllers that
// DNS names for a domain of the forest count as one: their certificates have to
// be for that domain or a host below it.
func bindingFor(p secret.Purpose, c config.Config) binding {
	switch p {
	case secret.Central:
		return binding{Where: []string{c.Central.IdentityURL, c.Central.GlobalURL}}
	case secret.Directory:
		b := binding{Where: []string{"SRV"}, Security: c.Directory.Security}
		if len(c.Directory.Servers) > 0 {
			b.Where = nil
			for _, s := range c.Directory.Servers {
				b.Where = append(b.Where, strings.ToLower(s))
			}
		}
		return b
	case secret.Proxy:
		return binding{Where: []string{c.Proxy.URL}}
	case secret.SMTP, secret.Webhook, secret.ApprovalKey, secret.PolicyKey, secret.SealKey:
	}
	return binding{Where: []string{}}
}

// securityOrder ranks how a bind is protected: a secret may go where it is
// better protected than before, never worse.
var securityOrder = []string{config.SecurityNone, config.SecurityStartTLS, config.SecurityLDAPS}

// covers reports whether a secret bound to b may go to want.
func (b binding) covers(want binding) bool {
	for _, w := range want.Where {
		if !slices.Contains(b.Where, w) {
			return false
		}
	}
	return slices.Index(securityOrder, want.Security) >= slices.Index(securityOrder, b.Security)
}

// bind remembers where the secret of a purpose may go.
func (s *session) bind(ctx context.Context, p secret.Purpose, b binding) error {
	profile, err := s.open()
	if err != nil {
		return err
	}
	return profile.Set(ctx, bindingKey(p), b)
}

// entry returns what is known of a stored secret, nil where there is none.
func (s *session) entry(p secret.Purpose) (*secret.Entry, error) {
	k, err := s.keeper()
	if err != nil {
		return nil, err
	}
	all, err := k.List()
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Purpose == p {
			return &all[i], nil
		}
	}
	return nil, nil //nolint:nilnil // no entry is no error
}

// secretFor returns the secret of a purpose, if it may go where the
// configuration says.
func (s *session) secretFor(ctx context.Context, p secret.Purpose, c config.Config) (secret.Secret, error) {
	k, err := s.keeper()
	if err != nil {
		return secret.Secret{}, err
	}
	found, err := k.Get(p)
	if err != nil {
		return secret.Secret{}, err
	}
	return found, s.checkBinding(ctx, p, c)
}

// checkBinding refuses to send a stored secret to hosts that it was not stored
// or validated for. A secret of the environment goes where the configuration
// says; one without a binding was put there by other means and is bound by its
// first use that succeeds.
func (s *session) checkBinding(ctx context.Context, p secret.Purpose, c config.Config) error {
	e, err := s.entry(p)
	if err != nil {
		return err
	}
	if e != nil && e.Store == secret.StoreEnvironment {
		return nil
	}
	profile, err := s.open()
	if err != nil {
		return err
	}
	var bound binding
	known, err := profile.Get(ctx, bindingKey(p), &bound)
	if err != nil || !known {
		return err
	}
	want := bindingFor(p, c)
	if bound.covers(want) {
		return nil
	}
	return fault.New("credential.binding",
		fmt.Sprintf("the %s secret was stored for %s and is not sent to %s", p, bound, want),
		fault.Hint("if the new place is right, store the secret again"),
		fault.Then(s.command("credential", "set", string(p)), "store the secret for the configuration of now"))
}

// bindFirst binds a secret that has no binding yet, after its first use. A step
// that only shows leaves that to others.
func (s *session) bindFirst(ctx context.Context, p secret.Purpose, c config.Config) error {
	if s.step.show {
		return nil
	}
	profile, err := s.open()
	if err != nil {
		return err
	}
	var bound binding
	known, err := profile.Get(ctx, bindingKey(p), &bound)
	if err != nil || known {
		return err
	}
	return profile.Set(ctx, bindingKey(p), bindingFor(p, c))
}

// String names the hosts for people.
func (b binding) String() string {
	text := strings.Join(b.Where, ", ")
	if text == "" {
		text = "no host"
	}
	if b.Security != "" {
		text += " with security " + b.Security
	}
	return text
}
