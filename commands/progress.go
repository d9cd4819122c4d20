package commands

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"adsync/core/central"
	"adsync/output"
)

// progress is one line on the console that says how far a step is. It is rewritten
// in place and is gone before anything else is printed, so that neither a document
// nor an error ever stands beside it. A nil progress shows nothing.
type progress struct {
	mu      sync.Mutex
	to      io.Writer
	stage   string // what is being done
	waiting string // what it waits for, "" while it goes on
	width   int    // of what stands on the console
}

// limitWait is shown while calls have to wait, by our own budget or because
// Central asks for it.
const limitWait = "waiting for the rate limit"

// patient is how long a wait is before it is mentioned.
const patient = time.Second

// progressFor returns the progress of a step: only a person at a console who gets
// a table sees one. With --verbose the log says the same.
func progressFor(env Env, g globals, o output.Options) *progress {
	if !env.ErrTerminal || o.Format != output.Table || o.Filter != nil || g.NoProgress || g.Verbose {
		return nil
	}
	return &progress{to: env.Stderr}
}

// say shows what is being done.
func (p *progress) say(stage string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stage = stage
	p.draw()
}

const barWidth = 30

// count shows how much of something is done.
func (p *progress) count(what string) func(done, total int) {
	if p == nil {
		return nil
	}
	return func(done, total int) {
		full := barWidth
		if total > 0 {
			full = barWidth * min(done, total) / total
		}
		p.say(fmt.Sprintf("%s [%s%s] %d/%d", what, strings.Repeat("#", full), strings.Repeat(".", barWidth-full), done, total))
	}
}

// wait shows what is waited for, once that takes a while, until what it returns
// is called.
func (p *progress) wait(what string) (over func()) {
	if p == nil {
		return func() {}
	}
	set := func(text string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.waiting != text {
			p.waiting = text
			p.draw()
		}
	}
	done := make(chan struct{})
	shown := make(chan struct{})
	timer := time.AfterFunc(patient, func() {
		defer close(shown)
		select {
		case <-done:
		default:
			set(what)
		}
	})
	return func() {
		close(done)
		if !timer.Stop() {
			<-shown
			set("")
		}
	}
}

// draw writes the line over the one before. Blanks, not a control sequence, take
// away what is left of that: older consoles of Windows know no others than \r.
func (p *progress) draw() {
	text := output.Visible(p.stage)
	if p.waiting != "" {
		text += ", " + p.waiting
	}
	if text == "" && p.width == 0 {
		return
	}
	blanks := max(p.width-len(text), 0)
	line := "\r" + text + strings.Repeat(" ", blanks) + strings.Repeat("\b", blanks)
	if text == "" {
		line += "\r"
	}
	_, _ = io.WriteString(p.to, line)
	p.width = len(text)
}

// clear takes the line away.
func (p *progress) clear() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stage, p.waiting = "", ""
	p.draw()
}

// shownBudget is a rate budget whose waits are shown.
type shownBudget struct {
	central.Budget
	progress *progress
}

// Take blocks until a call may be made.
func (b shownBudget) Take(ctx context.Context) error {
	defer b.progress.wait(limitWait)()
	return b.Budget.Take(ctx)
}
