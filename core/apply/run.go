// Package apply carries out the approved changes of one plan: it asks both sides
// again before each write, journals before and after it, and stops where going
// on could do harm. It knows neither Sophos Central nor the directory, only the
// interfaces it needs of them.
package apply

import "time"

// Outcome is what came of one change.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"    // written, and the reply says so
	Already Outcome = "already" // found as it should become; nothing was written
	Stale   Outcome = "stale"   // not as it was planned, or no longer wanted; nothing was written
	Failed  Outcome = "failed"  // Central said no
	Unknown Outcome = "unknown" // sent, and no clear answer came, nor could it be read back
	Skipped Outcome = "skipped" // not tried
)

// Ending is how a run as a whole ended.
type Ending string

// The endings.
const (
	Complete    Ending = "done"        // every approved change done, already or stale
	Partial     Ending = "partial"     // some failed, unknown or skipped
	Interrupted Ending = "interrupted" // ended before all were tried
	Broken      Ending = "failed"      // a scheduled step that failed before a run began
	Running     Ending = "running"     // no end has been written: under way, or the process is gone
)

// Problem is an error as a run record keeps it.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Result is what came of one change.
type Result struct {
	Change  string   `json:"change"` // id of the change
	Outcome Outcome  `json:"outcome"`
	Calls   int      `json:"calls"` // where one call covers many changes: 1 on the first, 0 on the rest
	Error   *Problem `json:"error"`
	// CentralID is the object that was written, as far as it is known.
	CentralID string    `json:"centralId,omitempty"`
	At        time.Time `json:"at"`
}

// Summary counts the outcomes.
type Summary struct {
	Done    int `json:"done"`
	Already int `json:"already"`
	Stale   int `json:"stale"`
	Failed  int `json:"failed"`
	Unknown int `json:"unknown"`
	Skipped int `json:"skipped"`
	Calls   int `json:"calls"` // calls of the API, reads included
}

// Run is the document of a run, as apply, run resume and run show print it.
type Run struct {
	Format     int       `json:"format"`
	ID         string    `json:"id"`
	Plan       *string   `json:"plan"` // null of a scheduled step that failed before a run
	StartedAt  time.Time `json:"startedAt"`
	FinishedAt time.Time `json:"finishedAt,omitzero"`
	Outcome    Ending    `json:"outcome"`
	Summary    Summary   `json:"summary"`
	Results    []Result  `json:"results"`
	Error      *Problem  `json:"error,omitempty"`
	// Step and ExitCode are set of a scheduled step that failed before a run.
	Step     string `json:"step,omitempty"`
	ExitCode int    `json:"exitCode,omitempty"`
}
