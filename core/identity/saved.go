package identity

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// SavedFormat is the format of saved snapshots that this program writes and reads.
const SavedFormat = 1

// Saved is a snapshot as a file holds it, with what a plan made from it later
// has to know: what was asked for, and where the objects of the ledger were that
// the snapshot does not show.
type Saved struct {
	Format     int           `json:"format"`
	Profile    string        `json:"profile"`
	Attributes []string      `json:"attributes"` // that were asked for
	Asked      []Asked       `json:"asked"`
	Where      []Whereabouts `json:"where"`
	Snapshot   Snapshot      `json:"snapshot"`
}

// Asked is one search that the snapshot holds the answer of.
type Asked struct {
	Domain string `json:"domain"`
	Kind   string `json:"kind"` // as in Read
	Match  Match  `json:"match"`
}

// ErrSaved is the error of bytes that are no saved snapshot of this format.
var ErrSaved = errors.New("not a saved snapshot")

// Encode writes the file: JSON in ASCII (Windows PowerShell reads files without
// a mark as ANSI), one entry a line, without holding more than one entry twice.
func (s Saved) Encode(w io.Writer) error {
	digest := sha256.New()
	b := bufio.NewWriter(io.MultiWriter(w, digest))
	e := &encoder{w: b, json: json.NewEncoder(asciiWriter{b})}
	e.json.SetEscapeHTML(false)
	e.text("{")
	e.member("format", s.Format)
	e.member("profile", s.Profile)
	e.member("attributes", s.Attributes)
	entries(e, "asked", s.Asked)
	entries(e, "where", s.Where)
	e.text(`"snapshot":{`)
	e.member("forest", s.Snapshot.Forest)
	e.member("takenAt", s.Snapshot.TakenAt)
	e.member("servers", s.Snapshot.Servers)
	e.member("multiValued", s.Snapshot.MultiValued)
	e.member("deletedReadable", s.Snapshot.DeletedReadable)
	entries(e, "domains", s.Snapshot.Domains)
	entries(e, "reads", s.Snapshot.Reads)
	entries(e, "containers", s.Snapshot.Containers)
	entries(e, "groups", s.Snapshot.Groups)
	entries(e, "devices", s.Snapshot.Devices)
	each(e, "people", s.Snapshot.People.All())
	// The last member stands behind the lists: a file that was cut has no end.
	e.text("\"complete\":true}")
	if e.err == nil {
		e.err = b.Flush()
	}
	if e.err == nil {
		_, e.err = io.WriteString(w, seal(digest))
	}
	if e.err != nil {
		return fmt.Errorf("encode snapshot: %w", e.err)
	}
	return nil
}

type encoder struct {
	w    *bufio.Writer
	json *json.Encoder
	err  error
}

func (e *encoder) text(s string) {
	if e.err == nil {
		_, e.err = e.w.WriteString(s)
	}
}

func (e *encoder) value(v any) {
	if e.err == nil {
		e.err = e.json.Encode(v)
	}
}

func (e *encoder) member(name string, v any) {
	e.text(`"` + name + `":`)
	e.value(v)
	e.text(",")
}

func entries[T any](e *encoder, name string, list []T) { each(e, name, slices.Values(list)) }

func each[T any](e *encoder, name string, list iter.Seq[T]) {
	e.text(`"` + name + "\":[\n")
	first := true
	for entry := range list {
		if !first {
			e.text(",")
		}
		first = false
		e.value(entry)
	}
	e.text("],")
}

// asciiWriter writes every character above U+007E as \uXXXX.
type asciiWriter struct{ w *bufio.Writer }

func (a asciiWriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		plain := 0
		for plain < len(p) && p[plain] < 0x7f {
			plain++
		}
		if _, err := a.w.Write(p[:plain]); err != nil {
			return 0, err
		}
		if p = p[plain:]; len(p) == 0 {
			break
		}
		r, size := utf8.DecodeRune(p)
		p = p[size:]
		units := utf16.Encode([]rune{r})
		for _, u := range units {
			if _, err := fmt.Fprintf(a.w, `\u%04x`, u); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

// BeginsSaved looks whether a file begins as Encode begins one, of whatever
// format.
func BeginsSaved(r io.Reader) error {
	const begin = `{"format":`
	head := make([]byte, 256)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if s := string(head[:n]); !strings.HasPrefix(s, begin) || !strings.Contains(s, `"profile":`) || !strings.Contains(s, `"attributes":`) {
		return fmt.Errorf("%w: it does not begin as one", ErrSaved)
	}
	return nil
}

// DecodeSaved reads a saved snapshot. What this program does not know, what was
// cut or changed, and what goes on behind the end is an error: nothing is guessed.
func DecodeSaved(r io.Reader) (Saved, error) {
	var file struct {
		Saved
		Snapshot struct {
			Snapshot
			Complete bool `json:"complete"`
		} `json:"snapshot"`
		SHA256 string `json:"sha256"`
	}
	sealed := newUnsealer(r)
	dec := json.NewDecoder(sealed)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return Saved{}, fmt.Errorf("%w: the file ends before its end", ErrSaved)
		case file.Format > SavedFormat:
			return Saved{}, fmt.Errorf("%w: format %d, this program knows %d", ErrSaved, file.Format, SavedFormat)
		}
		return Saved{}, fmt.Errorf("%w: %w", ErrSaved, err)
	}
	switch _, err := dec.Token(); {
	case file.Format != SavedFormat:
		return Saved{}, fmt.Errorf("%w: format %d, this program knows %d", ErrSaved, file.Format, SavedFormat)
	case !errors.Is(err, io.EOF):
		return Saved{}, fmt.Errorf("%w: something follows the document", ErrSaved)
	case !file.Snapshot.Complete:
		return Saved{}, fmt.Errorf("%w: it has no end", ErrSaved)
	case !sealed.whole():
		return Saved{}, fmt.Errorf("%w: it was changed after it was written", ErrSaved)
	}
	s := file.Saved
	s.Snapshot = file.Snapshot.Snapshot
	return s, nil
}
