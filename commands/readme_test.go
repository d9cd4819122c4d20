package commands

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadmeHasEveryCommand compares the table of the steps with the grammar.
func TestReadmeHasEveryCommand(t *testing.T) {
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(data), "## The steps")
	if !found {
		t.Fatal("README has no table of the steps")
	}
	table, _, _ = strings.Cut(table, "\n`adsync COMMAND")
	var got []string
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(table, -1) {
		words := strings.Fields(m[1])
		last := len(words) - 1
		for alternative := range strings.SplitSeq(words[last], `\|`) {
			got = append(got, strings.Join(append(slices.Clone(words[:last]), alternative), " "))
		}
	}
	var want []string
	for _, n := range leaves(t) {
		path := commandPath(n)
		if strings.HasPrefix(path, "sandbox change ") {
			path = "sandbox change"
		}
		want = append(want, path)
	}
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(slices.Compact(want), got); d != "" {
		t.Errorf("commands (-grammar +README):\n%s", d)
	}
}
