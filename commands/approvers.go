package commands

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"

	"adsync/core/approval"
	"adsync/core/fault"
	"adsync/core/secret"
	"adsync/output"
)

// roster returns who may approve.
func (s *session) roster() (approval.Roster, error) {
	p, err := s.open()
	if err != nil {
		return approval.Roster{}, err
	}
	lines, err := p.ApproverLines()
	if err != nil {
		return approval.Roster{}, err
	}
	return approval.Chain(lines)
}

// ownKey returns a key of this account, made on first use. It is kept in the
// account's credential store as the 32 bytes it grows from, in base64.
func (s *session) ownKey(p secret.Purpose) (ed25519.PrivateKey, error) {
	k, err := s.keeper()
	if err != nil {
		return nil, err
	}
	held, err := k.Get(p)
	if err == nil {
		seed, err := base64.StdEncoding.DecodeString(held.Value.Reveal())
		if err != nil || len(seed) != ed25519.SeedSize {
			return nil, fault.New("credential.unreadable", "the stored "+string(p)+" is no key")
		}
		return ed25519.NewKeyFromSeed(seed), nil
	}
	if !fault.Is(err, "credential.missing") {
		return nil, err
	}
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	me, err := s.account()
	if err != nil {
		return nil, err
	}
	made := secret.Secret{Purpose: p, User: me.Name, Value: secret.NewValue(base64.StdEncoding.EncodeToString(key.Seed()))}
	return key, k.Set(made, nil)
}

// personKey returns the key of the person who runs this, enrolled: the first
// person of a profile is enrolled by approving.
func (s *session) personKey(ctx context.Context) (ed25519.PrivateKey, error) {
	key, err := s.ownKey(secret.ApprovalKey)
	if err != nil {
		return nil, err
	}
	public, err := approval.PublicKey(key)
	if err != nil {
		return nil, err
	}
	r, err := s.roster()
	if err != nil {
		return nil, err
	}
	switch {
	case r.Person(public):
		return key, nil
	case len(r.Approvers()) == 0:
		_, err := s.enroll(ctx, approval.Approver{Key: public}, key)
		return key, err
	}
	me, err := s.account()
	if err != nil {
		return nil, err
	}
	return nil, fault.New("approval.signer", "the key of "+me.Name+" is not enrolled for this profile",
		fault.Hint("a person who may approve already enrols it"),
		fault.Then(s.command("approver", "enroll", "--key", public, "--account", me.Name), "run this as an enrolled person"))
}

// policyKey returns the policy key of this account. Only a person enrols one.
func (s *session) policyKey() (ed25519.PrivateKey, error) {
	key, err := s.ownKey(secret.PolicyKey)
	if err != nil {
		return nil, err
	}
	public, err := approval.PublicKey(key)
	if err != nil {
		return nil, err
	}
	r, err := s.roster()
	if err != nil {
		return nil, err
	}
	if r.Policy(public) {
		return key, nil
	}
	me, err := s.account()
	if err != nil {
		return nil, err
	}
	return nil, fault.New("approval.signer", "the policy key of "+me.Name+" is not enrolled for this profile",
		fault.Hint("a person who may approve enrols it"),
		fault.Then(s.command("approver", "enroll", "--policy-only", "--key", public, "--account", me.Name), "run this as an enrolled person"))
}

// enroll adds a line to the chain of approvers, signed with key. Left out, the
// account is this one.
func (s *session) enroll(ctx context.Context, a approval.Approver, key ed25519.PrivateKey) (approval.Approver, error) {
	p, err := s.open()
	if err != nil {
		return a, err
	}
	if a.Account == "" {
		me, err := s.account()
		if err != nil {
			return a, err
		}
		a.Account, a.SID = me.Name, me.SID
	}
	a.At = utc(s.env.Now())
	err = p.AppendApprover(func(lines [][]byte) ([]byte, error) { return approval.NewLine(lines, a, key) })
	if err != nil {
		return a, err
	}
	if a.By, err = approval.PublicKey(key); err != nil {
		return a, err
	}
	s.log.InfoContext(ctx, "approver enrolled", "account", a.Account, "policy", a.Policy, "key", a.Key)
	return a, nil
}

type approverListCmd struct{}

func (approverListCmd) Help() string {
	return `Example:

    adsync approver list --output table`
}

// approverLine is an approver as documents show it.
type approverLine struct {
	Key     string `json:"key"`
	Account string `json:"account"`
	SID     string `json:"sid"`
	Policy  bool   `json:"policy"`
	At      string `json:"at"`
	By      string `json:"by"` // key that signed the line
}

func lineOf(a approval.Approver) approverLine {
	return approverLine{Key: a.Key, Account: a.Account, SID: a.SID, Policy: a.Policy, At: a.At.UTC().Format("2006-01-02T15:04:05Z"), By: a.By}
}

// Run lists whose signatures count.
func (approverListCmd) Run(ctx context.Context, s *session) error {
	r, err := s.roster()
	if err != nil {
		return err
	}
	lines := []approverLine{}
	for _, a := range r.Approvers() {
		lines = append(lines, lineOf(a))
	}
	return s.print(ctx, output.Document{
		Type: "approvers",
		Value: struct {
			Format    int            `json:"format"`
			Approvers []approverLine `json:"approvers"`
		}{1, lines},
		Lists: []output.List{{Field: "approvers", Type: "approver", Columns: []string{"account", "sid", "policy", "at", "key"}}},
	})
}

type approverEnrollCmd struct {
	Key        string `placeholder:"PUBLIC" help:"Public key of another account, as approve prints it."`
	Account    string `sep:"none" placeholder:"NAME" help:"Name of the account that the key belongs to."`
	PolicyOnly bool   `help:"Enrol a policy key: it signs approvals by policy and nothing else."`
}

func (approverEnrollCmd) Help() string {
	return `Without --key this account's own key is enrolled, with --policy-only its policy key. Examples:

    adsync approver enroll

    adsync approver enroll --policy-only

    adsync approver enroll --key 'kQ3...=' --account 'CORP\anna'`
}

func (c *approverEnrollCmd) precheck() error {
	if (c.Key == "") != (c.Account == "") {
		return fault.New("usage.approver.enroll", "--key and --account are given together")
	}
	return nil
}

// Run enrols a key, signed by this account's key.
func (c *approverEnrollCmd) Run(ctx context.Context, s *session) error {
	own, err := s.ownKey(secret.ApprovalKey)
	if err != nil {
		return err
	}
	public, err := approval.PublicKey(own)
	if err != nil {
		return err
	}
	r, err := s.roster()
	if err != nil {
		return err
	}
	if len(r.Approvers()) == 0 && (c.Key != "" || c.PolicyOnly) {
		if _, err := s.enroll(ctx, approval.Approver{Key: public}, own); err != nil {
			return err
		}
	} else if !r.Person(public) && len(r.Approvers()) > 0 {
		if _, err := s.personKey(ctx); err != nil {
			return err
		}
	}
	a := approval.Approver{Key: first(c.Key, public), Account: c.Account, Policy: c.PolicyOnly}
	if c.PolicyOnly && c.Key == "" {
		policy, err := s.ownKey(secret.PolicyKey)
		if err != nil {
			return err
		}
		if a.Key, err = approval.PublicKey(policy); err != nil {
			return err
		}
	}
	for _, known := range r.Approvers() {
		if known.Key == a.Key && known.Policy == a.Policy {
			return s.printApprover(ctx, known, false)
		}
	}
	enrolled, err := s.enroll(ctx, a, own)
	if err != nil {
		return err
	}
	return s.printApprover(ctx, enrolled, true)
}

func (s *session) printApprover(ctx context.Context, a approval.Approver, added bool) error {
	return s.print(ctx, output.Document{Type: "approver", Value: struct {
		Format   int          `json:"format"`
		Added    bool         `json:"added"` // false: it was enrolled before
		Approver approverLine `json:"approver"`
	}{1, added, lineOf(a)}})
}
