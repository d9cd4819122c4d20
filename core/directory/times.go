package directory

import (
	"strconv"
	"strings"
	"time"
)

const (
	// filetimeEpoch is 1601-01-01 in seconds before 1970.
	filetimeEpoch = 11644473600
	// lastFiletime is the end of the year 9999, beyond which no time has a text
	// in JSON; what expires later never does.
	lastFiletime = 2650467743990000000
)

// expiry reads accountExpires: 0 and the largest number mean never.
func expiry(text string) time.Time { return filetime(text) }

// filetime reads a number of 100 nanoseconds since 1601 (MS-DTYP 2.3.3), in
// which the directory keeps accountExpires, lockoutTime and lastLogonTimestamp.
// 0 and the largest number stand for no time at all.
func filetime(text string) time.Time {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n > lastFiletime {
		return time.Time{}
	}
	return time.Unix(n/1e7-filetimeEpoch, n%1e7*100).UTC()
}

// interval reads a span of time, which the directory keeps as a negative number
// of 100 nanoseconds (MS-ADTS 3.1.1.7.2). endless is the smallest number;
// a text that is none, and one beyond what a Duration holds, is endless too.
func interval(text string) (span time.Duration, endless bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < -(1<<63-1)/100 {
		return 0, true
	}
	return time.Duration(max(-n, 0)) * 100, false
}

// generalized reads a generalized time (RFC 4517 3.3.13): with or without
// minutes, seconds and a fraction of the last of them, in UTC or with an offset.
// Text that is none gives the zero time.
func generalized(text string) time.Time {
	digits := 0
	for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
		digits++
	}
	var layout string
	unit := time.Second
	switch digits {
	case 10:
		layout, unit = "2006010215", time.Hour
	case 12:
		layout, unit = "200601021504", time.Minute
	case 14:
		layout = "20060102150405"
	default:
		return time.Time{}
	}
	whole, rest := text[:digits], text[digits:]
	if digits == 14 && whole[12:] == "60" {
		// A leap second, for which Go has no name.
		whole, rest = whole[:12]+"59", strings.TrimLeft(rest, ".,0123456789")
	}
	t, err := time.Parse(layout, whole)
	if err != nil {
		return time.Time{}
	}
	if rest != "" && (rest[0] == '.' || rest[0] == ',') {
		end := 1
		for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
			end++
		}
		part, err := strconv.ParseFloat("0."+rest[1:end], 64)
		if end == 1 || err != nil {
			return time.Time{}
		}
		t = t.Add(time.Duration(part * float64(unit)).Round(time.Microsecond))
		rest = rest[end:]
	}
	ahead, ok := offset(rest)
	if !ok {
		return time.Time{}
	}
	return t.Add(-ahead)
}

// offset reads "Z", "+0100" or "-03".
func offset(text string) (ahead time.Duration, ok bool) {
	if text == "Z" {
		return 0, true
	}
	if len(text) != 3 && len(text) != 5 || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	hours, err := strconv.ParseUint(text[1:3], 10, 8)
	if err != nil || hours > 23 {
		return 0, false
	}
	ahead = time.Duration(hours) * time.Hour
	if len(text) == 5 {
		minutes, err := strconv.ParseUint(text[3:], 10, 8)
		if err != nil || minutes > 59 {
			return 0, false
		}
		ahead += time.Duration(minutes) * time.Minute
	}
	if text[0] == '-' {
		ahead = -ahead
	}
	return ahead, true
}
