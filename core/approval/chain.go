package approval

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"adsync/core/fault"
)

// Approver is a line of approvers.jsonl: it enrols a key, or removes one. Each
// line names the one before it, so that none can be taken out or moved, and is
// signed by a person who is enrolled at that point; the first is a person's own.
type Approver struct {
	Format  int       `json:"format"`
	Key     string    `json:"key"` // public key enrolled, "" of a removal
	Account string    `json:"account"`
	SID     string    `json:"sid"`
	Policy  bool      `json:"policy"` // a key that signs approvals by policy, and nothing else
	At      time.Time `json:"at"`
	By      string    `json:"by"`      // key that signed this line
	Removes string    `json:"removes"` // key that no longer counts, "" of an enrolment
	Prev    string    `json:"prev"`    // SHA-256 of the line before, "" of the first
	// Signature is base64 of the Ed25519 signature over all other fields.
	Signature string `json:"signature"`
}

// signedLine is an approver's line without its signature.
type signedLine struct {
	Approver
	Signature *string `json:"signature,omitempty"`
}

// Roster is who may approve, as a whole and unbroken chain says. The zero value
// knows nobody.
type Roster struct {
	approvers []Approver
	head      string
}

// Approvers returns those whose keys count, in the order of their enrolment.
func (r Roster) Approvers() []Approver { return append([]Approver{}, r.approvers...) }

// Head returns the SHA-256 of the chain's last line, "" where there is none.
func (r Roster) Head() string { return r.head }

// Person reports whether key belongs to a person who may approve.
func (r Roster) Person(key string) bool {
	a, ok := r.find(key)
	return ok && !a.Policy
}

// Policy reports whether key may sign approvals by policy.
func (r Roster) Policy(key string) bool {
	a, ok := r.find(key)
	return ok && a.Policy
}

func (r Roster) find(key string) (Approver, bool) {
	i := slices.IndexFunc(r.approvers, func(a Approver) bool { return a.Key == key })
	if i < 0 {
		return Approver{}, false
	}
	return r.approvers[i], true
}

func (r Roster) people() int {
	n := 0
	for _, a := range r.approvers {
		if !a.Policy {
			n++
		}
	}
	return n
}

// Chain reads all lines of approvers.jsonl and says whose keys count. No line at
// all is an empty roster; any break is an error, and then nobody counts.
func Chain(lines [][]byte) (Roster, error) {
	var r Roster
	for i, line := range lines {
		next, err := r.read(line)
		if err != nil {
			return Roster{}, fault.New("approval.chain", fmt.Sprintf("line %d of the approvers is broken", i+1),
				fault.Cause(err), fault.Hint("approvers.jsonl was changed by hand; restore it from a backup"))
		}
		r = next
	}
	return r, nil
}

// NewLine makes the line that follows lines, signed with key. Of a, Key or
// Removes, Account, SID, Policy and At count; the rest is filled in. The first
// line must be a person's own key.
func NewLine(lines [][]byte, a Approver, key ed25519.PrivateKey) ([]byte, error) {
	r, err := Chain(lines)
	if err != nil {
		return nil, err
	}
	by, err := PublicKey(key)
	if err != nil {
		return nil, err
	}
	a.Format, a.By, a.Prev, a.At = format, by, r.head, second(a.At)
	a.Account, a.SID = strings.ToValidUTF8(a.Account, "\uFFFD"), strings.ToValidUTF8(a.SID, "\uFFFD")
	if _, err := r.apply(a); err != nil {
		return nil, err
	}
	b, err := compact(signedLine{Approver: a})
	if err != nil {
		return nil, err
	}
	a.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, b))
	return compact(a)
}

func (r Roster) read(line []byte) (Roster, error) {
	var a Approver
	if err := strict(line, &a); err != nil {
		return Roster{}, err
	}
	if again, err := compact(a); err != nil || !bytes.Equal(again, line) {
		return Roster{}, fault.New("approval.chain", "it is not written as adsync writes it", fault.Cause(err))
	}
	b, err := compact(signedLine{Approver: a})
	if err != nil {
		return Roster{}, err
	}
	if _, ok := verified(a.By, b, a.Signature); !ok {
		return Roster{}, fault.New("approval.chain", "it is not what was signed")
	}
	if a.Prev != r.head {
		return Roster{}, fault.New("approval.chain", "the line before it is missing or another")
	}
	next, err := r.apply(a)
	if err != nil {
		return Roster{}, err
	}
	sum := sha256.Sum256(line)
	next.head = hex.EncodeToString(sum[:])
	return next, nil
}

// apply says what the roster is after a line whose signature is good.
func (r Roster) apply(a Approver) (Roster, error) {
	if a.Format != format {
		return Roster{}, fault.New("approval.chain", "it has a format that this version does not know")
	}
	if len(r.approvers) == 0 {
		if a.Policy || a.Removes != "" || a.Key != a.By {
			return Roster{}, fault.New("approval.signer", "the first approver must be a person, enrolled with the own key",
				fault.Hint("run adsync approver enroll as the person who approves"))
		}
	} else if !r.Person(a.By) {
		return Roster{}, fault.New("approval.signer", "the key that signs is not that of an enrolled person",
			fault.Hint("an enrolled person must run this"))
	}
	if a.Removes != "" {
		return r.remove(a)
	}
	if pub, err := base64.StdEncoding.Strict().DecodeString(a.Key); err != nil || len(pub) != ed25519.PublicKeySize {
		return Roster{}, fault.New("usage.approver.key", fmt.Sprintf("%q is no public key", a.Key),
			fault.Hint("adsync approve, run by that account, prints its key and the line that enrols it"))
	}
	if known, ok := r.find(a.Key); ok {
		return Roster{}, fault.New("usage.approver.enrolled", "the key is enrolled already, for "+known.Account)
	}
	r.approvers = append(slices.Clone(r.approvers), a)
	return r, nil
}

func (r Roster) remove(a Approver) (Roster, error) {
	gone, ok := r.find(a.Removes)
	switch {
	case a.Key != "":
		return Roster{}, fault.New("approval.chain", "a line either enrols a key or removes one")
	case !ok:
		return Roster{}, fault.New("usage.approver.unknown", fmt.Sprintf("%q is not an enrolled key", a.Removes),
			fault.Hint("adsync approver list shows the keys"))
	case !gone.Policy && r.people() == 1:
		return Roster{}, fault.New("approval.lastPerson", "the last person who may approve cannot be removed",
			fault.Hint("enrol another person first"))
	}
	r.approvers = slices.DeleteFunc(slices.Clone(r.approvers), func(b Approver) bool { return b.Key == a.Removes })
	return r, nil
}
