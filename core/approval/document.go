// Package approval is a person's or a policy's yes to the bytes of one plan:
// how it is signed, what it covers, and when it counts. It is pure; keys and
// times come in as arguments.
//
// What is not proven does not count: an approval that differs in one byte from
// what was signed, or that is signed by a key which the chain of approvers does
// not hold, is none. Nothing here widens what was signed.
package approval

import "time"

// Signer is who signed: an account, and the key it signed with.
type Signer struct {
	Account string `json:"account"`
	SID     string `json:"sid"`
	Key     string `json:"key"` // public key, base64 of 32 bytes
}

// Allow lifts one limit for one plan.
type Allow struct {
	Class string `json:"class"` // a key of limits
	Count int    `json:"count"` // must be the number of changes of that class in the plan
}

// Document is an approval. The signature is over the canonical JSON of all
// other fields.
type Document struct {
	Format  int       `json:"format"`
	ID      string    `json:"id"` // derived from the signature
	Profile string    `json:"profile"`
	Plan    string    `json:"plan"`
	SHA256  string    `json:"sha256"` // of the plan's bytes
	By      Signer    `json:"by"`
	At      time.Time `json:"at"`
	Until   time.Time `json:"until"`
	// Classes are the actions that are covered whole, for the reader; Changes are
	// the ids of all changes that are covered, and only they count.
	Classes []string `json:"classes"`
	Changes []string `json:"changes"`
	Allow   []Allow  `json:"allow"`
	Reason  string   `json:"reason"`
	Comment string   `json:"comment"`
	Policy  bool     `json:"policy"`
	Whole   bool     `json:"whole"` // nothing was left out by --only or --except
	// Signature is base64 of the Ed25519 signature.
	Signature string `json:"signature"`
}
