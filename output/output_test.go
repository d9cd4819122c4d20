package output

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

type person struct {
	Name string `json:"name"`
	At   string `json:"at"`
}

type sample struct {
	Format  int      `json:"format"`
	ID      string   `json:"id"`
	Big     int64    `json:"big"`
	Nested  nested   `json:"nested"`
	People  []person `json:"people"`
	Summary nested   `json:"summary"`
}

type nested struct {
	Total int `json:"total"`
}

var (
	umlauts = sample{
		Format: 1, ID: "a<b>&", Big: 9007199254740993, Nested: nested{3},
		People:  []person{{Name: "Jürgen 李 😀\u2028", At: "2026-11-24T10:15:00Z"}},
		Summary: nested{1},
	}
	shape = Document{Type: "sample", Lists: []List{{Field: "people", Type: "person"}}, Closing: "summary"}
)

func write(t *testing.T, v any, o Options) string {
	t.Helper()
	var b bytes.Buffer
	d := shape
	d.Value = v
	if err := Write(t.Context(), &b, d, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	filter := func(expr string) *Filter {
		f, err := NewFilter(expr)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for name, tc := range map[string]struct {
		why  string
		o    Options
		want string
	}{
		"JSON": {
			why: "PowerShell 5.1 reads native output in the console's code page; only ASCII arrives.",
			o:   Options{Format: JSON},
			want: `{
  "format": 1,
  "id": "a<b>&",
  "big": 9007199254740993,
  "nested": {
    "total": 3
  },
  "people": [
    {
      "name": "J\u00fcrgen \u674e \ud83d\ude00\u2028",
      "at": "2026-11-24T10:15:00Z"
    }
  ],
  "summary": {
    "total": 1
  }
}
`,
		},
		"Lines": {
			why: "Big plans are read line by line, and the last line shows that nothing is missing.",
			o:   Options{Format: JSONL},
			want: `{"type":"sample","format":1,"id":"a<b>&","big":9007199254740993,"nested":{"total":3},"summary":{"total":1}}
{"type":"person","name":"J\u00fcrgen \u674e \ud83d\ude00\u2028","at":"2026-11-24T10:15:00Z"}
{"type":"summary","total":1}
`,
		},
		"CSV": {
			why:  "What would break a line is shown as what it is.",
			o:    Options{Format: CSV},
			want: "name,at\nJürgen 李 😀\\u2028,2026-11-24T10:15:00Z\n",
		},
		"Table": {
			why: "People see local times.",
			o:   Options{Format: Table, Zone: time.FixedZone("", 3600)},
			want: `id             a<b>&
big            9007199254740993
nested.total   3
summary.total  1

people: 1
+-----------------------+----------------------------+
| name                  | at                         |
+-----------------------+----------------------------+
| Jürgen 李 😀\u2028 | 2026-11-24 11:15:00 +01:00 |
+-----------------------+----------------------------+
`,
		},
		"FilterKeepsBigNumbers": {
			why:  "Through float64 the last digit would change.",
			o:    Options{Format: JSON, Filter: filter(".big, .people[].name")},
			want: "9007199254740993\n\"J\\u00fcrgen \\u674e \\ud83d\\ude00\\u2028\"\n",
		},
		"FilterLines": {
			why:  "In jsonl every result is one line.",
			o:    Options{Format: JSONL, Filter: filter("{id}, .nested")},
			want: "{\"id\":\"a<b>&\"}\n{\"total\":3}\n",
		},
		"FilterHasNoEnvironment": {
			why:  "Secrets may stand in the environment.",
			o:    Options{Format: JSON, Filter: filter("$ENV, env")},
			want: "{}\n{}\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := write(t, umlauts, tc.o)
			if name == "Table" {
				got, tc.want = squeeze(got), squeeze(tc.want)
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Errorf("%s\n(-want +got):\n%s", tc.why, d)
			}
		})
	}
}

// squeeze takes the padding out of a table: how wide a character is shown
// depends on tables of the library.
func squeeze(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '-' || r == '+' }), " ")
}

func TestBigDocumentIsCompact(t *testing.T) {
	big := sample{People: make([]person, 40_000)}
	for name, o := range map[string]Options{
		"piped":    {Format: JSON},
		"terminal": {Format: JSON, Terminal: true},
	} {
		got := write(t, big, o)
		if lines := strings.Count(got, "\n"); (lines == 1) != (name == "piped") {
			t.Errorf("%s: %d lines", name, lines)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%s: no JSON", name)
		}
	}
}

func TestNothingIsWrittenOnFailure(t *testing.T) {
	f, err := NewFilter(".id, error(\"no\")")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		value any
		o     Options
	}{
		"filter": {umlauts, Options{Format: JSON, Filter: f}},
		"value":  {map[string]any{"f": func() {}}, Options{Format: JSON}},
		"format": {umlauts, Options{Format: "xml"}},
	} {
		var b bytes.Buffer
		if err := Write(t.Context(), &b, Document{Value: tc.value}, tc.o); err == nil || b.Len() > 0 {
			t.Errorf("%s: err %v, wrote %q", name, err, b.String())
		}
	}
}

func TestFilterErrorsAreFoundBeforehand(t *testing.T) {
	for _, expr := range []string{".[", "nosuch", "$x", "import \"a\" as a; ."} {
		if _, err := NewFilter(expr); !errors.Is(err, ErrFilter) {
			t.Errorf("%s: %v, want ErrFilter", expr, err)
		}
	}
}

func TestEndlessFilterEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, err := NewFilter("def f: f; f")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err = Write(ctx, &bytes.Buffer{}, Document{Value: umlauts}, Options{Format: JSON, Filter: f})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
	f, err := NewFilter("last(range(infinite))")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	err = Write(t.Context(), &b, Document{Value: umlauts}, Options{Format: JSON, Filter: f, Patience: 20 * time.Millisecond})
	if !errors.Is(err, ErrFilter) || b.Len() > 0 {
		t.Errorf("got %v and %q, want an error of the filter alone", err, b.String())
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"Ann":                   "Ann",
		"a\u202eb":              `a\u202eb`,
		"a\x1b[2Jb":             `a\u001b[2Jb`,
		"a\r\nb\tc":             `a\u000d\u000ab\u0009c`,
		"soft\u00adhyphen":      `soft\u00adhyphen`,
		"tag\U000e0041":         `tag\udb40\udc41`,
		"Jürgen 李 😀":            "Jürgen 李 😀",
		"zero\u200bwidth\ufeff": `zero\u200bwidth\ufeff`,
		"bad\xff":               `bad\ufffd`,
	} {
		if got := Visible(in); got != want {
			t.Errorf("Visible(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTableOfList(t *testing.T) {
	d := Document{
		Type: "plans", Lists: []List{{Field: "plans", Type: "plan", Columns: []string{"id"}}},
		Value: map[string]any{
			"format": 1, "plans": []any{},
			"next": []any{map[string]any{"command": "adsync preview", "why": "make one"}},
		},
	}
	var b bytes.Buffer
	if err := Write(t.Context(), &b, d, Options{Format: Table}); err != nil {
		t.Fatal(err)
	}
	want := "no plans\n\nnext:\n  adsync preview\n      make one\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTableOfGrid(t *testing.T) {
	d := Document{
		Type: "plan", Grids: []string{"summary"},
		Value: struct {
			ID      string `json:"id"`
			Summary any    `json:"summary"`
		}{"3f9a", json.RawMessage(`{"create":{"users":2,"total":2},"held":{"users":0,"total":0}}`)},
	}
	var b bytes.Buffer
	if err := Write(t.Context(), &b, d, Options{Format: Table}); err != nil {
		t.Fatal(err)
	}
	want := `id  3f9a

+---------+-------+-------+
| summary | users | total |
+---------+-------+-------+
| create  | 2     | 2     |
| held    | 0     | 0     |
+---------+-------+-------+
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("an object of alike objects is easier to read as rows (-want +got):\n%s", diff)
	}
}
