package schedule

import (
	"encoding/xml"
	"fmt"
	"slices"
	"time"
)

// The types of this file are Microsoft's task schema as far as it is used, in
// the order of its elements.

const principalID = "Author"

type task struct {
	XMLName     xml.Name  `xml:"http://schemas.microsoft.com/windows/2004/02/mit/task Task"`
	Version     string    `xml:"version,attr"`
	URI         string    `xml:"RegistrationInfo>URI"`
	Source      string    `xml:"RegistrationInfo>Source"`
	Description string    `xml:"RegistrationInfo>Description"`
	Triggers    triggers  `xml:"Triggers"`
	Settings    settings  `xml:"Settings"`
	Principal   principal `xml:"Principals>Principal"`
	Actions     actions   `xml:"Actions"`
}

type actions struct {
	Context string `xml:"Context,attr"`
	Exec    exec   `xml:"Exec"`
}

type exec struct {
	Command   string `xml:"Command"`
	Arguments string `xml:"Arguments"`
}

type principal struct {
	ID        string `xml:"id,attr"`
	UserID    string `xml:"UserId"`
	LogonType string `xml:"LogonType,omitempty"`
	RunLevel  string `xml:"RunLevel"`
}

type settings struct {
	AllowStartOnDemand         bool   `xml:"AllowStartOnDemand"`
	RestartInterval            string `xml:"RestartOnFailure>Interval"`
	RestartCount               int    `xml:"RestartOnFailure>Count"`
	MultipleInstancesPolicy    string `xml:"MultipleInstancesPolicy"`
	DisallowStartIfOnBatteries bool   `xml:"DisallowStartIfOnBatteries"`
	StopIfGoingOnBatteries     bool   `xml:"StopIfGoingOnBatteries"`
	StartWhenAvailable         bool   `xml:"StartWhenAvailable"`
	RunOnlyIfNetworkAvailable  bool   `xml:"RunOnlyIfNetworkAvailable"`
	Enabled                    bool   `xml:"Enabled"`
	ExecutionTimeLimit         string `xml:"ExecutionTimeLimit"`
}

type triggers struct {
	Time     []timeTrigger     `xml:"TimeTrigger"`
	Calendar []calendarTrigger `xml:"CalendarTrigger"`
}

type timeTrigger struct {
	Enabled       bool   `xml:"Enabled"`
	StartBoundary string `xml:"StartBoundary"`
	Interval      string `xml:"Repetition>Interval"`
	RandomDelay   string `xml:"RandomDelay,omitempty"`
}

type calendarTrigger struct {
	Enabled       bool    `xml:"Enabled"`
	StartBoundary string  `xml:"StartBoundary"`
	RandomDelay   string  `xml:"RandomDelay,omitempty"`
	ByDay         *byDay  `xml:"ScheduleByDay"`
	ByWeek        *byWeek `xml:"ScheduleByWeek"`
}

type byDay struct {
	DaysInterval int `xml:"DaysInterval"`
}

type byWeek struct {
	WeeksInterval int        `xml:"WeeksInterval"`
	Days          daysOfWeek `xml:"DaysOfWeek"`
}

// daysOfWeek has an empty element for each day that is meant.
type daysOfWeek struct {
	Monday    *empty `xml:"Monday"`
	Tuesday   *empty `xml:"Tuesday"`
	Wednesday *empty `xml:"Wednesday"`
	Thursday  *empty `xml:"Thursday"`
	Friday    *empty `xml:"Friday"`
	Saturday  *empty `xml:"Saturday"`
	Sunday    *empty `xml:"Sunday"`
}

type empty struct{}

func minutes(n int) string { return fmt.Sprintf("PT%dM", n) }

func (s Spec) randomDelay() string {
	if s.RandomDelayMinutes == 0 {
		return ""
	}
	return minutes(s.RandomDelayMinutes)
}

func (s Spec) settings() settings {
	return settings{
		AllowStartOnDemand:        true,
		RestartInterval:           minutes(10),
		RestartCount:              3,
		MultipleInstancesPolicy:   "IgnoreNew",
		StartWhenAvailable:        true,
		RunOnlyIfNetworkAvailable: true,
		Enabled:                   true,
		ExecutionTimeLimit:        fmt.Sprintf("PT%dH", s.LimitHours),
	}
}

// principal asks for the whole token: the profiles' folder belongs to
// Administrators, and a filtered administrator would not get in.
func (s Spec) principal() principal {
	user, password := s.Principal()
	p := principal{ID: principalID, UserID: user, RunLevel: "HighestAvailable"}
	if password {
		p.LogonType = "Password"
	}
	return p
}

// triggers begin at their first time after start, so that registering the task
// does not count as a start that was missed.
func (s Spec) triggers(start time.Time) triggers {
	switch s.Mode {
	case Every:
		return triggers{Time: []timeTrigger{{
			Enabled: true, StartBoundary: boundary(s.firstAfter(start)),
			Interval: minutes(s.EveryMinutes), RandomDelay: s.randomDelay(),
		}}}
	case Daily:
	default:
		return triggers{}
	}
	var t triggers
	for _, c := range s.clocks() {
		at := midnight(start).Add(time.Duration(c) * time.Minute)
		if !at.After(start) {
			at = at.AddDate(0, 0, 1)
		}
		trigger := calendarTrigger{Enabled: true, StartBoundary: boundary(at), RandomDelay: s.randomDelay()}
		if week := s.week(); len(week) == 0 {
			trigger.ByDay = &byDay{DaysInterval: 1}
		} else {
			trigger.ByWeek = &byWeek{WeeksInterval: 1, Days: named(week)}
		}
		t.Calendar = append(t.Calendar, trigger)
	}
	return t
}

func named(week []string) daysOfWeek {
	on := func(day string) *empty {
		if slices.Contains(week, day) {
			return &empty{}
		}
		return nil
	}
	return daysOfWeek{
		on("Monday"), on("Tuesday"), on("Wednesday"), on("Thursday"), on("Friday"), on("Saturday"), on("Sunday"),
	}
}
