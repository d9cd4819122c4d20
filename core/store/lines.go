package store

import (
	"bytes"
	"os"

	"adsync/core/fault"
)

// split returns the lines of a file that is only ever added to. What stands
// behind the last line break was cut off by a crash before anybody was told
// that it is written, so it does not count. Whole is the size of the rest.
func split(data []byte) (lines [][]byte, whole int64) {
	whole = int64(bytes.LastIndexByte(data, '\n') + 1)
	for line := range bytes.Lines(data[:whole]) {
		lines = append(lines, bytes.TrimSuffix(line, []byte("\n")))
	}
	return lines, whole
}

// writer adds whole lines to a file. It has the file alone and writes at a known
// place: what Windows opens for appending cannot be cut back.
type writer struct {
	f    file
	size int64 // up to here the file has whole lines
}

// extend opens a file to add to it, without what a crash left half-written.
func (p *Profile) extend(root *os.Root, name string) (*writer, error) {
	data, err := content(root, name)
	if err != nil {
		return nil, err
	}
	f, err := p.open(root, name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, problem("write "+name, err)
	}
	_, whole := split(data)
	if whole < int64(len(data)) {
		if err := f.Truncate(whole); err != nil {
			_ = f.Close()
			return nil, problem("write "+name, err)
		}
	}
	return &writer{f: f, size: whole}, nil
}

// add writes one line and flushes it to the disk. A line that could not be
// written whole is taken back.
func (w *writer) add(line []byte) error {
	if err := single(line); err != nil {
		return err
	}
	b := append(bytes.Clone(line), '\n')
	if _, err := w.f.WriteAt(b, w.size); err != nil {
		if back := w.f.Truncate(w.size); back != nil {
			return problem("take back half a line", back)
		}
		return problem("write a line", err)
	}
	w.size += int64(len(b))
	return problem("flush a line", w.f.Sync())
}

func single(line []byte) error {
	if len(line) == 0 || bytes.ContainsAny(line, "\r\n") {
		return fault.New("internal.line", "a record must be one line that is not empty")
	}
	return nil
}
