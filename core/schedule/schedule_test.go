package schedule

import (
	"encoding/xml"
	"flag"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
)

var update = flag.Bool("update", false, "write the golden files")

var start = time.Date(2026, 11, 24, 13, 30, 0, 0, time.UTC)

var action = Action{
	Profile: "default", Home: `C:\ProgramData\adsync`,
	Script: `C:\Program Files\adsync\Invoke-AdsyncScheduledRun.ps1`, Start: start,
}

func daily(times ...string) Spec {
	return Spec{Mode: Daily, Times: times, RandomDelayMinutes: 5, LimitHours: 72}
}

func every(minutes int) Spec {
	return Spec{Mode: Every, EveryMinutes: minutes, RandomDelayMinutes: 5, LimitHours: 72}
}

func TestXMLGolden(t *testing.T) {
	definition, err := XML(daily("02:00", "14:00"), action)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "daily.xml")
	if *update {
		if err := os.WriteFile(path, []byte(definition), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), definition); d != "" {
		t.Errorf("the same schedule is the same text (-want +got):\n%s", d)
	}
}

// specs are schedules of every kind.
func specs() map[string]Spec {
	days := daily("02:00")
	days.Days = []string{"sun", "mon", "mon"}
	user := daily("02:00")
	user.Account = `CORP\svc-<adsync>&`
	gmsa := every(15)
	gmsa.Account = `CORP\gmsa-adsync$`
	exact := daily("02:00")
	exact.RandomDelayMinutes = 0
	var full []string
	for i := range maxTriggers {
		full = append(full, time.Date(0, 1, 1, 0, i*30, 0, 0, time.UTC).Format("15:04"))
	}
	return map[string]Spec{
		"never": {Mode: Never, LimitHours: 72}, "daily": daily("02:00", "02:00", "14:00"), "days": days, "user": user,
		"gmsa": gmsa, "exact": exact, "full": daily(full...), "every": every(90), "month": every(maxEveryMinutes),
	}
}

func TestXMLIsValid(t *testing.T) {
	lint, err := osexec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed")
	}
	schema := filepath.Join("..", "..", "testdata", "windows", "tasks.xsd")
	actions := map[string]Action{"plain": action, "odd": {
		Profile: "a-1", Home: `D:\Jürgen & <Söhne>\`, Script: `\\srv\share$\über 'uns'\x.ps1`, Start: start, NoTriggers: true,
	}}
	for name, s := range specs() {
		for how, a := range actions {
			definition, err := XML(s, a)
			if err != nil {
				t.Fatalf("%s %s: %v", name, how, err)
			}
			file := filepath.Join(t.TempDir(), "task.xml")
			if err := os.WriteFile(file, UTF16(definition), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := osexec.CommandContext(t.Context(), lint, "--noout", "--schema", schema, file).CombinedOutput(); err != nil {
				t.Errorf("%s %s: %s\n%s", name, how, out, definition)
			}
		}
	}
}

func TestXMLSays(t *testing.T) {
	all := specs()
	odd := Action{Profile: "default", Home: `D:\a & b\`, Script: `C:\x y\z.ps1`, Start: start}
	silent := action
	silent.NoTriggers = true
	tests := map[string]struct {
		why    string
		spec   Spec
		action Action
		has    []string
		hasNot []string
	}{
		"System": {
			why: "SYSTEM has no logon type.", spec: all["daily"], action: action,
			has: []string{
				"<UserId>S-1-5-18</UserId>", "<URI>\\adsync\\default</URI>", "<MultipleInstancesPolicy>IgnoreNew<",
				"<StartWhenAvailable>true<", "<RunOnlyIfNetworkAvailable>true<", "<ExecutionTimeLimit>PT72H<", "<RandomDelay>PT5M<",
				"<DisallowStartIfOnBatteries>false<",
			},
			hasNot: []string{"LogonType"},
		},
		"User": {
			why: "Anybody else needs a password; never S4U.", spec: all["user"], action: action,
			has: []string{`<UserId>CORP\svc-&lt;adsync&gt;&amp;</UserId>`, "<LogonType>Password</LogonType>"},
		},
		"GMSA":      {why: "A gMSA is a password logon without a password.", spec: all["gmsa"], action: action, has: []string{`gmsa-adsync$</UserId>`, "<LogonType>Password<"}},
		"Days":      {why: "Days in the order of the schema, each once.", spec: all["days"], action: action, has: []string{"<Monday></Monday>", "<Sunday></Sunday>"}, hasNot: []string{"ScheduleByDay", "Tuesday"}},
		"Exact":     {why: "No delay is no element.", spec: all["exact"], action: action, hasNot: []string{"RandomDelay"}},
		"Every":     {why: "One trigger that repeats.", spec: all["every"], action: action, has: []string{"<Interval>PT90M</Interval>", "<StartBoundary>2026-11-24T15:00:00<"}},
		"Tomorrow":  {why: "02:00 has passed today: registering is not a missed start.", spec: all["days"], action: action, has: []string{"<StartBoundary>2026-11-25T02:00:00<"}},
		"Never":     {why: "Never is on demand only.", spec: all["never"], action: action, has: []string{"<Triggers></Triggers>"}},
		"NoTrigger": {why: "The probe comes before the triggers.", spec: all["daily"], action: silent, hasNot: []string{"StartBoundary"}},
		"Quoting": {
			why: "A backslash before the closing quote counts double.", spec: all["daily"], action: odd,
			has: []string{`-NoProfile -NonInteractive -File &#34;C:\x y\z.ps1&#34; -Profile default -HomePath &#34;D:\a &amp; b\\&#34;`},
		},
	}
	for name, tc := range tests {
		definition, err := XML(tc.spec, tc.action)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, s := range tc.has {
			if !strings.Contains(definition, s) {
				t.Errorf("%s: %s\n%s is missing in\n%s", name, tc.why, s, definition)
			}
		}
		for _, s := range tc.hasNot {
			if strings.Contains(definition, s) {
				t.Errorf("%s: %s\n%s is in\n%s", name, tc.why, s, definition)
			}
		}
	}
}

func TestXMLWithoutStart(t *testing.T) {
	a := action
	a.Start = time.Time{}
	for name, s := range specs() {
		definition, err := XML(s, a)
		if err != nil || strings.Contains(definition, "StartBoundary>") != (s.Mode != Never) ||
			strings.Count(definition, "<StartBoundary>2024-") != strings.Count(definition, "<StartBoundary>") {
			t.Errorf("%s: %v\n%s", name, err, definition)
		}
	}
}

func TestXMLReadsBack(t *testing.T) {
	definition, err := XML(daily("02:00"), Action{Profile: "default", Home: "/tmp/a b", Script: `/x/<&>'.ps1`, Start: start})
	if err != nil {
		t.Fatal(err)
	}
	var got task
	if err := xml.Unmarshal([]byte(strings.Replace(definition, "UTF-16", "UTF-8", 1)), &got); err != nil {
		t.Fatal(err)
	}
	want := `-NoProfile -NonInteractive -File "/x/<&>'.ps1" -Profile default -HomePath "/tmp/a b"`
	if got.Actions.Exec.Command != "powershell.exe" || got.Actions.Exec.Arguments != want {
		t.Errorf("got %q, want %q", got.Actions.Exec.Arguments, want)
	}
}

func TestXMLRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		why, code string
		change    func(*Spec, *Action)
	}{
		"Quote":    {"No Windows path has one; it would end the argument.", "usage.schedule.action", func(_ *Spec, a *Action) { a.Home = `C:\a" -Command "x` }},
		"Newline":  {"No task has one.", "usage.schedule.action", func(_ *Spec, a *Action) { a.Script = "a\nb" }},
		"Variable": {"Task Scheduler would replace it.", "usage.schedule.action", func(_ *Spec, a *Action) { a.Home = `C:\%TEMP%` }},
		"Missing":  {"A task without a script does nothing.", "usage.schedule.action", func(_ *Spec, a *Action) { a.Script = "" }},
		"Spec":     {"What Check refuses is not written.", "usage.schedule.times", func(s *Spec, _ *Action) { s.Times = nil }},
	} {
		s, a := daily("02:00"), action
		tc.change(&s, &a)
		if _, err := XML(s, a); fault.Code(err) != tc.code {
			t.Errorf("%s: %s\ngot %v, want %s", name, tc.why, err, tc.code)
		}
	}
}

func TestCheck(t *testing.T) {
	var tooMany []string
	for i := range 49 {
		tooMany = append(tooMany, time.Date(0, 1, 1, 0, i*29, 0, 0, time.UTC).Format("15:04"))
	}
	monday := daily("02:00")
	monday.Days = []string{"monday"}
	for name, tc := range map[string]struct {
		why, code string
		spec      Spec
	}{
		"TooMany": {"The schema allows 48 triggers.", "usage.schedule.tooMany", daily(tooMany...)},
		"Twice":   {"A time that is given twice counts once.", "", daily(append(tooMany[:48:48], tooMany[0])...)},
		"Time":    {"Not every text is a time.", "usage.schedule.times", daily("2:00")},
		"Late":    {"24:00 is tomorrow.", "usage.schedule.times", daily("24:00")},
		"None":    {"Daily at no time.", "usage.schedule.times", daily()},
		"Day":     {"Days are three letters.", "usage.schedule.days", monday},
		"Zero":    {"Every nothing.", "usage.schedule.every", every(0)},
		"TooLong": {"The schema allows 31 days.", "usage.schedule.every", every(maxEveryMinutes + 1)},
		"Mode":    {"A forgotten mode is no schedule.", "usage.schedule.mode", Spec{LimitHours: 1}},
		"Limit":   {"A task that ends at once.", "usage.schedule.limit", Spec{Mode: Never}},
	} {
		if err := tc.spec.Check(); fault.Code(err) != tc.code {
			t.Errorf("%s: %s\ngot %v, want %q", name, tc.why, err, tc.code)
		}
	}
}

func TestNext(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here: " + err.Error())
	}
	weekly := daily("02:00")
	weekly.Days = []string{"tue"}
	at := func(s string) time.Time {
		t.Helper()
		v, err := time.ParseInLocation("2006-01-02 15:04", s, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for name, tc := range map[string]struct {
		why         string
		spec        Spec
		after, want string
	}{
		"Today":      {"Later today.", daily("14:00", "02:00"), "2026-11-24 13:30", "2026-11-24 14:00"},
		"Tomorrow":   {"Nothing left today.", daily("02:00"), "2026-11-24 13:30", "2026-11-25 02:00"},
		"Exactly":    {"A start that is due now is not the next.", daily("02:00"), "2026-11-24 02:00", "2026-11-25 02:00"},
		"NextWeek":   {"The same day a week on.", weekly, "2026-11-24 13:30", "2026-12-01 02:00"},
		"Every":      {"Even intervals from midnight.", every(90), "2026-11-24 13:30", "2026-11-24 15:00"},
		"Summertime": {"The clock on the wall counts.", daily("12:00"), "2026-03-28 13:00", "2026-03-29 12:00"},
		"Wintertime": {"The hour that comes twice.", every(60), "2026-10-25 04:00", "2026-10-25 05:00"},
	} {
		got, ok := tc.spec.Next(at(tc.after))
		if !ok || !got.Equal(at(tc.want)) {
			t.Errorf("%s: %s\ngot %v %v, want %s", name, tc.why, got, ok, tc.want)
		}
	}
	for _, s := range []Spec{{Mode: Never, LimitHours: 1}, {}, daily()} {
		if got, ok := s.Next(start); ok {
			t.Errorf("%+v is due at %v", s, got)
		}
	}
}

func TestDigest(t *testing.T) {
	base := daily("02:00")
	same := base
	same.Times, same.Days, same.EveryMinutes = []string{"02:00", "02:00"}, []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, 15
	if base.Digest() != same.Digest() {
		t.Error("what registers the same task has the same digest")
	}
	seen := map[string]string{base.Digest(): "base"}
	for name, s := range specs() {
		if name == "exact" || name == "days" || name == "user" || name == "never" || name == "every" {
			d := s.Digest()
			if other, ok := seen[d]; ok {
				t.Errorf("%s and %s have one digest", name, other)
			}
			seen[d] = name
		}
	}
}

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{"90m": 90 * time.Minute, "24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour, "30s": 30 * time.Second} {
		var d Duration
		if err := d.UnmarshalText([]byte(in)); err != nil || time.Duration(d) != want {
			t.Errorf("%s: %v, %v", in, time.Duration(d), err)
		}
		if again, err := ParseDuration(d.String()); err != nil || again != want {
			t.Errorf("%s prints as %s, which reads as %v, %v", in, d, again, err)
		}
	}
	for _, in := range []string{"", "7", "d", "0d", "-1d", "+1d", "1.5h", "1w", "99999999999999d", "36501d", "1h30m", " 1h", "1 h"} {
		if d, err := ParseDuration(in); !fault.Is(err, "usage.duration") {
			t.Errorf("%q read as %v, %v", in, d, err)
		}
	}
}
