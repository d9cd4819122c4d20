package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"adsync/core/fault"
	"adsync/output"
)

// errorDocument is what is printed of a step that failed as a whole.
type errorDocument struct {
	Format int       `json:"format"`
	Error  errorBody `json:"error"`
}

// errorBody is an error as documents show it.
type errorBody struct {
	Code    string       `json:"code"`
	Message string       `json:"message"`
	Hint    string       `json:"hint"`
	Details []string     `json:"details"`
	Next    []fault.Next `json:"next"`
}

// body returns err as documents show it.
func body(err error) *errorBody {
	b := &errorBody{Code: "internal", Message: err.Error(), Details: []string{}, Next: []fault.Next{}}
	if errors.Is(err, context.Canceled) {
		b.Code, b.Hint = "interrupted", "run the command again; nothing was left half-written"
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		b.Code, b.Hint = f.Code, f.Hint
		b.Details = append(b.Details, f.Details...)
		b.Next = append(b.Next, f.Next...)
	}
	return b
}

// report prints an error and returns its exit code. An error whose document has
// been printed already is a status and prints nothing.
func report(ctx context.Context, env Env, o output.Options, err error) int {
	code := exitCode(err)
	if _, printed := asStatus(err); printed {
		return code
	}
	b := body(err)
	if o.Format == output.Table || o.Format == output.CSV {
		_, _ = env.Stderr.Write(errorText(b))
		return code
	}
	o.Filter = nil
	d := output.Document{Type: "error", Value: errorDocument{Format: 1, Error: *b}}
	if o.Format == output.JSONL {
		d.Value = struct {
			Format int `json:"format"`
			errorBody
		}{1, *b}
	}
	if werr := output.Write(context.WithoutCancel(ctx), env.Stdout, d, o); werr != nil {
		return exitFailed
	}
	return code
}

// errorText returns an error as a person reads it.
func errorText(b *errorBody) []byte {
	var t bytes.Buffer
	fmt.Fprintf(&t, "adsync: %s (%s)\n", output.Visible(b.Message), b.Code)
	for _, d := range b.Details {
		fmt.Fprintf(&t, "  %s\n", output.Visible(d))
	}
	if b.Hint != "" {
		fmt.Fprintf(&t, "hint: %s\n", output.Visible(b.Hint))
	}
	for _, n := range b.Next {
		fmt.Fprintf(&t, "next: %s\n      %s\n", output.Visible(n.Command), output.Visible(n.Why))
	}
	return t.Bytes()
}

// print writes a document. After Ctrl+C a document that says how far things
// came is still written, and a filter has a moment for it.
func (s *session) print(ctx context.Context, d output.Document) error {
	o := s.out
	if ctx.Err() != nil {
		ctx, o.Patience = context.WithoutCancel(ctx), 5*time.Second
	}
	s.shows.clear()
	err := output.Write(ctx, s.env.Stdout, d, o)
	if errors.Is(err, output.ErrFilter) {
		return fault.New("usage.jq", "the expression fails on this document", fault.Cause(err),
			fault.Hint("what the step did is done; leave the expression out to see the document"))
	}
	return err
}

// end writes a document and ends the step with the worst of the codes.
func (s *session) end(ctx context.Context, d output.Document, codes ...int) error {
	if err := s.print(ctx, d); err != nil {
		return err
	}
	if code := worst(append(codes, exitOK)...); code != exitOK {
		return status(code)
	}
	return nil
}
