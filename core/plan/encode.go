package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"

	"adsync/core/identity"
)

// Encode returns the canonical bytes of a document: compact JSON in the order of
// the fields, ASCII only (Windows PowerShell reads files without a mark as
// ANSI), ending in one newline. Equal documents give equal bytes; a list without
// entries is an empty list, never null.
func Encode(d Document) ([]byte, error) {
	listed(&d.Changes)
	listed(&d.Holds)
	listed(&d.Warnings)
	listed(&d.Out)
	listed(&d.Reads)
	listed(&d.Limits)
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return nil, fmt.Errorf("encode plan: %w", err)
	}
	return ascii(buf.Bytes()), nil
}

func listed[T any](list *[]T) {
	if *list == nil {
		*list = []T{}
	}
}

// Digest returns the id and the SHA-256 of a plan's bytes, in hexadecimal. The
// id is the first half of the digest.
func Digest(data []byte) (id, sha string) {
	sum := sha256.Sum256(data)
	sha = hex.EncodeToString(sum[:])
	return sha[:32], sha
}

// ErrDecode is the error of bytes that are no plan of this format.
var ErrDecode = errors.New("not a plan")

// Decode reads the bytes of a plan. Fields, actions and kinds that this program
// does not know are an error: what cannot be shown must not be approved.
func Decode(data []byte) (Document, error) {
	var d Document
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrDecode, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Document{}, fmt.Errorf("%w: something follows the document", ErrDecode)
	}
	if d.Format != 1 {
		return Document{}, fmt.Errorf("%w: format %d, this program knows 1", ErrDecode, d.Format)
	}
	if err := d.check(); err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrDecode, err)
	}
	return d, nil
}

// check says what keeps a decoded document from being a plan that can be shown
// and carried out as it is shown.
func (d *Document) check() error {
	seen := map[string]bool{}
	for _, c := range d.Changes {
		if c.Rule != nil {
			return fmt.Errorf("the change %s carries a rule that holds it", c.ID)
		}
	}
	for _, c := range d.Holds {
		if c.Rule == nil {
			return fmt.Errorf("the hold %s carries no rule", c.ID)
		}
	}
	for _, c := range slices.Concat(d.Changes, d.Holds) {
		if err := c.check(); err != nil {
			return fmt.Errorf("the change %s %w", c.ID, err)
		}
		if seen[c.ID] {
			return fmt.Errorf("the change %s stands there twice", c.ID)
		}
		seen[c.ID] = true
	}
	return nil
}

func (c *Change) check() error {
	membership := c.Action == MembershipAdd || c.Action == MembershipRemove
	switch {
	case !slices.Contains(Actions, c.Action):
		return fmt.Errorf("has the unknown action %q", c.Action)
	case !slices.Contains([]identity.Kind{identity.KindUser, identity.KindGroup, identity.KindDevice, identity.KindDeviceGroup}, c.Kind):
		return fmt.Errorf("has the unknown kind %q", c.Kind)
	case (c.Kind == identity.KindDevice || c.Kind == identity.KindDeviceGroup) != (c.Type != ""):
		return errors.New("has a type and is of no device, or the reverse")
	case c.Kind == identity.KindDevice && !membership:
		return errors.New("would make or remove an endpoint")
	case membership != (c.Group != nil):
		return errors.New("names a group and is no membership, or the reverse")
	case !membership && c.Action != Remove && c.After == nil:
		return errors.New("has no values to write")
	case (c.Action == Update || c.Action == Remove) && c.Before == nil:
		return errors.New("has no values that it replaces")
	case c.ID != ChangeID(c.Action, c.Kind, c.Key(), c.GroupKey()):
		return errors.New("has an id that is not derived from it")
	}
	return nil
}

// ascii writes every character above U+007E as \uXXXX.
func ascii(b []byte) []byte {
	var out strings.Builder
	out.Grow(len(b))
	for _, r := range string(b) {
		switch {
		case r < 0x7f:
			out.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, hi, lo)
		}
	}
	return []byte(out.String())
}
