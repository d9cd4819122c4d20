package commands

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/attribute"
	"adsync/core/config"
	"adsync/core/plan"
)

func readme(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// section returns README from a heading to the next one.
func section(t *testing.T, heading string) string {
	t.Helper()
	_, rest, found := strings.Cut(readme(t), "\n"+heading+"\n")
	if !found {
		t.Fatalf("README has no heading %q", heading)
	}
	text, _, _ := strings.Cut(rest, "\n#")
	return text
}

// TestReadmeHasTheCodes compares the tables of rules, causes and warnings with the code's.
func TestReadmeHasTheCodes(t *testing.T) {
	for heading, want := range map[string][]plan.Code{
		"### Why something is held": plan.Rules, "### Why something changes": plan.Causes,
		"### What a plan warns of": plan.Warnings,
	} {
		var got []plan.Code
		for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.+?) \\|$").FindAllStringSubmatch(section(t, heading), -1) {
			got = append(got, plan.Code{Code: m[1], Meaning: m[2]})
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-code +README):\n%s", heading, d)
		}
	}
}

// TestWarningsStandInTheTable looks through the source for what gives a warning
// to a plan: its code has to be one of the table.
func TestWarningsStandInTheTable(t *testing.T) {
	table := map[string]bool{}
	for _, c := range plan.Warnings {
		table[c.Code] = true
	}
	gives := regexp.MustCompile(`(?:\.warn\(|(?:identity|plan)\.Warning\{\s*Code: )"([^"]+)"`)
	found := map[string]bool{}
	for _, folder := range []string{"../core/policy", "../core/plan", "."} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range gives.FindAllStringSubmatch(string(data), -1) {
				found[m[1]] = true
				if !table[m[1]] {
					t.Errorf("%s warns of %s, which the table does not hold", file, m[1])
				}
			}
		}
	}
	for code := range table {
		if !found[code] && code != plan.RuleDuplicateMail && code != plan.RuleDuplicateName {
			t.Errorf("nothing warns of %s", code)
		}
	}
}

// TestReadmeHasTheAttributes compares the table of fields with the default
// expressions: the attributes that each of them reads, in their order.
func TestReadmeHasTheAttributes(t *testing.T) {
	rows := map[string][]string{}
	name := regexp.MustCompile("`([A-Za-z]+)`")
	for _, m := range regexp.MustCompile("(?m)^\\| [^|]+ \\| ([^|]+) \\| `attributes\\.([A-Za-z]+)` \\|$").FindAllStringSubmatch(section(t, "## Which attribute becomes what"), -1) {
		for _, n := range name.FindAllStringSubmatch(m[1], -1) {
			rows[m[2]] = append(rows[m[2]], n[1])
		}
	}
	defaults := config.Default().Attributes
	want := map[string][]string{"exchangeLogin": {"sAMAccountName"}}
	if defaults.ExchangeLogin != "" {
		t.Errorf("the login has a default expression now: %s", defaults.ExchangeLogin)
	}
	for field, expr := range map[string]string{
		"name": defaults.Name, "firstName": defaults.FirstName, "lastName": defaults.LastName, "email": defaults.Email,
	} {
		rule, err := attribute.Compile(field, expr)
		if err != nil {
			t.Fatal(err)
		}
		want[field] = rule.Names()
	}
	for _, list := range rows {
		slices.Sort(list)
	}
	for _, list := range want {
		slices.Sort(list)
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("(-code +README):\n%s", d)
	}
}

// TestReadmeNamesWhereQuestionsLive: each question that only a real tenant settles
// is one function, and that is still there.
func TestReadmeNamesWhereQuestionsLive(t *testing.T) {
	places := regexp.MustCompile("(?m)^\\|.*\\| `([^`]+)` in `([^`]+)` \\|$").FindAllStringSubmatch(section(t, "## Not yet seen against a real tenant"), -1)
	if len(places) < 20 {
		t.Fatalf("%d questions name a place", len(places))
	}
	for _, p := range places {
		data, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(p[2])))
		if err != nil {
			t.Error(err)
			continue
		}
		if !regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + p[1] + `[\[(]`).Match(data) {
			t.Errorf("%s has no function %s", p[2], p[1])
		}
	}
}
