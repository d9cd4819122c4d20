package apply

import (
	"encoding/json"
	"time"

	"adsync/core/fault"
	"adsync/core/plan"
)

// Header is the first line of a journal: what is run, by whom, on whose word.
type Header struct {
	Format    int        `json:"format"`
	ID        string     `json:"id"`
	Plan      string     `json:"plan"` // "" of a scheduled step that failed before a run
	StartedAt time.Time  `json:"startedAt"`
	By        plan.Actor `json:"by"`
	Approvals []string   `json:"approvals"` // ids of the approvals it stands on
	Changes   []string   `json:"changes"`   // ids of the approved changes
}

// The types of lines.
const (
	lineHeader = "run"
	lineResume = "resume"
	lineBegin  = "begin"
	lineResult = "result"
	lineEnd    = "end"
)

type typed struct {
	T string `json:"t"`
}

// begin says that the changes are about to be written, in one go.
type begin struct {
	Changes []string  `json:"changes"`
	At      time.Time `json:"at"`
}

// resumed says that a run goes on.
type resumed struct {
	At time.Time `json:"at"`
}

// end is the last line of a run, as long as it is not resumed.
type end struct {
	Outcome Ending    `json:"outcome"`
	Error   *Problem  `json:"error,omitempty"`
	At      time.Time `json:"at"`
	// Calls are those that no result accounts for.
	Calls    int    `json:"calls,omitempty"`
	Step     string `json:"step,omitempty"`
	ExitCode int    `json:"exitCode,omitempty"`
}

// HeaderLine encodes the first line of a journal.
func HeaderLine(h Header) ([]byte, error) {
	h.Format = 1
	if h.Approvals == nil {
		h.Approvals = []string{}
	}
	if h.Changes == nil {
		h.Changes = []string{}
	}
	return json.Marshal(struct {
		typed
		Header
	}{typed{lineHeader}, h})
}

// FailedStep returns the whole journal of a scheduled step that failed before
// there was a run.
func FailedStep(h Header, step string, exitCode int, p Problem, at time.Time) ([][]byte, error) {
	h.Plan = ""
	first, err := HeaderLine(h)
	if err != nil {
		return nil, err
	}
	last, err := encode(end{Outcome: Broken, Error: &p, At: at, Step: step, ExitCode: exitCode})
	if err != nil {
		return nil, err
	}
	return [][]byte{first, last}, nil
}

func encode(l any) ([]byte, error) {
	switch l := l.(type) {
	case begin:
		return json.Marshal(struct {
			typed
			begin
		}{typed{lineBegin}, l})
	case resumed:
		return json.Marshal(struct {
			typed
			resumed
		}{typed{lineResume}, l})
	case Result:
		return json.Marshal(struct {
			typed
			Result
		}{typed{lineResult}, l})
	case end:
		return json.Marshal(struct {
			typed
			end
		}{typed{lineEnd}, l})
	}
	return nil, fault.New("internal.journal", "a line of no known type was to be journaled")
}

// keep journals one line.
func (r *runner) keep(l any) error {
	data, err := encode(l)
	if err != nil {
		return &journalError{err}
	}
	if err := r.Journal.Append(data); err != nil {
		return &journalError{err}
	}
	return nil
}

// journalError is a line that could not be written: nothing may be sent any more.
type journalError struct{ err error }

func (e *journalError) Error() string { return "journal: " + e.err.Error() }
func (e *journalError) Unwrap() error { return e.err }
