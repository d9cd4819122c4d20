package output

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/itchyny/gojq"
)

// Filter is a jq expression that has been parsed and compiled.
type Filter struct{ code *gojq.Code }

// ErrFilter is returned for an expression that does not parse or compile, and
// for one that fails on the document.
var ErrFilter = errors.New("jq")

// NewFilter compiles an expression. It sees the document and nothing else: no
// environment, no modules, no files.
func NewFilter(expr string) (*Filter, error) {
	q, err := gojq.Parse(expr)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFilter, err)
	}
	code, err := gojq.Compile(q)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFilter, err)
	}
	return &Filter{code: code}, nil
}

// write runs the filter over a document and writes each result as JSON, one
// after the other. An expression that never ends is ended by ctx.
func (f *Filter) write(ctx context.Context, b *bytes.Buffer, data []byte, indent bool) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // through float64 a number above 2^53 would become another
	var v any
	if err := d.Decode(&v); err != nil {
		return err
	}
	results := f.code.RunWithContext(ctx, v)
	for {
		r, ok := results.Next()
		if !ok {
			return nil
		}
		if err, failed := r.(error); failed {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if halt, ok := errors.AsType[*gojq.HaltError](err); ok && halt.Value() == nil {
				return nil
			}
			return fmt.Errorf("%w: %w", ErrFilter, err)
		}
		out, err := gojq.Marshal(r)
		if err != nil {
			return err
		}
		out = ascii(out)
		if !indent {
			b.Write(out)
			b.WriteByte('\n')
			continue
		}
		if err := json.Indent(b, out, "", "  "); err != nil {
			return err
		}
		b.WriteByte('\n')
	}
}
