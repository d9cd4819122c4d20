package store

import (
	"errors"
	"fmt"
	"regexp"

	"adsync/core/fault"
)

const (
	approvalsDir = "approvals"
	approvalEnd  = ".json"
)

var approvalID = regexp.MustCompile(`^[0-9a-f]{8,64}$`)

// ApprovalFile is an approval as it lies on the disk.
type ApprovalFile struct {
	ID   string
	Data []byte
}

// SaveApproval keeps an approval of a plan.
func (p *Profile) SaveApproval(plan, approval string, data []byte) error {
	if err := approvalNames(plan, approval); err != nil {
		return err
	}
	dir := approvalsDir + "/" + plan
	root, err := p.write(dir)
	if err != nil {
		return err
	}
	return p.once(root, dir+"/"+approval+approvalEnd, data)
}

// Approvals returns the approvals of a plan, in the order of their ids. What
// else lies in the folder is left alone; whether one counts is not asked here.
func (p *Profile) Approvals(plan string) ([]ApprovalFile, error) {
	if err := approvalNames(plan, "00000000"); err != nil {
		return nil, err
	}
	root, err := p.read()
	if err != nil {
		return nil, err
	}
	dir := approvalsDir + "/" + plan
	names, err := entries(root, dir, approvalEnd)
	if err != nil {
		return nil, err
	}
	files := []ApprovalFile{}
	for _, id := range names {
		if !approvalID.MatchString(id) {
			continue
		}
		data, err := content(root, dir+"/"+id+approvalEnd)
		if err != nil {
			return nil, err
		}
		if data != nil {
			files = append(files, ApprovalFile{ID: id, Data: data})
		}
	}
	return files, nil
}

func approvalNames(plan, approval string) error {
	var errs []error
	if !planID.MatchString(plan) {
		errs = append(errs, fault.New("usage.plan.name", fmt.Sprintf("%q is not the id of a plan", plan)))
	}
	if !approvalID.MatchString(approval) {
		errs = append(errs, fault.New("usage.approval.name", fmt.Sprintf("%q is not the id of an approval", approval)))
	}
	return errors.Join(errs...)
}
