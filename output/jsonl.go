package output

import "bytes"

// writeLines writes the document line by line: first what is left of it without
// its lists, then each entry of each list, then the closing object. Each line
// says in type what it is.
func writeLines(b *bytes.Buffer, data []byte, d Document) error {
	all, err := fields(data)
	if err != nil {
		return err
	}
	var head []field
	lists := map[string][]byte{}
	var closing []byte
	for _, f := range all {
		if f.name == d.Closing {
			closing = f.value
		}
		if d.list(f.name) == nil {
			head = append(head, f)
			continue
		}
		lists[f.name] = f.value
	}
	writeLine(b, d.Type, head)
	for _, l := range d.Lists {
		items, err := entries(lists[l.Field])
		if err != nil {
			return err
		}
		for _, item := range items {
			f, err := fields(item)
			if err != nil {
				return err
			}
			if f == nil {
				f = []field{{name: "value", value: item}}
			}
			writeLine(b, l.Type, f)
		}
	}
	if closing != nil {
		f, err := fields(closing)
		if err != nil {
			return err
		}
		writeLine(b, d.Closing, f)
	}
	return nil
}

// writeLine writes one object on a line of its own, its type first.
func writeLine(b *bytes.Buffer, kind string, all []field) {
	line := []field{{name: "type", value: quote(kind)}}
	for _, f := range all {
		if f.name != "type" {
			line = append(line, f)
		}
	}
	b.Write(appendObject(nil, line))
	b.WriteByte('\n')
}

// list returns the description of the list in a field, nil if it has none.
func (d Document) list(name string) *List {
	for i := range d.Lists {
		if d.Lists[i].Field == name {
			return &d.Lists[i]
		}
	}
	return nil
}
