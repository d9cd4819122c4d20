package apply_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/apply"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

const pc = identity.TypeComputer

// kind puts a group of devices of ours into Central and the ledger, with the
// computers that we have put there.
func (w *world) kind(n int, computers ...int) {
	g := identity.EndpointGroup{ID: fmt.Sprintf("eg%d", n), Type: pc, Fields: identity.Fields{Name: fmt.Sprintf("D%d", n)}}
	w.central.kinds[g.ID] = g
	l := identity.Link{GUID: guid(3000 + n), Type: pc, Kind: identity.KindDeviceGroup, CentralID: g.ID, Name: g.Fields.Name, Run: "run-0"}
	w.ledger.links[l.Key()] = l
	for _, c := range computers {
		w.computer(c, g.ID)
		w.ledger.links[guid(2000+c)] = identity.Link{GUID: guid(2000 + c), Kind: identity.KindDevice, CentralID: fmt.Sprintf("e%d", c)}
		w.ledger.ours[seat{l.Key(), guid(2000 + c)}] = true
	}
}

// computer puts an endpoint into a group of Central.
func (w *world) computer(n int, group string) {
	id := fmt.Sprintf("e%d", n)
	w.central.endpoints[id] = identity.Endpoint{ID: id, Type: pc, Hostname: fmt.Sprintf("PC%d", n), Group: group}
}

// place puts a computer into a group, out of the one of ours that it is in, or takes
// it out.
func (w *world) place(action plan.Action, group, n, from int) plan.Change {
	c := plan.Change{
		Action: action, Kind: identity.KindDevice, Type: pc, ObjectGUID: guid(2000 + n), Name: fmt.Sprintf("PC%d", n), CentralID: fmt.Sprintf("e%d", n),
		Group: &plan.Ref{ObjectGUID: guid(3000 + group), Name: fmt.Sprintf("D%d", group)},
	}
	c.GroupCentralID = w.ledger.links[c.GroupKey()].CentralID
	if from > 0 {
		c.Leaves, c.LeavesCentralID = &plan.Ref{ObjectGUID: guid(3000 + from), Name: fmt.Sprintf("D%d", from)}, fmt.Sprintf("eg%d", from)
	}
	return w.add(c)
}

// release makes the ledger give up an object.
func (w *world) release(key identity.GUID) {
	delete(w.ledger.links, key)
	w.ledger.vacate(key)
}

func (w *world) createKind(n int) plan.Change {
	name := fmt.Sprintf("D%d", n)
	return w.add(plan.Change{Action: plan.Create, Kind: identity.KindDeviceGroup, Type: pc, ObjectGUID: guid(3000 + n), Name: name, After: values(identity.Fields{Name: name})})
}

func (w *world) removeKind(n int, members ...string) plan.Change {
	return w.add(plan.Change{
		Action: plan.Remove, Kind: identity.KindDeviceGroup, Type: pc, ObjectGUID: guid(3000 + n), Name: fmt.Sprintf("D%d", n),
		CentralID: fmt.Sprintf("eg%d", n), Before: values(identity.Fields{Name: fmt.Sprintf("D%d", n)}), Members: members,
	})
}

// TestDevices has a case for every rule about changes of devices.
func TestDevices(t *testing.T) {
	add, out := plan.MembershipAdd, plan.MembershipRemove
	for name, tc := range map[string]struct {
		why     string
		set     func(w *world)
		want    []string // outcomes
		writes  []string
		groups  map[string]string // endpoint -> its group afterwards
		ours    []string          // "D1 PC1", what the ledger calls ours afterwards
		outcome apply.Ending
	}{
		"New": {
			why: "A group is made and filled in one call, and both are ours.",
			set: func(w *world) {
				g := w.createKind(1)
				for n := range 3 {
					w.computer(n+1, "")
					w.place(add, 1, n+1, 0)
					w.changes[n+1].Needs = []string{g.ID}
				}
			},
			want:   []string{"create D1 done", "membershipAdd PC1 done", "membershipAdd PC2 done", "membershipAdd PC3 done"},
			writes: []string{"CreateEndpointGroup D1", "AddEndpoints neweg1 3"},
			groups: map[string]string{"e1": "neweg1", "e2": "neweg1", "e3": "neweg1"}, ours: []string{"1 1", "1 2", "1 3"},
		},
		"Move": {
			why:    "It leaves one group of ours by coming to the other.",
			set:    func(w *world) { w.kind(1, 1); w.kind(2); w.place(add, 2, 1, 1) },
			want:   []string{"membershipAdd PC1 done"},
			writes: []string{"AddEndpoints eg2 1"}, groups: map[string]string{"e1": "eg2"}, ours: []string{"2 1"},
		},
		"Lifted": {
			why: "From somebody else's group it goes where a person has said.",
			set: func(w *world) {
				w.kind(1)
				w.computer(1, "pilot")
				c := w.place(add, 1, 1, 0)
				c.Leaves, c.LeavesCentralID, c.Rule = &plan.Ref{Name: "Pilot"}, "pilot", &plan.Coded{Code: plan.RuleElsewhere}
				w.changes, w.holds = nil, []plan.Change{c}
			},
			want:   []string{"membershipAdd PC1 done"},
			writes: []string{"AddEndpoints eg1 1"}, groups: map[string]string{"e1": "eg1"}, ours: []string{"1 1"},
		},
		"MovedMeanwhile": {
			why:    "Somebody has moved it since: it is not taken out of a group that nobody has spoken of.",
			set:    func(w *world) { w.kind(1, 1); w.kind(2); w.place(add, 2, 1, 1); w.computer(1, "pilot") },
			want:   []string{"membershipAdd PC1 stale stale.changed"},
			groups: map[string]string{"e1": "pilot"}, ours: []string{"1 1"},
		},
		"There": {
			why:    "What sits there already is noted.",
			set:    func(w *world) { w.kind(1); w.computer(1, "eg1"); w.place(add, 1, 1, 0) },
			want:   []string{"membershipAdd PC1 already"},
			groups: map[string]string{"e1": "eg1"}, ours: []string{"1 1"},
		},
		"Missing": {
			why:  "An endpoint that is gone comes by its agent alone.",
			set:  func(w *world) { w.kind(1); w.place(add, 1, 1, 0) },
			want: []string{"membershipAdd PC1 stale stale.missing"},
		},
		"Partly": {
			why: "A success may be one for some of them.",
			set: func(w *world) {
				w.kind(1)
				w.computer(1, "")
				w.computer(2, "")
				w.place(add, 1, 1, 0)
				w.place(add, 1, 2, 0)
				w.on("AddEndpoints", 1, trouble{then: func() { delete(w.central.endpoints, "e2") }, effect: true})
				w.on("EndpointsByID", 1, trouble{effect: true, then: func() { delete(w.central.endpoints, "e2") }})
			},
			want:   []string{"membershipAdd PC2 stale stale.missing", "membershipAdd PC1 done"},
			writes: []string{"AddEndpoints eg1 2"}, groups: map[string]string{"e1": "eg1"}, ours: []string{"1 1"},
		},
		"WrongType": {
			why: "A success may be one but for those of another type than the group.",
			set: func(w *world) {
				w.kind(1)
				w.computer(1, "")
				w.place(add, 1, 1, 0)
				w.on("EndpointsByID", 1, trouble{effect: true, then: func() {
					g := w.central.kinds["eg1"]
					g.Type = identity.TypeServer
					w.central.kinds["eg1"] = g
				}})
			},
			want:   []string{"membershipAdd PC1 stale stale.changed"},
			writes: []string{"AddEndpoints eg1 1"}, groups: map[string]string{"e1": ""},
		},
		"PassedOver": {
			why: "What a success does not name, and what is not done, has failed.",
			set: func(w *world) {
				w.kind(1)
				w.computer(1, "")
				w.place(add, 1, 1, 0)
				w.on("AddEndpoints", 1, trouble{})
			},
			want:   []string{"membershipAdd PC1 failed central.endpoint.left"},
			writes: []string{"AddEndpoints eg1 1"}, groups: map[string]string{"e1": ""}, outcome: apply.Partial,
		},
		"LostAnswer": {
			why: "Without an answer the endpoints are looked at, and nothing is sent twice.",
			set: func(w *world) {
				w.kind(1)
				w.computer(1, "")
				w.place(add, 1, 1, 0)
				w.on("AddEndpoints", 1, trouble{effect: true, err: unclear()})
			},
			want:   []string{"membershipAdd PC1 done"},
			writes: []string{"AddEndpoints eg1 1"}, groups: map[string]string{"e1": "eg1"}, ours: []string{"1 1"},
		},
		"MovedWithoutAnswer": {
			why: "Without an answer, and by now where somebody else has put it: it is not sent again to take it from there.",
			set: func(w *world) {
				w.kind(1, 1, 2)
				w.kind(2)
				w.place(add, 2, 1, 1)
				w.place(add, 2, 2, 1)
				w.on("AddEndpoints", 1, trouble{err: unclear(), then: func() { w.computer(1, "pilot") }})
			},
			want:   []string{"membershipAdd PC1 stale stale.changed", "membershipAdd PC2 done"},
			writes: []string{"AddEndpoints eg2 2", "AddEndpoints eg2 1"},
			groups: map[string]string{"e1": "pilot", "e2": "eg2"}, ours: []string{"1 1", "2 2"},
		},
		"GoneWithoutAnswer": {
			why: "Without an answer, and by now nowhere: there is nothing to take out any more.",
			set: func(w *world) {
				w.kind(1, 1)
				w.place(out, 1, 1, 0)
				w.on("RemoveEndpoints", 1, trouble{err: unclear(), then: func() { delete(w.central.endpoints, "e1") }})
			},
			want: []string{"membershipRemove PC1 stale stale.missing"}, writes: []string{"RemoveEndpoints eg1 1"}, ours: []string{"1 1"},
		},
		"NotAnswered": {
			why: "What is provably not there is sent once more.",
			set: func(w *world) {
				w.kind(1)
				w.computer(1, "")
				w.place(add, 1, 1, 0)
				w.on("AddEndpoints", 1, trouble{err: unclear()})
			},
			want:   []string{"membershipAdd PC1 done"},
			writes: []string{"AddEndpoints eg1 1", "AddEndpoints eg1 1"}, groups: map[string]string{"e1": "eg1"}, ours: []string{"1 1"},
		},
		"Unseen": {
			why: "Without an answer, and not to be looked at either: nothing is sent again on a guess.",
			set: func(w *world) {
				w.kind(1)
				w.computer(1, "")
				w.place(add, 1, 1, 0)
				w.on("AddEndpoints", 1, trouble{err: unclear()})
				w.on("EndpointsByID", 2, trouble{err: fault.New("central.malformed", "no JSON")})
			},
			want:   []string{"membershipAdd PC1 unknown central.unclear"},
			writes: []string{"AddEndpoints eg1 1"}, groups: map[string]string{"e1": ""}, outcome: apply.Partial,
		},
		"Refused": {
			why: "A role that may not is said of each, and keeps no user waiting: devices come last.",
			set: func(w *world) {
				w.kind(1)
				w.computer(1, "")
				w.place(add, 1, 1, 0)
				w.createUser(1, "u1@x")
				w.on("AddEndpoints", 1, trouble{err: fault.New("central.forbidden", "403")})
			},
			want:   []string{"create U1 done", "membershipAdd PC1 failed central.forbidden"},
			writes: []string{"CreateUser U1", "AddEndpoints eg1 1"}, groups: map[string]string{"e1": ""}, outcome: apply.Partial,
		},
		"Out": {
			why:    "It leaves the group, and the ledger forgets which endpoint it is.",
			set:    func(w *world) { w.kind(1, 1, 2); w.place(out, 1, 1, 0) },
			want:   []string{"membershipRemove PC1 done"},
			writes: []string{"RemoveEndpoints eg1 1"}, groups: map[string]string{"e1": "", "e2": "eg1"}, ours: []string{"1 2"},
		},
		"Removed": {
			why:    "A group goes when those of ours are out of it.",
			set:    func(w *world) { w.kind(1, 1, 2); w.removeKind(1, "e1", "e2") },
			want:   []string{"remove D1 done"},
			writes: []string{"RemoveEndpoints eg1 2", "DeleteEndpointGroup eg1"}, groups: map[string]string{"e1": "", "e2": ""},
		},
		"Released": {
			why:    "A device that the ledger has given up is not taken out of a group, not by moving it either.",
			set:    func(w *world) { w.kind(1, 1); w.kind(2); w.place(add, 2, 1, 1); w.release(guid(2001)) },
			want:   []string{"membershipAdd PC1 stale stale.unlinked"},
			groups: map[string]string{"e1": "eg1"},
		},
		"ReleasedGroup": {
			why: "Nor out of a group that the ledger has given up.",
			set: func(w *world) {
				w.kind(1, 1)
				w.kind(2)
				w.place(add, 2, 1, 1)
				w.release(identity.Key(guid(3001), pc))
			},
			want:   []string{"membershipAdd PC1 stale stale.unlinked"},
			groups: map[string]string{"e1": "eg1"},
		},
		"ReleasedOut": {
			why:    "It stays where it is.",
			set:    func(w *world) { w.kind(1, 1); w.place(out, 1, 1, 0); w.release(guid(2001)) },
			want:   []string{"membershipRemove PC1 stale stale.unlinked"},
			groups: map[string]string{"e1": "eg1"},
		},
		"ReleasedMember": {
			why:    "A group is not removed with a device in it that the ledger has given up.",
			set:    func(w *world) { w.kind(1, 1, 2); w.removeKind(1, "e1", "e2"); w.release(guid(2002)) },
			want:   []string{"remove D1 stale stale.unlinked"},
			groups: map[string]string{"e1": "eg1", "e2": "eg1"}, ours: []string{"1 1"},
		},
		"Foreign": {
			why:    "Somebody else's endpoint keeps the group.",
			set:    func(w *world) { w.kind(1, 1); w.computer(9, "eg1"); w.removeKind(1, "e1") },
			want:   []string{"remove D1 stale stale.foreignMembers"},
			groups: map[string]string{"e1": "eg1", "e9": "eg1"}, ours: []string{"1 1"},
		},
		"NameTaken": {
			why:  "A group of the name that came meanwhile is not taken for ours.",
			set:  func(w *world) { w.kind(1); w.createKind(1); delete(w.ledger.links, identity.Key(guid(3001), pc)) },
			want: []string{"create D1 stale stale.exists"}, writes: []string{"CreateEndpointGroup D1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			tc.set(w)
			run := w.do(t)
			if d := cmp.Diff(tc.want, w.outcomes(run), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\noutcomes (-want +got):\n%s", tc.why, d)
			}
			if d := cmp.Diff(tc.writes, w.writes(), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nwrites (-want +got):\n%s", tc.why, d)
			}
			groups := map[string]string{}
			for id, e := range w.central.endpoints {
				groups[id] = e.Group
			}
			if d := cmp.Diff(tc.groups, groups, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\ngroups (-want +got):\n%s", tc.why, d)
			}
			if tc.outcome == "" {
				tc.outcome = apply.Complete
			}
			if run.Outcome != tc.outcome {
				t.Errorf("%s\nthe run ended %s, want %s", tc.why, run.Outcome, tc.outcome)
			}
			var ours []string
			for g := range 10 {
				for n := range 10 {
					if w.ledger.ours[seat{identity.Key(guid(3000+g), pc), guid(2000 + n)}] {
						ours = append(ours, fmt.Sprintf("%d %d", g, n))
					}
				}
			}
			if d := cmp.Diff(tc.ours, ours, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nours (-want +got):\n%s", tc.why, d)
			}
			w.consistent(t, run)
		})
	}
}

// TestDevicesResume kills a run around each line of its journal: what was under way
// is found where it sits, and nothing is lost.
func TestDevicesResume(t *testing.T) {
	for n := 2; n < 12; n++ {
		for _, before := range []bool{true, false} {
			w := newWorld()
			w.kind(1, 1)
			w.kind(2, 4)
			g := w.createKind(3)
			w.place(plan.MembershipAdd, 1, 2, 0)
			w.computer(2, "")
			w.place(plan.MembershipAdd, 3, 1, 1)
			w.changes[2].Needs = []string{g.ID}
			w.removeKind(2, "e4")
			w.journal.hook = func(at int) (bool, bool, error) { return at == n && before, at == n && !before, nil }
			kill(func() { w.do(t) })
			w.journal.hook = nil
			if run := w.resume(t); run.Outcome != apply.Complete {
				t.Fatalf("line %d: resumed and ended %s: %v", n, run.Outcome, w.outcomes(run))
			}
			third := w.ledger.links[identity.Key(guid(3003), pc)].CentralID
			for id, group := range map[string]string{"e1": third, "e2": "eg1", "e4": ""} {
				if got := w.central.endpoints[id].Group; got != group || third == "" {
					t.Errorf("line %d: %s sits in %q, want %q", n, id, got, group)
				}
			}
			if _, there := w.central.kinds["eg2"]; there || !w.ledger.ours[seat{identity.Key(guid(3003), pc), guid(2001)}] || !w.ledger.ours[seat{identity.Key(guid(3001), pc), guid(2002)}] {
				t.Errorf("line %d: the ledger has %v", n, w.ledger.ours)
			}
			w.consistent(t, w.resume(t))
		}
	}
}
