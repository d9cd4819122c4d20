package store

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"adsync/core/fault"
)

const (
	plansDir = "plans"
	planEnd  = ".json"
	idDigits = 32
	// Latest names the newest plan or run.
	Latest = "latest"
)

var (
	planPrefix = regexp.MustCompile(`^[0-9a-f]{8,32}$`)
	planID     = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// PlanFile is a saved plan, without its content.
type PlanFile struct {
	ID      string
	SHA256  string // of the bytes as they are now
	SavedAt time.Time
	Size    int64
}

// PlanID returns the id of a plan with these bytes, and their digest.
func PlanID(data []byte) (id, sha string) {
	sum := sha256.Sum256(data)
	sha = hex.EncodeToString(sum[:])
	return sha[:idDigits], sha
}

// SavePlan keeps a plan under its id. Saving the same plan again does nothing.
func (p *Profile) SavePlan(data []byte) (id, sha string, err error) {
	id, sha = PlanID(data)
	root, err := p.write(plansDir)
	if err != nil {
		return "", "", err
	}
	if err := p.once(root, plansDir+"/"+id+planEnd, data); err != nil {
		return "", "", err
	}
	return id, sha, nil
}

// Plan returns the bytes of the plan whose id begins with prefix, or of the
// newest where it is Latest. Bytes that have changed since they were saved are
// not returned; the id is, with the error.
func (p *Profile) Plan(prefix string) (id string, data []byte, err error) {
	root, err := p.read()
	if err != nil {
		return "", nil, err
	}
	if id, err = p.findPlan(root, prefix); err != nil {
		return "", nil, err
	}
	data, err = content(root, plansDir+"/"+id+planEnd)
	if err != nil {
		return "", nil, err
	}
	if data == nil {
		return "", nil, unknownPlan(prefix)
	}
	if now, _ := PlanID(data); now != id {
		return id, nil, fault.New("approval.changed", "plan "+id+" was changed on the disk after it was saved",
			fault.Hint("remove it with adsync plan remove and make a new one"))
	}
	return id, data, nil
}

// Plans lists the saved plans, the newest first.
func (p *Profile) Plans() ([]PlanFile, error) {
	root, err := p.read()
	if err != nil {
		return nil, err
	}
	names, err := entries(root, plansDir, planEnd)
	if err != nil {
		return nil, err
	}
	plans := []PlanFile{}
	for _, id := range names {
		if !planID.MatchString(id) {
			continue
		}
		name := plansDir + "/" + id + planEnd
		info, err := root.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, problem("read "+name, err)
		}
		data, err := content(root, name)
		if err != nil {
			return nil, err
		}
		_, sha := PlanID(data)
		plans = append(plans, PlanFile{ID: id, SHA256: sha, SavedAt: info.ModTime().UTC(), Size: info.Size()})
	}
	slices.SortStableFunc(plans, func(a, b PlanFile) int {
		return cmp.Or(b.SavedAt.Compare(a.SavedAt), cmp.Compare(a.ID, b.ID))
	})
	return plans, nil
}

// RemovePlan removes a plan; what was approved and done by it stays recorded.
func (p *Profile) RemovePlan(prefix string) error {
	reading, err := p.read()
	if err != nil {
		return err
	}
	id, err := p.findPlan(reading, prefix)
	if err != nil {
		return err
	}
	root, err := p.write(plansDir)
	if err != nil {
		return err
	}
	if err := root.Remove(plansDir + "/" + id + planEnd); err != nil {
		return problem("remove plan "+id, err)
	}
	return nil
}

func (p *Profile) findPlan(root *os.Root, prefix string) (string, error) {
	if prefix == Latest {
		plans, err := p.Plans()
		if err != nil {
			return "", err
		}
		if len(plans) == 0 {
			return "", fault.New("usage.plan.unknown", "there is no plan", fault.Hint("make one with adsync preview"))
		}
		return plans[0].ID, nil
	}
	if err := PlanName(prefix); err != nil {
		return "", err
	}
	prefix = strings.ToLower(prefix)
	names, err := entries(root, plansDir, planEnd)
	if err != nil {
		return "", err
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !planID.MatchString(n) || !strings.HasPrefix(n, prefix) })
	switch len(names) {
	case 0:
		return "", unknownPlan(prefix)
	case 1:
		return names[0], nil
	default:
		return "", fault.New("usage.plan.ambiguous", "several plans begin with "+prefix, fault.Details(names...))
	}
}

// PlanName refuses what can be neither the id of a plan nor the beginning of one.
func PlanName(prefix string) error {
	if planPrefix.MatchString(strings.ToLower(prefix)) {
		return nil
	}
	return fault.New("usage.plan.name", fmt.Sprintf("%q is not the id of a plan", prefix),
		fault.Hint("an id has 32 hexadecimal digits, the first 8 are enough; adsync plan list shows them"))
}

func unknownPlan(prefix string) error {
	return fault.New("usage.plan.unknown", "there is no plan "+prefix, fault.Hint("adsync plan list shows the plans"))
}
