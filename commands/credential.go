package commands

import (
	"context"
	"io"
	"time"

	"adsync/core/fault"
	"adsync/core/secret"
	"adsync/output"
)

type credentialSetCmd struct {
	Purpose string `arg:"" enum:"central,directory,proxy,smtp,webhook" help:"central, directory, proxy, smtp or webhook."`
	User    string `sep:"none" placeholder:"NAME" help:"Client ID, bind account or proxy user; asked for when left out."`
	Expires *date  `placeholder:"DATE" help:"When the secret ends, to be reminded."`
}

type credentialDocument struct {
	Format     int             `json:"format"`
	Credential secret.Entry    `json:"credential"`
	Warnings   []credentialTip `json:"warnings"`
	Next       []fault.Next    `json:"next"`
}

type credentialTip struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

func (credentialSetCmd) Help() string {
	return `The secret is read from stdin, or asked for without being shown; it is never an argument, because arguments are seen by every process. Examples:

    adsync credential set central

    adsync credential set directory --user 'CORP\svc-adsync'

In Windows PowerShell 5.1 a pipe turns letters outside ASCII into question marks; use Set-AdsyncCredential of the module Adsync there.`
}

func (c *credentialSetCmd) needsValidation() bool { return secondary(c.Purpose) }

// secondary reports whether a purpose comes after the validation: the secrets
// for Sophos Central and the proxy are what it is made of.
func secondary(purpose string) bool {
	return purpose != string(secret.Central) && purpose != string(secret.Proxy)
}

// Run stores the secret and remembers where it may be sent.
func (c *credentialSetCmd) Run(ctx context.Context, s *session) error {
	p := secret.Purpose(c.Purpose)
	cfg, err := s.configuration()
	if err != nil {
		return err
	}
	user, err := c.user(s, p)
	if err != nil {
		return err
	}
	value, warnings, err := c.secret(s)
	if err != nil {
		return err
	}
	k, err := s.keeper()
	if err != nil {
		return err
	}
	var expires *time.Time
	if c.Expires != nil {
		expires = new(c.Expires.Time)
	}
	if err := k.Set(secret.Secret{Purpose: p, User: user, Value: value}, expires); err != nil {
		return err
	}
	if err := s.bind(ctx, p, bindingFor(p, cfg)); err != nil {
		return err
	}
	stored, err := s.entry(p)
	if err != nil {
		return err
	}
	d := credentialDocument{Format: 1, Warnings: []credentialTip{}, Next: []fault.Next{}}
	if stored != nil {
		d.Credential = *stored
	}
	for _, w := range warnings {
		d.Warnings = append(d.Warnings, credentialTip{Code: "secret.questionMark", Text: w})
	}
	switch p {
	case secret.Central, secret.Proxy:
		d.Next = append(d.Next, s.next("try the API credential", "central", "validate"))
	case secret.Directory:
		d.Next = append(d.Next, s.next("try the bind account", "directory", "validate"))
	case secret.SMTP, secret.Webhook, secret.ApprovalKey, secret.PolicyKey, secret.SealKey:
	}
	return s.print(ctx, output.Document{
		Type: "credential", Value: d,
		Lists: []output.List{{Field: "warnings", Type: "warning"}, {Field: "next", Type: "next"}},
	})
}

// user returns the name that goes with the secret: that of --user, the one that
// is stored, or the one that a person types.
func (c *credentialSetCmd) user(s *session, p secret.Purpose) (string, error) {
	if c.User != "" || p == secret.Webhook {
		return c.User, nil
	}
	before := ""
	if e, err := s.entry(p); err != nil {
		return "", err
	} else if e != nil {
		before = e.User
	}
	if s.canAsk() {
		question := userWord(p) + ":"
		if before != "" {
			question = userWord(p) + " [" + before + "]:"
		}
		typed, err := s.ask(question)
		if err != nil {
			return "", err
		}
		before = first(typed, before)
	}
	if before == "" && p != secret.SMTP {
		return "", fault.New("usage.credential.user", "no "+userWord(p)+" was given",
			fault.Hint("add --user NAME"))
	}
	return before, nil
}

func userWord(p secret.Purpose) string {
	if p == secret.Central {
		return "client ID"
	}
	return "user name"
}

// secret reads the secret itself.
func (c *credentialSetCmd) secret(s *session) (secret.Value, []string, error) {
	var typed []byte
	var err error
	switch {
	case s.canAsk():
		typed, err = s.askHidden("Secret:")
	case !s.env.InTerminal:
		typed, err = io.ReadAll(io.LimitReader(s.env.Stdin, maxText))
	}
	if err != nil {
		return secret.Value{}, nil, err
	}
	value, warnings, err := secret.FromInput(typed)
	if err != nil {
		return secret.Value{}, nil, err
	}
	if value.Empty() {
		return secret.Value{}, nil, fault.New("usage.credential.empty", "no secret was given",
			fault.Hint("pipe it to stdin or run this in a console; in PowerShell ISE use Set-AdsyncCredential of the module Adsync"))
	}
	return value, warnings, nil
}

type credentialListCmd struct{}

func (credentialListCmd) Help() string {
	return `Example:

    adsync credential list --output table`
}

// Run lists what the account has stored for the profile.
func (credentialListCmd) Run(ctx context.Context, s *session) error {
	k, err := s.keeper()
	if err != nil {
		return err
	}
	all, err := k.List()
	if err != nil {
		return err
	}
	return s.print(ctx, output.Document{
		Type: "credentials",
		Value: struct {
			Format      int            `json:"format"`
			Credentials []secret.Entry `json:"credentials"`
		}{1, append([]secret.Entry{}, all...)},
		Lists: []output.List{{
			Field: "credentials", Type: "credential",
			Columns: []string{"purpose", "user", "store", "where", "account", "storedAt", "expiresAt"},
		}},
	})
}

type credentialRemoveCmd struct {
	Purpose string `arg:"" enum:"central,directory,proxy,smtp,webhook" help:"central, directory, proxy, smtp or webhook."`
}

func (credentialRemoveCmd) Help() string {
	return `Example:

    adsync credential remove proxy`
}

func (c *credentialRemoveCmd) needsValidation() bool { return secondary(c.Purpose) }

// Run removes the secret from the account's store.
func (c *credentialRemoveCmd) Run(ctx context.Context, s *session) error {
	p := secret.Purpose(c.Purpose)
	k, err := s.keeper()
	if err != nil {
		return err
	}
	if err := k.Remove(p); err != nil {
		return err
	}
	profile, err := s.open()
	if err != nil {
		return err
	}
	if err := profile.Unset(ctx, bindingKey(p)); err != nil {
		return err
	}
	return s.print(ctx, output.Document{Type: "credential", Value: struct {
		Format  int    `json:"format"`
		Removed string `json:"removed"`
	}{1, c.Purpose}})
}
