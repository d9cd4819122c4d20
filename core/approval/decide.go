package approval

import (
	"cmp"
	"slices"
	"time"

	"adsync/core/fault"
	"adsync/core/plan"
)

// ahead is how far an approval's time may lie in the future: clocks differ.
const ahead = 5 * time.Minute

// Granted is what the approvals of a plan let through at one moment.
type Granted struct {
	Changes map[string]Grant // change id -> by whom
	Lifted  []string         // ids of holds among them
	Whole   bool             // a person approved everything that could be approved
	Person  bool             // at least one of the approvals is a person's
	Until   time.Time        // when the first of the approvals that count ends
	// Approvals are those that count, persons' first, then by time.
	Approvals []Document
	// Refused are those that do not, with the error that says why.
	Refused []Refusal
	// Waiting are approved changes that are left out because of their needs.
	Waiting []Waiting
}

// Grant is who approved a change; of several, a person before the policy.
type Grant struct {
	Approval string // its id
	By       Signer
	At       time.Time
	Policy   bool
}

// Refusal is an approval that does not count.
type Refusal struct {
	ID  string // "" where the file could not be read
	Err error
}

// DecideFiles is Decide on the bytes of the files as they lie on disk. A file
// that cannot be read is refused and does not stand in the way of others.
func DecideFiles(p plan.Document, sha string, files [][]byte, revoked map[string]time.Time, r Roster, now time.Time, met ...string) (Granted, error) {
	var docs []Document
	var broken []Refusal
	for _, data := range files {
		d, err := Decode(data)
		if err != nil {
			broken = append(broken, Refusal{Err: err})
			continue
		}
		docs = append(docs, d)
	}
	g, err := Decide(p, sha, docs, revoked, r, now, met...)
	g.Refused = append(g.Refused, broken...)
	if fault.Is(err, "approval.missing") && len(broken) > 0 {
		return g, broken[0].Err
	}
	return g, err
}

// Decide says what may be carried out of the plan whose bytes have the digest
// sha. Several approvals of one plan are united. Where none counts, the error
// says why of the newest; an approval that does count is enough, even if it
// covers nothing. Met are the changes that were carried out already.
func Decide(p plan.Document, sha string, files []Document, revoked map[string]time.Time, r Roster, now time.Time, met ...string) (Granted, error) {
	g := Granted{Changes: map[string]Grant{}}
	docs := slices.Clone(files)
	slices.SortStableFunc(docs, func(a, b Document) int { return b.At.Compare(a.At) })
	for _, d := range docs {
		if err := counts(p, sha, d, revoked, r, now); err != nil {
			g.Refused = append(g.Refused, Refusal{ID: d.ID, Err: err})
			continue
		}
		g.Approvals = append(g.Approvals, d)
	}
	if len(g.Approvals) == 0 {
		if len(g.Refused) > 0 {
			return g, g.Refused[0].Err
		}
		return g, fault.New("approval.missing", "the plan is not approved",
			fault.Hint("look at it with adsync plan show, then approve it"))
	}

	slices.SortStableFunc(g.Approvals, func(a, b Document) int {
		return cmp.Or(order(a.Policy)-order(b.Policy), a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
	chosen := g.unite(p)
	granted, waiting := settle(chosen, met)
	g.Waiting = waiting
	for id := range g.Changes {
		if !granted[id] {
			delete(g.Changes, id)
		}
	}
	g.Lifted = slices.DeleteFunc(g.Lifted, func(id string) bool { return !granted[id] })
	return g, nil
}

// unite fills in what the approvals cover together and returns those changes.
func (g *Granted) unite(p plan.Document) []plan.Change {
	var chosen []plan.Change
	for _, d := range g.Approvals {
		if g.Until.IsZero() || d.Until.Before(g.Until) {
			g.Until = d.Until
		}
		g.Person = g.Person || !d.Policy
		g.Whole = g.Whole || wholeBy(p, d)
		ids := map[string]bool{}
		for _, id := range d.Changes {
			ids[id] = true
		}
		lifted, err := lift(p, d.Allow)
		if err != nil {
			lifted = nil // counts has refused such an approval
		}
		if !d.Policy {
			lifted = append(lifted, liftedByID(p, d.Changes, nil)...)
		}
		for i, c := range slices.Concat(p.Changes, lifted) {
			if _, known := g.Changes[c.ID]; known || !ids[c.ID] {
				continue
			}
			g.Changes[c.ID] = Grant{Approval: d.ID, By: d.By, At: d.At, Policy: d.Policy}
			chosen = append(chosen, c)
			if i >= len(p.Changes) {
				g.Lifted = append(g.Lifted, c.ID)
			}
		}
	}
	return chosen
}

// wholeBy reports whether a person approved with d all that could be approved.
func wholeBy(p plan.Document, d Document) bool {
	if d.Policy || !d.Whole {
		return false
	}
	s, err := Select(p, nil, nil, d.Allow)
	if err != nil {
		return false
	}
	ids := map[string]bool{}
	for _, id := range d.Changes {
		ids[id] = true
	}
	return !slices.ContainsFunc(s.Changes, func(id string) bool { return !ids[id] })
}

func order(policy bool) int {
	if policy {
		return 1
	}
	return 0
}

// counts reports why an approval does not count, nil where it does.
func counts(p plan.Document, sha string, d Document, revoked map[string]time.Time, r Roster, now time.Time) error {
	if err := Verify(d); err != nil {
		return err
	}
	again := fault.Hint("approve the plan again")
	_, isRevoked := revoked[d.ID]
	switch {
	case isRevoked:
		return fault.New("approval.revoked", "approval "+d.ID+" was revoked", again)
	case d.SHA256 != sha || d.Profile != p.Profile:
		return fault.New("approval.digest", "approval "+d.ID+" is for other bytes than those of the plan",
			fault.Hint("make a new plan and approve that"))
	case !d.Until.After(now):
		return fault.New("approval.expired", "approval "+d.ID+" ended at "+d.Until.Format(time.RFC3339), again)
	case d.At.After(now.Add(ahead)):
		return fault.New("approval.future", "approval "+d.ID+" is dated "+d.At.Format(time.RFC3339)+", which is yet to come",
			fault.Hint("set the clocks of both machines right, then approve again"))
	}
	if err := bySigner(d, r); err != nil {
		return err
	}
	return withinPlan(p, d)
}

func bySigner(d Document, r Roster) error {
	a, ok := r.find(d.By.Key)
	switch {
	case !ok:
		return fault.New("approval.signer", "approval "+d.ID+" is signed with a key that is not enrolled",
			fault.Hint("an enrolled person enrols the key with adsync approver enroll --key, or approves"))
	case a.Policy != d.Policy:
		return fault.New("approval.signer", "approval "+d.ID+" is signed with the wrong kind of key",
			fault.Hint("a policy key signs approvals by policy, a person's key only a person's"))
	case a.SID != "" && a.SID != d.By.SID:
		return fault.New("approval.signer", "approval "+d.ID+" names another account than the one whose key signed it")
	default:
		return nil
	}
}

// withinPlan refuses an approval that names what no approval of its kind can
// cover: then it was not made by this program for this plan.
func withinPlan(p plan.Document, d Document) error {
	if d.Policy && !p.Complete && len(d.Changes) > 0 {
		return fault.New("approval.policy", "a policy cannot approve this plan: a read was incomplete")
	}
	lifted, err := lift(p, d.Allow)
	if err != nil {
		return fault.New("approval.count", "approval "+d.ID+" lifts a limit that the plan does not have like that", fault.Cause(err))
	}
	if !d.Policy {
		lifted = append(lifted, liftedByID(p, d.Changes, nil)...)
	}
	changes := map[string]plan.Change{}
	for _, c := range slices.Concat(p.Changes, lifted) {
		changes[c.ID] = c
	}
	for _, id := range d.Changes {
		c, ok := changes[id]
		if !ok {
			return fault.New("approval.change", "approval "+d.ID+" names "+id+", which the plan does not have or holds back")
		}
		if d.Policy && !covered(c, actions()) {
			return fault.New("approval.policy", "a policy cannot approve change "+id)
		}
	}
	return nil
}
