package store

import (
	"bytes"
	"errors"
	"path/filepath"

	"github.com/gofrs/flock"
)

const approversFile = "approvers.jsonl"

// ApproverLines returns the lines of approvers.jsonl; what they say is for
// package approval to judge.
func (p *Profile) ApproverLines() ([][]byte, error) {
	root, err := p.read()
	if err != nil || root == nil {
		return nil, err
	}
	data, err := content(root, approversFile)
	if err != nil {
		return nil, err
	}
	lines, _ := split(data)
	return lines, nil
}

// AppendApprover adds the line that next makes of the lines that are there. Two
// processes that enrol at the same time take turns: each line names the one
// before it, so that two made of the same lines would break the chain for good.
func (p *Profile) AppendApprover(next func(lines [][]byte) ([]byte, error)) (err error) {
	root, err := p.write(".")
	if err != nil {
		return err
	}
	turn := flock.New(filepath.Join(p.Dir(), "approvers.lock"), flock.SetPermissions(0o600))
	if err := turn.Lock(); err != nil {
		return problem("lock the approvers", err)
	}
	defer func() { err = errors.Join(err, problem("unlock the approvers", turn.Close())) }()

	lines, err := p.ApproverLines()
	if err != nil {
		return err
	}
	line, err := next(lines)
	if err != nil {
		return err
	}
	if err := single(line); err != nil {
		return err
	}
	w, err := p.extend(root, approversFile)
	if err != nil {
		return err
	}
	err = w.add(bytes.Clone(line))
	return errors.Join(err, problem("close the approvers", w.f.Close()), problem("flush the folder", syncDir(root, ".")))
}
