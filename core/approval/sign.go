package approval

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"adsync/core/fault"
)

const (
	format = 1
	// idDigits is the length of an approval's id, and of the plan id within it.
	idDigits = 32
)

// signed is a document without the two fields that come of signing it: the nil
// fields here hide those of the embedded one.
type signed struct {
	Document
	ID        *string `json:"id,omitempty"`
	Signature *string `json:"signature,omitempty"`
}

// Canonical returns the bytes that are signed: compact JSON of all fields but id
// and signature, in the order of Document, times in UTC, lists sorted and never
// null.
func Canonical(d Document) ([]byte, error) {
	return compact(signed{Document: normal(d)})
}

// Sign fills in the key, the signature and the id. The key of the signer is that
// of the private key, whatever d says.
func Sign(d Document, key ed25519.PrivateKey) (Document, error) {
	text, err := PublicKey(key)
	if err != nil {
		return Document{}, err
	}
	d.Format, d.By.Key = format, text
	d = normal(d)
	if unreasoned(d) {
		return Document{}, fault.New("usage.approve.reason", "a limit is lifted with a reason only",
			fault.Hint("add --reason TEXT"))
	}
	if err := check(d); err != nil {
		return Document{}, err
	}
	b, err := Canonical(d)
	if err != nil {
		return Document{}, err
	}
	s := ed25519.Sign(key, b)
	d.Signature, d.ID = base64.StdEncoding.EncodeToString(s), idOf(s)
	return d, nil
}

// Verify reports whether the document is whole and signed by the key it names.
// Whether that key counts is for Decide to say.
func Verify(d Document) error {
	if err := check(d); err != nil {
		return err
	}
	b, err := Canonical(d)
	if err != nil {
		return err
	}
	s, ok := verified(d.By.Key, b, d.Signature)
	if !ok || d.ID != idOf(s) {
		return fault.New("approval.signature", "approval "+d.ID+" is not what was signed",
			fault.Hint("the file was changed after signing; approve the plan again"))
	}
	return nil
}

// Encode returns the bytes of an approval's file.
func Encode(d Document) ([]byte, error) { return compact(normal(d)) }

// Decode reads an approval's file and verifies it. It is strict: anything but
// the very bytes that Encode wrote is refused.
func Decode(data []byte) (Document, error) {
	var d Document
	if err := strict(data, &d); err != nil {
		return Document{}, fault.New("approval.malformed", "the approval's file is not what adsync wrote",
			fault.Cause(err), fault.Hint("approve the plan again"))
	}
	if err := Verify(d); err != nil {
		return Document{}, err
	}
	if again, err := Encode(d); err != nil || !bytes.Equal(again, data) {
		return Document{}, fault.New("approval.malformed", "approval "+d.ID+" is not written as adsync writes it",
			fault.Cause(err), fault.Hint("approve the plan again"))
	}
	return d, nil
}

// check looks at what can be said of a document by itself.
func check(d Document) error {
	switch {
	case d.Format != format:
		return fault.New("approval.format", "the approval has a format that this version does not know")
	case len(d.SHA256) != 2*sha256.Size || d.Plan != d.SHA256[:idDigits]:
		return fault.New("approval.malformed", "the approval's plan and digest do not belong together")
	case !d.Until.After(d.At):
		return fault.New("approval.malformed", "the approval ends before it begins")
	case d.Policy && len(d.Allow) > 0:
		return fault.New("approval.policy", "an approval by policy cannot lift a limit")
	case unreasoned(d):
		return fault.New("approval.malformed", "the approval lifts a limit without a reason")
	default:
		return nil
	}
}

func unreasoned(d Document) bool { return len(d.Allow) > 0 && strings.TrimSpace(d.Reason) == "" }

// normal returns the one form of a document that is signed and written.
func normal(d Document) Document {
	d.At, d.Until = second(d.At), second(d.Until)
	d.Classes, d.Changes = set(d.Classes), set(d.Changes)
	d.Allow = append([]Allow{}, d.Allow...)
	for _, text := range []*string{&d.Profile, &d.By.Account, &d.By.SID, &d.Reason, &d.Comment} {
		*text = strings.ToValidUTF8(*text, "\uFFFD")
	}
	return d
}

func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func set(list []string) []string {
	s := append([]string{}, list...)
	slices.Sort(s)
	return slices.Compact(s)
}

func idOf(signature []byte) string {
	sum := sha256.Sum256(signature)
	return hex.EncodeToString(sum[:])[:idDigits]
}

// PublicKey returns the public half as documents show it: base64 of 32 bytes.
func PublicKey(key ed25519.PrivateKey) (string, error) {
	if len(key) != ed25519.PrivateKeySize {
		return "", fault.New("approval.key", "the approver's key is not an Ed25519 key")
	}
	pub, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return "", fault.New("approval.key", "the approver's key is not an Ed25519 key")
	}
	return base64.StdEncoding.EncodeToString(pub), nil
}

// verified checks a signature by the key that text names, and returns its bytes.
func verified(key string, message []byte, signature string) ([]byte, bool) {
	pub, err := base64.StdEncoding.Strict().DecodeString(key)
	if err != nil || len(pub) != ed25519.PublicKeySize {
		return nil, false
	}
	s, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil || len(s) != ed25519.SignatureSize {
		return nil, false
	}
	return s, ed25519.Verify(pub, message, s)
}

func compact(v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fault.New("approval.malformed", "the approval cannot be written", fault.Cause(err))
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

func strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fault.New("approval.malformed", "something stands behind the document")
	}
	return nil
}
