package output

import (
	"bytes"
	"encoding/csv"
	"fmt"
)

// writeCSV writes the first list of the document, one column for each value
// that any of its entries has, in the order in which they first occur.
func writeCSV(b *bytes.Buffer, data []byte, d Document) error {
	if len(d.Lists) == 0 {
		return fmt.Errorf("%w: %s is no list", ErrFormat, d.Type)
	}
	rows, err := listRows(data, d.Lists[0].Field)
	if err != nil {
		return err
	}
	names := columns(rows)
	if len(names) == 0 {
		names = d.Lists[0].Columns
	}
	w := csv.NewWriter(b)
	if err := w.Write(names); err != nil {
		return err
	}
	for _, r := range rows {
		if err := w.Write(pick(r, names)); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// listRows returns the entries of a list of the document, taken apart.
func listRows(data []byte, name string) ([][]cell, error) {
	list, err := member(data, name)
	if err != nil {
		return nil, err
	}
	items, err := entries(list)
	if err != nil {
		return nil, err
	}
	rows := make([][]cell, 0, len(items))
	for _, item := range items {
		row, err := flatten("", item)
		if err != nil {
			return nil, err
		}
		if row == nil {
			text, err := scalar(item)
			if err != nil {
				return nil, err
			}
			row = []cell{{path: name, text: text}}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// columns returns the paths that occur in any row.
func columns(rows [][]cell) []string {
	seen := map[string]bool{}
	var out []string
	for _, r := range rows {
		for _, c := range r {
			if !seen[c.path] {
				seen[c.path] = true
				out = append(out, c.path)
			}
		}
	}
	return out
}

// pick returns the texts of a row in the order of names, safe to be shown.
func pick(row []cell, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		for _, c := range row {
			if c.path == n {
				out[i] = Visible(c.text)
			}
		}
	}
	return out
}
