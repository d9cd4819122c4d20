package schedule

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"adsync/core/fault"
	"adsync/core/text"
)

// Action is what the task runs, and for which profile.
type Action struct {
	Profile string
	Home    string // the folder of all profiles
	Script  string // path of Invoke-AdsyncScheduledRun.ps1
	// Start is the time from which on the triggers count, by the clock on the
	// wall of the machine: no start is due before it, and registering the task
	// does not make up for one. Left out, a day long past.
	Start time.Time
	// NoTriggers leaves the triggers out: the task then runs on demand only.
	NoTriggers bool
}

// Principal returns the account of the task as its definition names it, and
// whether it logs on with a stored password. A gMSA does too, with one that the
// domain knows.
func (s Spec) Principal() (user string, password bool) {
	if system(s.Account) {
		return "S-1-5-18", false
	}
	return s.Account, true
}

// RunsAs reports whether an account, named DOMAIN\name, is the one of the task.
func (s Spec) RunsAs(name, sid string) bool {
	if system(s.Account) {
		return sid == "S-1-5-18"
	}
	of := func(text string) string {
		_, short, found := strings.Cut(text, `\`)
		if !found {
			short, _, _ = strings.Cut(text, "@")
		}
		return short
	}
	switch {
	case strings.EqualFold(s.Account, sid), strings.EqualFold(s.Account, name):
		return true
	case strings.Contains(s.Account, `\`) && strings.Contains(name, `\`) && !strings.HasPrefix(s.Account, `.\`):
		return false // two domains, or two names
	}
	return strings.EqualFold(of(s.Account), of(name))
}

// TaskName is the full name of a profile's task.
func TaskName(profile string) string { return `\adsync\` + profile }

// XML returns the definition of the task, valid against Microsoft's schema.
func XML(s Spec, a Action) (string, error) {
	if err := s.Check(); err != nil {
		return "", err
	}
	for _, in := range [][2]string{{"profile", a.Profile}, {"home", a.Home}, {"script", a.Script}, {"account", s.Account}} {
		if err := checkText(in[0], in[1]); err != nil {
			return "", err
		}
	}
	if a.Start.IsZero() {
		a.Start = anchor
	}
	t := task{
		Version: "1.2",
		URI:     TaskName(a.Profile),
		Source:  "adsync",
		Description: "Synchronises Active Directory to Sophos Central for the adsync profile " + a.Profile +
			". Made by adsync schedule xml; change it with adsync schedule set and register it again.",
		Settings:  s.settings(),
		Principal: s.principal(),
		Actions: actions{Context: principalID, Exec: exec{
			Command: "powershell.exe",
			Arguments: "-NoProfile -NonInteractive -File " + quote(a.Script) +
				" -Profile " + a.Profile + " -HomePath " + quote(a.Home),
		}},
	}
	if !a.NoTriggers {
		t.Triggers = s.triggers(wallClock(a.Start))
	}
	b, err := xml.MarshalIndent(t, "", "  ")
	if err != nil {
		return "", fault.New("internal.schedule", "the task cannot be written as XML", fault.Cause(err))
	}
	// Task Scheduler reads its definitions as UTF-16, as a file and as a text.
	return `<?xml version="1.0" encoding="UTF-16"?>` + "\n" + string(b) + "\n", nil
}

// UTF16 is the definition as it stands in a file.
func UTF16(definition string) []byte { return text.UTF16LE.Encode(definition) }

func checkText(what, v string) error {
	switch {
	case v == "" && what != "account":
		return fault.New("usage.schedule.action", "the "+what+" of the task is missing")
	case strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == '"' || r == 0xFFFE || r == 0xFFFF }):
		return fault.New("usage.schedule.action", fmt.Sprintf("the %s %q holds characters that no task can have", what, v))
	case strings.Count(v, "%") > 1 || strings.Contains(v, "$("):
		return fault.New("usage.schedule.action",
			fmt.Sprintf("the %s %q holds what Task Scheduler would replace by a variable", what, v))
	}
	return nil
}

// quote makes one argument of a path by the rules of CommandLineToArgvW:
// backslashes count double before a quote, the closing one included.
func quote(s string) string {
	trailing := len(s) - len(strings.TrimRight(s, `\`))
	return `"` + s + strings.Repeat(`\`, trailing) + `"`
}
