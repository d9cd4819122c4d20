package output

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// nextField is the list of commands that lead on; a table ends with it.
const nextField = "next"

// writeTable writes what a person wants to see: the single values of the
// document, then its lists as tables, then what to do next.
func writeTable(b *bytes.Buffer, data []byte, d Document, zone *time.Location) error {
	all, err := fields(data)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(f field) bool { return f.name == "format" })
	head := slices.DeleteFunc(slices.Clone(all), func(f field) bool {
		return f.name == nextField || d.list(f.name) != nil || slices.Contains(d.Grids, f.name)
	})
	single, err := flatten("", appendObject(nil, head))
	if err != nil {
		return err
	}
	writePairs(b, single, zone)
	for _, name := range d.Grids {
		rows, err := gridRows(data, name)
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			writeRows(b, List{Field: name}, rows, zone, false)
		}
	}
	for _, l := range d.Lists {
		// What a document leaves out is not shown as if there were none.
		there := slices.ContainsFunc(all, func(f field) bool { return f.name == l.Field })
		if l.Field == nextField || !there {
			continue
		}
		rows, err := listRows(data, l.Field)
		if err != nil {
			return err
		}
		writeRows(b, l, rows, zone, len(d.Lists) > 1 || len(single) > 0)
	}
	steps, err := listRows(data, nextField)
	if err != nil {
		return err
	}
	writeNext(b, steps)
	return nil
}

// gridRows are the objects of an object, each a row that begins with its name.
func gridRows(data []byte, name string) ([][]cell, error) {
	object, err := member(data, name)
	if err != nil {
		return nil, err
	}
	inner, err := fields(object)
	if err != nil {
		return nil, err
	}
	var rows [][]cell
	for _, f := range inner {
		cells, err := flatten("", f.value)
		if err != nil {
			return nil, err
		}
		rows = append(rows, append([]cell{{path: name, text: f.name}}, cells...))
	}
	return rows, nil
}

// writePairs writes single values, one a line, the names padded.
func writePairs(b *bytes.Buffer, pairs []cell, zone *time.Location) {
	width := 0
	for _, p := range pairs {
		width = max(width, len(p.path))
	}
	for _, p := range pairs {
		line := strings.TrimRight(fmt.Sprintf("%-*s  %s", width, p.path, shown(p.text, zone)), " ")
		b.WriteString(line)
		b.WriteByte('\n')
	}
}

// writeRows writes one list as a table.
func writeRows(b *bytes.Buffer, l List, rows [][]cell, zone *time.Location, titled bool) {
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	if titled {
		fmt.Fprintf(b, "%s: %d\n", l.Field, len(rows))
	}
	if len(rows) == 0 {
		if !titled {
			fmt.Fprintf(b, "no %s\n", l.Field)
		}
		return
	}
	names := l.Columns
	if len(names) == 0 {
		names = columns(rows)
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleDefault)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(row(names, nil))
	for _, r := range rows {
		for i := range r {
			r[i].text = localTime(r[i].text, zone)
		}
		t.AppendRow(row(pick(r, names), nil))
	}
	b.WriteString(t.Render())
	b.WriteByte('\n')
}

func row(texts []string, out table.Row) table.Row {
	for _, s := range texts {
		out = append(out, s)
	}
	return out
}

// writeNext writes the commands that lead on.
func writeNext(b *bytes.Buffer, steps [][]cell) {
	for i, s := range steps {
		if i == 0 {
			b.WriteString("\nnext:\n")
		}
		p := pick(s, []string{"command", "why"})
		fmt.Fprintf(b, "  %s\n      %s\n", p[0], p[1])
	}
}

// shown returns a value as a person reads it.
func shown(text string, zone *time.Location) string {
	return Visible(localTime(text, zone))
}

// localTime turns a time of the JSON document into local time with its offset.
func localTime(text string, zone *time.Location) string {
	if zone == nil || !strings.HasSuffix(text, "Z") || len(text) < len("2006-01-02T15:04:05Z") {
		return text
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	return t.In(zone).Format("2006-01-02 15:04:05 -07:00")
}
