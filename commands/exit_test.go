package commands

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
)

func TestExitCodes(t *testing.T) {
	for code, want := range map[string]int{
		"usage.jq":                    80,
		"config.central.notvalidated": 40,
		"profile.access":              40,
		"central.tenant.required":     40,
		"central.tenant.unknown":      40,
		"central.credential.expired":  22,
		"central.regionBlocked":       21,
		"central.tenants":             21,
		"run.busy":                    30,
		"run.unknown":                 1,
		"credential.missing":          22,
		"central.credential.refused":  22,
		"central.credentials":         21,
		"directory.bind.refused":      22,
		"directory.binding":           20,
		"directory.unreachable":       20,
		"proxy.authRequired":          23,
		"central.unreachable":         21,
		"approval.expired":            12,
		"stale.config":                13,
		"interrupted":                 130,
		"store.full":                  1,
		"":                            1,
	} {
		if got := exitCode(fault.New(code, "x")); got != want {
			t.Errorf("%s: exit %d, want %d", code, got, want)
		}
	}
	if got := exitCode(fmt.Errorf("read: %w", context.Canceled)); got != 130 {
		t.Errorf("cancelled: exit %d, want 130", got)
	}
	if got := exitCode(errors.New("x")); got != 1 {
		t.Errorf("an error without a code: exit %d, want 1", got)
	}
	if got := exitCode(nil); got != 0 {
		t.Errorf("no error: exit %d, want 0", got)
	}
}

// TestPrecedence holds the order in which codes stand for each other.
func TestPrecedence(t *testing.T) {
	var got []int
	for _, e := range exits {
		got = append(got, e.code)
	}
	want := []int{130, 80, 40, 30, 22, 23, 20, 21, 1, 12, 13, 14, 11, 10, 0}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if w := worst(0, 10, 11); w != 11 {
		t.Errorf("held and changed: %d, want 11", w)
	}
	if slices.Contains(got, 2) {
		t.Error("2 is what a crashing Go program exits with")
	}
}

// TestReadmeHasTheExitCodes compares the table of README with that of the code.
func TestReadmeHasTheExitCodes(t *testing.T) {
	got := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| *(\d+) *\| *([a-z]+) *\| *(.+?) *\|$`).FindAllStringSubmatch(readme(t), -1) {
		got[m[1]+" "+m[2]] = m[3]
	}
	want := map[string]string{}
	for _, e := range exits {
		want[strconv.Itoa(e.code)+" "+e.name] = e.meaning
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("exit codes (-code +README):\n%s", d)
	}
}
