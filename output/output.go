// Package output turns one value into one document on stdout: JSON for scripts,
// lines of JSON for big documents, a table for people, CSV for lists. It writes
// the whole document in one go or nothing at all, and it knows no type of the
// core: what it is handed is what encoding/json makes of it.
//
// JSON is ASCII only, because Windows PowerShell 5.1 decodes native output with
// the code page of the console. Tables and CSV show control, format and
// bidirectional characters of data as \uXXXX, so that no name from a directory
// can move the cursor or hide what stands beside it.
package output

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Format is how a document is written.
type Format string

// The formats. CSV is for lists only.
const (
	Table Format = "table"
	JSON  Format = "json"
	JSONL Format = "jsonl"
	CSV   Format = "csv"
)

// Document is what a command hands over: one JSON object, and how it is taken
// apart where a format needs that.
type Document struct {
	// Type is the word for the document in jsonl.
	Type string
	// Value is encoded with encoding/json and must become an object.
	Value any
	// Lists are the lists that jsonl writes as lines of their own and tables
	// show as tables, in the order given. A list that is not named here stays
	// within its document.
	Lists []List
	// Grids are the fields that hold an object of alike objects; a table shows
	// each as rows and columns.
	Grids []string
	// Closing names an object of the document that jsonl repeats as the last
	// line, so that a reader sees that nothing was cut off.
	Closing string
}

// List is a list within a document.
type List struct {
	Field string // the field that holds it
	Type  string // the word for one of its entries in jsonl
	// Columns are the dotted paths that a table shows; none shows all of them.
	Columns []string
}

// Options say how to write.
type Options struct {
	Format Format
	// Filter is applied to the whole document before it is written; nil keeps
	// the document as it is.
	Filter *Filter
	// Patience is how long the filter may take; 0 lets it go on until the
	// context ends.
	Patience time.Duration
	// Terminal says that a person looks at the output.
	Terminal bool
	// Zone is the zone in which tables show times.
	Zone *time.Location
}

// ErrFormat is returned for a document that the format cannot show.
var ErrFormat = errors.New("the document cannot be written in this format")

// Write writes d to w. It fails before the first byte or, where w itself fails,
// with w's error.
func Write(ctx context.Context, w io.Writer, d Document, o Options) error {
	data, err := encode(d.Value)
	if err != nil {
		return fmt.Errorf("encode %s: %w", d.Type, err)
	}
	var b bytes.Buffer
	switch {
	case o.Filter != nil:
		err = o.filter(ctx, &b, data)
	case o.Format == JSON:
		err = writeJSON(&b, data, o.Terminal)
	case o.Format == JSONL:
		err = writeLines(&b, data, d)
	case o.Format == CSV:
		err = writeCSV(&b, data, d)
	case o.Format == Table:
		err = writeTable(&b, data, d, o.Zone)
	default:
		err = fmt.Errorf("%w: %q", ErrFormat, o.Format)
	}
	if err != nil {
		return err
	}
	_, err = b.WriteTo(w)
	return err
}

// filter runs the filter for as long as it may take.
func (o Options) filter(ctx context.Context, b *bytes.Buffer, data []byte) error {
	if o.Patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.Patience, fmt.Errorf("%w: it has not ended within %v", ErrFilter, o.Patience))
		defer cancel()
	}
	return o.Filter.write(ctx, b, data, o.Format != JSONL)
}
