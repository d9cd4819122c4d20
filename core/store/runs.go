package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"adsync/core/fault"
)

const (
	runsDir = "runs"
	runEnd  = ".jsonl"
)

var runName = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z-]{7,63}$`)

// Journal is the record of a run while it is written.
type Journal struct {
	id string
	w  *writer
}

// ID returns the id of the run.
func (j *Journal) ID() string { return j.id }

// Append adds one line and flushes it to the disk before it returns.
func (j *Journal) Append(line []byte) error { return j.w.add(line) }

// Close ends the writing.
func (j *Journal) Close() error { return problem("close the run record", j.w.f.Close()) }

// NewRun begins the record of a run with its first line, which is on the disk
// when it returns.
func (p *Profile) NewRun(id string, header []byte) (*Journal, error) {
	if err := RunName(id); err != nil {
		return nil, err
	}
	if err := single(header); err != nil {
		return nil, err
	}
	root, err := p.write(runsDir)
	if err != nil {
		return nil, err
	}
	name := runsDir + "/" + id + runEnd
	if _, err := root.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New("internal.run.exists", "run "+id+" has a record already", fault.Cause(err))
	}
	if err := p.replace(root, name, append(slices.Clone(header), '\n')); err != nil {
		return nil, err
	}
	return p.journal(root, id)
}

// OpenRun opens the record of a run to go on with it.
func (p *Profile) OpenRun(id string) (*Journal, error) {
	if err := RunName(id); err != nil {
		return nil, err
	}
	reading, err := p.read()
	if err != nil {
		return nil, err
	}
	if reading == nil {
		return nil, unknownRun(id)
	}
	if _, err := reading.Lstat(runsDir + "/" + id + runEnd); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, unknownRun(id)
		}
		return nil, problem("open run "+id, err)
	}
	root, err := p.write(runsDir)
	if err != nil {
		return nil, err
	}
	return p.journal(root, id)
}

func (p *Profile) journal(root *os.Root, id string) (*Journal, error) {
	w, err := p.extend(root, runsDir+"/"+id+runEnd)
	if err != nil {
		return nil, err
	}
	return &Journal{id: id, w: w}, nil
}

// RunLines returns the record of the run whose id begins with prefix, or of the
// newest where it is Latest, without a half-written last line.
func (p *Profile) RunLines(prefix string) (id string, lines [][]byte, err error) {
	if prefix != Latest {
		if err := RunName(prefix); err != nil {
			return "", nil, err
		}
	}
	runs, err := p.Runs()
	if err != nil {
		return "", nil, err
	}
	if id, err = findRun(runs, prefix); err != nil {
		return "", nil, err
	}
	root, err := p.read()
	if err != nil {
		return "", nil, err
	}
	data, err := content(root, runsDir+"/"+id+runEnd)
	if err != nil {
		return "", nil, err
	}
	if data == nil {
		return "", nil, unknownRun(id)
	}
	lines, _ = split(data)
	return id, lines, nil
}

// Runs lists the ids of all runs, the newest first: they sort by time.
func (p *Profile) Runs() ([]string, error) {
	root, err := p.read()
	if err != nil {
		return nil, err
	}
	names, err := entries(root, runsDir, runEnd)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(append([]string{}, names...), func(n string) bool { return !runName.MatchString(n) })
	slices.Reverse(names)
	return names, nil
}

func findRun(runs []string, prefix string) (string, error) {
	if prefix == Latest && len(runs) > 0 {
		return runs[0], nil
	}
	if prefix == Latest {
		return "", fault.New("usage.run.unknown", "there is no run", fault.Hint("adsync apply makes one, of an approved plan"))
	}
	var found []string
	for _, id := range runs {
		if id == prefix {
			return id, nil
		}
		if len(prefix) >= 8 && strings.HasPrefix(id, prefix) {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 0:
		return "", unknownRun(prefix)
	case 1:
		return found[0], nil
	default:
		return "", fault.New("usage.run.ambiguous", "several runs begin with "+prefix, fault.Details(found...))
	}
}

// RunName refuses what can be neither the id of a run nor the beginning of one.
func RunName(id string) error {
	if !runName.MatchString(id) {
		return fault.New("usage.run.name", fmt.Sprintf("%q is not the id of a run", id),
			fault.Hint("adsync run list shows the runs; the first 8 characters or more of an id are enough"))
	}
	return nil
}

func unknownRun(id string) error {
	return fault.New("usage.run.unknown", "there is no run "+id, fault.Hint("adsync run list shows the runs"))
}
