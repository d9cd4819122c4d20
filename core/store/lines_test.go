package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
)

func text(lines [][]byte) []string {
	var s []string
	for _, l := range lines {
		s = append(s, string(l))
	}
	return s
}

func TestRunRecord(t *testing.T) {
	p := open(t, t.TempDir())
	old, id := "20261123T101500Z-bbbbbb", "20261124T101500Z-aaaaaa"
	for _, run := range []string{old, id} {
		j, err := p.NewRun(run, []byte(`{"first":1}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, lines, err := p.RunLines(run); err != nil || len(lines) != 1 {
			t.Errorf("the first line is there before anything else: %v, %v", text(lines), err)
		}
		if err := errors.Join(j.Append([]byte(`{"n":2}`)), j.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.NewRun(id, []byte("{}")); err == nil {
		t.Error("a record is begun once")
	}
	if runs, err := p.Runs(); err != nil || cmp.Diff([]string{id, old}, runs) != "" {
		t.Errorf("newest first: %v, %v", runs, err)
	}

	name := filepath.Join(p.Dir(), "runs", id+".jsonl")
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(`{"half":`)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	want := []string{`{"first":1}`, `{"n":2}`}
	for _, prefix := range []string{id, "20261124", Latest} {
		got, lines, err := p.RunLines(prefix)
		if err != nil || got != id || cmp.Diff(want, text(lines)) != "" {
			t.Errorf("%s: a half-written line does not count: %s %v, %v", prefix, got, text(lines), err)
		}
	}
	j, err := p.OpenRun(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Append([]byte(`{"n":3}`)), j.Close()); err != nil {
		t.Fatal(err)
	}
	if _, lines, err := p.RunLines(id); err != nil || cmp.Diff(append(want, `{"n":3}`), text(lines)) != "" {
		t.Errorf("going on behind it: %v, %v", text(lines), err)
	}
	if _, _, err := p.RunLines("20261199"); fault.Code(err) != "usage.run.unknown" {
		t.Errorf("unknown: %v", err)
	}
	if _, _, err := p.RunLines("2026112"); fault.Code(err) != "usage.run.name" {
		t.Errorf("too short: %v", err)
	}
	j, err = p.NewRun("20261124T101500Z-cccccc", []byte("{}"))
	if err := errors.Join(err, j.Close()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.RunLines("20261124"); fault.Code(err) != "usage.run.ambiguous" {
		t.Errorf("ambiguous: %v", err)
	}
}

func TestJournalTakesOneLine(t *testing.T) {
	p := open(t, t.TempDir())
	j, err := p.NewRun("20261124T101500Z-aaaaaa", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for _, bad := range []string{"", "a\nb", "a\n", "a\r"} {
		if err := j.Append([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// A line that does not fit is taken back, so that the next one begins a line.
func TestJournalOnFullDisk(t *testing.T) {
	p := open(t, t.TempDir())
	id := "20261124T101500Z-aaaaaa"
	j, err := p.NewRun(id, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	j.w.f = &failing{j.w.f, 10, errFull, false}
	if err := j.Append([]byte("four")); err != nil {
		t.Fatal(err)
	}
	if err := j.Append([]byte("too long")); fault.Code(err) != "store.full" {
		t.Errorf("got %v", err)
	}
	j.w.f.(*failing).left = 100 //nolint:errcheck // set above
	if err := errors.Join(j.Append([]byte("next")), j.Close()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(p.Dir(), "runs", id+".jsonl"))
	if err != nil || string(data) != "{}\nfour\nnext\n" {
		t.Errorf("record is %q, %v", data, err)
	}
}

func TestApproversTakeTurns(t *testing.T) {
	home := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		p := open(t, home)
		wg.Go(func() {
			if err := p.AppendApprover(func(lines [][]byte) ([]byte, error) {
				return fmt.Appendf(nil, `{"n":%d}`, len(lines)), nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	p := open(t, home)
	lines, err := p.ApproverLines()
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range lines {
		if want := fmt.Sprintf(`{"n":%d}`, i); string(l) != want {
			t.Errorf("line %d is %s: made of other lines than those before it", i, l)
		}
	}
	if len(lines) != 8 {
		t.Errorf("%d lines", len(lines))
	}
	refused := errors.New("no")
	if err := p.AppendApprover(func([][]byte) ([]byte, error) { return nil, refused }); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	if lines, err = p.ApproverLines(); err != nil || len(lines) != 8 {
		t.Errorf("%d lines after a refusal, %v", len(lines), err)
	}
}

func TestHalfAnApproverIsNone(t *testing.T) {
	p := open(t, t.TempDir())
	add := func(line string) error {
		return p.AppendApprover(func([][]byte) ([]byte, error) { return []byte(line), nil })
	}
	if err := add("one"); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(p.Dir(), "approvers.jsonl")
	if err := os.WriteFile(name, []byte("one\nha"), 0o600); err != nil {
		t.Fatal(err)
	}
	if lines, err := p.ApproverLines(); err != nil || cmp.Diff([]string{"one"}, text(lines)) != "" {
		t.Errorf("got %v, %v", text(lines), err)
	}
	if err := add("x\ny"); err == nil {
		t.Error("two lines at once were taken")
	}
	if err := add("two"); err != nil {
		t.Fatal(err)
	}
	if lines, err := p.ApproverLines(); err != nil || cmp.Diff([]string{"one", "two"}, text(lines)) != "" {
		t.Errorf("got %v, %v", text(lines), err)
	}
}
