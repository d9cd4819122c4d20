package forest

import (
	"context"
	"time"
)

// Operation is what a client asked for, as a test or a demonstration may want
// to disturb it.
type Operation struct {
	Connection int    // counted from 1
	Kind       string // "bind" or "search"
	Name       string // of a bind the name, of a search its base
	Scope      string // of a search: base, one, sub
	Page       int    // of a paged search, counted from 1
	Attributes []string
}

// Fault is how an operation goes wrong. The zero value lets it pass.
type Fault struct {
	Delay    time.Duration // before it is answered
	Code     int           // result code instead of the answer
	Text     string        // with Code
	Entries  int           // with Code, Close or Truncate: entries that are sent before
	Hang     bool          // never answered
	Close    bool          // the connection ends
	Truncate bool          // the connection ends in the middle of a message
	Empty    bool          // success without an entry
}

// Disturb asks decide about each operation from now on; nil ends that.
func (f *Forest) Disturb(decide func(Operation) Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.onFault = decide
}

// disturbed returns what goes wrong with op, after its delay.
func (f *Forest) disturbed(ctx context.Context, op Operation) Fault {
	f.mu.RLock()
	decide := f.onFault
	f.mu.RUnlock()
	if decide == nil {
		return Fault{}
	}
	fault := decide(op)
	if fault.Hang {
		<-ctx.Done()
		return fault
	}
	if fault.Delay > 0 {
		t := time.NewTimer(fault.Delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
	}
	return fault
}
