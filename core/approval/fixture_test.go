package approval

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"adsync/core/plan"
)

var start = time.Date(2026, 11, 24, 10, 15, 0, 0, time.UTC)

// key is a private key that is the same for the same name.
func key(name byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{name}, ed25519.SeedSize))
}

func public(t *testing.T, name byte) string {
	t.Helper()
	text, err := PublicKey(key(name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// entry is a line to be made: who signs, and what it says.
type entry struct {
	by byte
	a  Approver
}

func person(t *testing.T, name byte) Approver {
	t.Helper()
	return Approver{Key: public(t, name), Account: `CORP\` + string(name), SID: "S-1-5-21-" + string(name), At: start}
}

func policyOf(t *testing.T, name byte) Approver {
	t.Helper()
	a := person(t, name)
	a.Policy = true
	return a
}

func chain(t *testing.T, entries ...entry) [][]byte {
	t.Helper()
	var lines [][]byte
	for _, e := range entries {
		line, err := NewLine(lines, e.a, key(e.by))
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// roster has the person a and the policy key p.
func roster(t *testing.T) Roster {
	t.Helper()
	r, err := Chain(chain(t, entry{'a', person(t, 'a')}, entry{'a', person(t, 'b')}, entry{'a', policyOf(t, 'p')}))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var digest = func() string {
	sum := sha256.Sum256([]byte("a plan"))
	return hex.EncodeToString(sum[:])
}()

// sign signs an approval of the fixture's plan for three days.
func sign(t *testing.T, name byte, d Document) Document {
	t.Helper()
	d.Plan, d.SHA256, d.Profile = digest[:32], digest, "default"
	d.By.Account, d.By.SID = `CORP\`+string(name), "S-1-5-21-"+string(name)
	if d.At.IsZero() {
		d.At = start
	}
	if d.Until.IsZero() {
		d.Until = d.At.Add(72 * time.Hour)
	}
	signed, err := Sign(d, key(name))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func change(id string, action plan.Action, edit ...func(*plan.Change)) plan.Change {
	c := plan.Change{
		ID: id, Action: action, Kind: "user", ObjectGUID: "guid-" + "x", Name: id, Domain: "corp.example",
		Cause: plan.Coded{Code: "changed"}, From: plan.FromData,
	}
	switch action {
	case plan.Remove:
		c.Limit = plan.LimitRemovals
	case plan.Update:
		c.Limit = plan.LimitUpdates
	case plan.MembershipRemove:
		c.Limit = plan.LimitMembershipRemovals
	case plan.Create, plan.Adopt, plan.MembershipAdd:
	}
	for _, e := range edit {
		e(&c)
	}
	return c
}

func needs(ids ...string) func(*plan.Change) { return func(c *plan.Change) { c.Needs = ids } }

func held(rule string) func(*plan.Change) {
	return func(c *plan.Change) { c.Rule = &plan.Coded{Code: rule, Text: "held"} }
}

func cause(code string) func(*plan.Change) { return func(c *plan.Change) { c.Cause.Code = code } }

func memberOf(names ...string) func(*plan.Change) {
	return func(c *plan.Change) {
		c.After = &plan.Values{Groups: names}
		for _, n := range names {
			c.MemberOf = append(c.MemberOf, plan.Ref{Name: n})
		}
	}
}

// document is a plan whose changes without a rule are changes and the rest holds.
func document(changes ...plan.Change) plan.Document {
	p := plan.Document{Format: 1, Profile: "default", Complete: true, Applyable: true, Whole: true, ConfigAccepted: true}
	for _, c := range changes {
		if c.Rule != nil {
			p.Holds = append(p.Holds, c)
		} else {
			p.Changes = append(p.Changes, c)
		}
	}
	return p
}
