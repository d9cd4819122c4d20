package apply

import (
	"encoding/json"
	"fmt"
	"time"

	"adsync/core/fault"
)

// Underway is a change about whose last write nothing is known: it was begun and
// has no result, or its result is unknown.
type Underway struct {
	Change string
	First  time.Time // when it was begun for the first time in this run
	Last   time.Time // when it was begun last
}

// ReadHeader decodes the first line of a journal.
func ReadHeader(line []byte) (Header, error) {
	var l struct {
		typed
		Header
	}
	if err := json.Unmarshal(line, &l); err != nil || l.T != lineHeader || l.Format != 1 {
		return Header{}, fault.New("store.run.malformed", "the record of the run does not begin with the line of a run", fault.Cause(err),
			fault.Hint(hintRecord))
	}
	return l.Header, nil
}

// hintRecord leads on from a record that a disk or a hand has damaged: what
// adsync wrote is in the ledger, and each write reads its object first.
const hintRecord = "restore the file in runs from a backup, or move it away and run preview: it finds what is left to do"

// Replay makes the document of a run from its journal, and lists what was under
// way. Without an end the run is running or, where its process is gone,
// interrupted.
func Replay(lines [][]byte, running bool) (Run, []Underway, error) {
	p, err := replayed(lines)
	if err != nil {
		return Run{}, nil, err
	}
	return p.document(running), p.underway(), nil
}

func replayed(lines [][]byte) (*replay, error) {
	if len(lines) == 0 {
		return nil, fault.New("store.run.malformed", "the record of the run is empty", fault.Hint(hintRecord))
	}
	h, err := ReadHeader(lines[0])
	if err != nil {
		return nil, err
	}
	p := newReplay(h)
	for i, line := range lines[1:] {
		if err := p.line(line); err != nil {
			return nil, fault.New("store.run.malformed", fmt.Sprintf("line %d of the record of run %s", i+2, h.ID), fault.Cause(err),
				fault.Hint(hintRecord))
		}
	}
	return p, nil
}

// replay is the state of a journal after some of its lines.
type replay struct {
	header Header
	run    Run
	places map[string]int // change -> place in run.Results
	open   map[string]bool
	spans  map[string]Underway
	order  []string // of spans
	ended  bool
	beyond int // calls that no result accounts for
}

func newReplay(h Header) *replay {
	p := &replay{
		header: h,
		run:    Run{Format: 1, ID: h.ID, StartedAt: h.StartedAt, Outcome: Running, Results: []Result{}},
		places: map[string]int{}, open: map[string]bool{}, spans: map[string]Underway{},
	}
	if h.Plan != "" {
		p.run.Plan = &h.Plan
	}
	return p
}

func (p *replay) line(line []byte) error {
	var t typed
	if err := json.Unmarshal(line, &t); err != nil {
		return err
	}
	switch t.T {
	case lineBegin:
		var b begin
		if err := json.Unmarshal(line, &b); err != nil {
			return err
		}
		for _, id := range b.Changes {
			p.begin(id, b.At)
		}
	case lineResult:
		var r Result
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		p.result(r)
	case lineResume:
		p.ended, p.run.Error, p.run.FinishedAt = false, nil, time.Time{}
	case lineEnd:
		var e end
		if err := json.Unmarshal(line, &e); err != nil {
			return err
		}
		p.ended, p.beyond = true, p.beyond+e.Calls
		p.run.Outcome, p.run.Error, p.run.FinishedAt, p.run.Step, p.run.ExitCode = e.Outcome, e.Error, e.At, e.Step, e.ExitCode
	}
	return nil
}

func (p *replay) begin(id string, at time.Time) {
	s, again := p.spans[id]
	if !again {
		s = Underway{Change: id, First: at}
		p.order = append(p.order, id)
	}
	s.Last = at
	p.spans[id], p.open[id] = s, true
}

func (p *replay) result(r Result) {
	p.open[r.Change] = r.Outcome == Unknown
	i, again := p.places[r.Change]
	if !again {
		p.places[r.Change] = len(p.run.Results)
		p.run.Results = append(p.run.Results, r)
		return
	}
	// The calls of every attempt belong to the change.
	r.Calls += p.run.Results[i].Calls
	p.run.Results[i] = r
}

func (p *replay) underway() []Underway {
	list := []Underway{}
	for _, id := range p.order {
		if p.open[id] {
			list = append(list, p.spans[id])
		}
	}
	return list
}

// document counts, and says how the run stands.
func (p *replay) document(running bool) Run {
	p.run.Summary = summarise(p.run.Results, p.beyond)
	switch {
	case p.ended && (p.run.Outcome == Complete || p.run.Outcome == Partial):
		// Read back since the end, what was unknown may be known.
		p.run.Outcome = ending(p.run.Summary)
	case p.ended:
	case running:
		p.run.Outcome = Running
	default:
		p.run.Outcome = Interrupted
		p.run.Error = &Problem{
			Code: "interrupted", Message: "the process ended before the run did",
			Hint: "go on with it: adsync run resume " + p.run.ID,
		}
	}
	return p.run
}

func ending(s Summary) Ending {
	if s.Failed+s.Unknown+s.Skipped > 0 {
		return Partial
	}
	return Complete
}

func summarise(results []Result, beyond int) Summary {
	s := Summary{Calls: beyond}
	for _, r := range results {
		s.Calls += r.Calls
		switch r.Outcome {
		case Done:
			s.Done++
		case Already:
			s.Already++
		case Stale:
			s.Stale++
		case Failed:
			s.Failed++
		case Unknown:
			s.Unknown++
		case Skipped:
			s.Skipped++
		}
	}
	return s
}

// final reports whether a change with this outcome is never tried again.
func (o Outcome) final() bool { return o == Done || o == Already || o == Stale }
