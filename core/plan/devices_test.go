package plan_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/identity"
	"adsync/core/plan"
)

// fleet turns devices on. In these scenes computers have numbers from 2000 on, their
// groups from 3000 on; an endpoint is e<number>, a group of endpoints g<number>.
func fleet(s *scene) {
	s.Devices, s.Ours = true, map[identity.GUID]map[identity.GUID]bool{}
	s.Desired.Devices, s.Desired.DeviceGroups = map[identity.GUID]identity.WantedDevice{}, map[identity.GUID]identity.WantedDeviceGroup{}
}

// computer is a computer in scope that may sit in some groups.
func computer(n int, groups ...int) func(*scene) {
	return func(s *scene) {
		x := identity.WantedDevice{GUID: guid(n), Domain: corp, DN: fmt.Sprintf("CN=%d", n), Display: fmt.Sprintf("PC%d", n), Hosts: []string{fmt.Sprintf("pc%d", n)}, Groups: []identity.GUID{}}
		for _, g := range groups {
			x.Groups = append(x.Groups, guid(g))
		}
		s.Desired.Devices[x.GUID] = x
	}
}

func wantsDevices(n int, name string) func(*scene) {
	return func(s *scene) {
		s.Desired.DeviceGroups[guid(n)] = identity.WantedDeviceGroup{GUID: guid(n), Domain: corp, DN: fmt.Sprintf("CN=%d", n), Display: name, Fields: identity.Fields{Name: name}}
	}
}

// endpoint is the endpoint of a computer, in a group of Central.
func endpoint(n int, group string, t identity.DeviceType) func(*scene) {
	return func(s *scene) {
		s.Endpoints = append(s.Endpoints, identity.Endpoint{ID: fmt.Sprintf("e%d", n), Type: t, Hostname: fmt.Sprintf("PC%d", n), Group: group})
	}
}

func hasDevices(n int, name string, t identity.DeviceType) func(*scene) {
	return func(s *scene) {
		s.EndpointGroups = append(s.EndpointGroups, identity.EndpointGroup{ID: fmt.Sprintf("g%d", n), Type: t, Fields: identity.Fields{Name: name}})
	}
}

// knowsDevices is a group of ours into which we have put some computers.
func knowsDevices(n int, name string, t identity.DeviceType, computers ...int) func(*scene) {
	return func(s *scene) {
		hasDevices(n, name, t)(s)
		l := identity.Link{GUID: guid(n), Type: t, Kind: identity.KindDeviceGroup, CentralID: fmt.Sprintf("g%d", n), Domain: corp, Name: name, Sent: identity.Fields{Name: name}, Answered: identity.Fields{Name: name}}
		s.Links, s.Ours[l.Key()] = append(s.Links, l), map[identity.GUID]bool{}
		for _, c := range computers {
			endpoint(c, l.CentralID, t)(s)
			s.Links = append(s.Links, identity.Link{GUID: guid(c), Kind: identity.KindDevice, CentralID: fmt.Sprintf("e%d", c), Domain: corp, Name: fmt.Sprintf("PC%d", c)})
			s.Ours[l.Key()][guid(c)] = true
		}
	}
}

// replaced gives the name of a computer to another endpoint; the one that it had is
// called otherwise.
func replaced(computer, by int) func(*scene) {
	return func(s *scene) {
		for i, e := range s.Endpoints {
			if e.ID == fmt.Sprintf("e%d", computer) {
				s.Endpoints[i].Hostname = "OLD"
			}
		}
		s.Endpoints = append(s.Endpoints, identity.Endpoint{ID: fmt.Sprintf("e%d", by), Type: pc, Hostname: fmt.Sprintf("PC%d", computer)})
	}
}

const (
	pc  = identity.TypeComputer
	srv = identity.TypeServer
)

func TestDevices(t *testing.T) {
	policy := "device.policy "
	tell(t, map[string]telling{
		"Off": {
			why: "Devices are left alone unless they are synchronised.",
			in:  []func(*scene){fleet, computer(2000, 3000), wantsDevices(3000, "Sales"), endpoint(2000, "", pc), set(func(in *plan.Input) { in.Devices = false })},
		},
		"New": {
			why: "Computers and servers of one group become two groups; the plan says what a group means.",
			in:  []func(*scene){fleet, computer(2000, 3000), computer(2001, 3000), wantsDevices(3000, "Sales"), endpoint(2000, "", pc), endpoint(2001, "", srv)},
			want: []string{
				"create deviceGroup Sales (computers) new", "create deviceGroup Sales (servers) new",
				"put PC2000 into Sales (computers) joined.group after create deviceGroup Sales (computers)",
				"put PC2001 into Sales (servers) joined.group after create deviceGroup Sales (servers)",
			},
			warns: []string{policy},
		},
		"Unmanaged": {
			why:   "A computer without an endpoint is named, and no group is made for it.",
			in:    []func(*scene){fleet, computer(2000, 3000), wantsDevices(3000, "Sales")},
			warns: []string{"device.unsupported PC2000"},
		},
		"Ambiguous": {
			why: "Two endpoints of one name are left alone, and so is who sits in a group already.",
			in: []func(*scene){
				fleet, computer(2000, 3000), wantsDevices(3000, "Sales"), wantsDevices(3001, "IT"), knowsDevices(3001, "IT (computers)", pc, 2000), endpoint(2000, "", pc),
			},
			warns: []string{"device.ambiguous pc2000"},
			same:  plan.Counts{Devices: 1, Total: 1},
		},
		"TwoDomains": {
			why: "Two computers of one name cannot be told apart by what Central shows.",
			in: []func(*scene){fleet, computer(2000, 3000), computer(2001, 3000), func(s *scene) {
				x := s.Desired.Devices[guid(2001)]
				x.Hosts = []string{"pc2000"}
				s.Desired.Devices[guid(2001)] = x
			}, wantsDevices(3000, "Sales"), endpoint(2000, "", pc)},
			warns: []string{"device.ambiguous pc2000"},
		},
		"Type": {
			why:   "What the API has no groups for is said.",
			in:    []func(*scene){fleet, computer(2000, 3000), wantsDevices(3000, "Sales"), endpoint(2000, "", "securityVm")},
			warns: []string{"device.unsupported PC2000"},
		},
		"Several": {
			why:   "Of several groups none is guessed.",
			in:    []func(*scene){fleet, computer(2000, 3000, 3001), wantsDevices(3000, "Sales"), wantsDevices(3001, "IT"), endpoint(2000, "", pc)},
			want:  []string{"put PC2000 into Sales (computers) joined.group ! device.severalGroups"},
			warns: []string{policy},
		},
		"GroupsUnknown": {
			why: "Which of its groups goes first is not known without all of them: none is made or moved into, what has left a group leaves it.",
			in: []func(*scene){
				fleet, computer(2000, 3000), computer(2001, 3001), computer(2002), computer(2003, 3000), wantsDevices(3000, "Sales"), wantsDevices(3001, "IT"),
				knowsDevices(3000, "Sales (computers)", pc, 2002, 2003), endpoint(2000, "", pc), endpoint(2001, "", pc),
				set(func(in *plan.Input) { in.Choice = "a base for groups is not there" }),
			},
			want: []string{
				"take PC2002 out of Sales (computers) left.group",
				"create deviceGroup IT (computers) new ! read.incomplete",
				"put PC2000 into Sales (computers) joined.group ! read.incomplete",
				"put PC2001 into IT (computers) joined.group after create deviceGroup IT (computers) ! read.incomplete",
			},
			warns: []string{policy}, same: plan.Counts{Devices: 1, Total: 1},
		},
		"Elsewhere": {
			why: "What sits in somebody else's group stays until a person moves it, and so does a group that would be made for it alone.",
			in:  []func(*scene){fleet, computer(2000, 3000), wantsDevices(3000, "Sales"), hasDevices(9, "Pilot", pc), endpoint(2000, "g9", pc)},
			want: []string{
				"put PC2000 into Sales (computers) joined.group after create deviceGroup Sales (computers) ! device.elsewhere",
				"create deviceGroup Sales (computers) new ! device.elsewhere",
			},
			warns: []string{policy},
		},
		"Moved": {
			why: "Between groups of ours it is one change, and the group that it leaves goes last.",
			in:  []func(*scene){fleet, computer(2000, 3000), wantsDevices(3000, "Sales"), knowsDevices(3000, "Sales (computers)", pc, 2001), computer(2001, 3000), knowsDevices(3001, "IT (computers)", pc, 2000), leaving(plan.CauseGroupEmpty)},
			want: []string{
				"put PC2000 into Sales (computers) joined.group", "remove deviceGroup IT (computers) group.empty after put PC2000 into Sales (computers)",
			},
			warns: []string{policy}, same: plan.Counts{Devices: 1, Total: 1},
		},
		"ByHand": {
			why:   "Whom somebody has put into another group of ours is not moved back without a person.",
			in:    []func(*scene){fleet, computer(2000, 3000), wantsDevices(3000, "Sales"), knowsDevices(3000, "Sales (computers)", pc), wantsDevices(3001, "IT"), knowsDevices(3001, "IT (computers)", pc, 2001), computer(2001, 3001), endpoint(2000, "g3001", pc)},
			want:  []string{"put PC2000 into Sales (computers) joined.group ! device.elsewhere"},
			warns: []string{policy}, same: plan.Counts{Devices: 2, Total: 2},
		},
		"Lag": {
			why: "What the list alone leaves out is not unmanaged, and its group is not empty: nothing is done about either.",
			in: []func(*scene){
				fleet, computer(2000, 3000), wantsDevices(3000, "Sales"), knowsDevices(3000, "Sales (computers)", pc, 2000), leaving(plan.CauseGroupEmpty), set(func(in *plan.Input) { in.Endpoints = nil }),
			},
			warns: []string{"central.lag PC2000"}, same: plan.Counts{Devices: 1, Total: 1},
		},
		"LagOfOne": {
			why: "A group keeps what it may hold, also what is out of scope.",
			in: []func(*scene){
				fleet, knowsDevices(3000, "Sales (computers)", pc, 2000, 2001), leaving(plan.CauseGroupEmpty), set(func(in *plan.Input) { in.Endpoints = in.Endpoints[:1] }),
			},
			warns: []string{"central.lag PC2001"}, same: plan.Counts{Devices: 1, Total: 1},
		},
		"NoLag": {
			why: "An endpoint that is gone keeps no group.",
			in: []func(*scene){
				fleet, computer(2000, 3000), wantsDevices(3000, "Sales"), knowsDevices(3000, "Sales (computers)", pc, 2000), leaving(plan.CauseGroupEmpty), set(func(in *plan.Input) { in.Endpoints, in.Gone["e2000"] = nil, true }),
			},
			want:  []string{"remove deviceGroup Sales (computers) group.empty"},
			warns: []string{policy, "device.unsupported PC2000"},
		},
		"Left": {
			why:   "Who left the group leaves it in Central; the endpoint stays.",
			in:    []func(*scene){fleet, computer(2000), computer(2001, 3000), wantsDevices(3000, "Sales"), knowsDevices(3000, "Sales (computers)", pc, 2000, 2001)},
			want:  []string{"take PC2000 out of Sales (computers) left.group"},
			warns: []string{policy}, same: plan.Counts{Devices: 1, Total: 1},
		},
		"Gone": {
			why:   "Whoever is out of scope leaves with the reason; nobody may where the absence is not proven.",
			in:    []func(*scene){fleet, computer(2001, 3000), wantsDevices(3000, "Sales"), knowsDevices(3000, "Sales (computers)", pc, 2000, 2001, 2002), unproven(2002)},
			want:  []string{"take PC2000 out of Sales (computers) disabled", "take PC2002 out of Sales (computers) disabled ! read.incomplete"},
			warns: []string{policy}, same: plan.Counts{Devices: 1, Total: 1},
		},
		"Foreign": {
			why: "Whom somebody else has put into our group stays, and keeps it.",
			in: []func(*scene){
				fleet, computer(2000, 3000), computer(2001), wantsDevices(3000, "Sales"), knowsDevices(3000, "Sales (computers)", pc, 2000), endpoint(2001, "g3000", pc),
				knowsDevices(3001, "IT (computers)", pc), computer(2002), endpoint(2002, "g3001", pc), leaving(plan.CauseGroupEmpty),
			},
			want:  []string{"remove deviceGroup IT (computers) group.empty ! group.foreignMembers"},
			warns: []string{"device.foreign Sales (computers)", policy}, same: plan.Counts{Devices: 1, Total: 1},
		},
		"Matched": {
			why: "A group of the name that is not ours is not taken.",
			in:  []func(*scene){fleet, computer(2000, 3000), wantsDevices(3000, "Sales"), endpoint(2000, "", pc), hasDevices(9, "SALES (computers)", pc)},
			want: []string{
				"create deviceGroup Sales (computers) matched.name ! matched",
				"put PC2000 into Sales (computers) joined.group after create deviceGroup Sales (computers) ! needs.unapproved",
			},
			warns: []string{policy},
		},
		"NameOfPeople": {
			why:   "That people's groups share their names with those of endpoints is not known.",
			in:    []func(*scene){fleet, computer(2000, 3000), wantsDevices(3000, "Sales"), endpoint(2000, "", pc), hasGroup(1000, "Sales (computers)")},
			want:  []string{"put PC2000 into Sales (computers) joined.group after create deviceGroup Sales (computers) ! needs.unapproved", "create deviceGroup Sales (computers) new ! value.taken"},
			warns: []string{policy},
		},
		"Renamed": {
			why:   "A renamed group is renamed, and keeps its policies.",
			in:    []func(*scene){fleet, computer(2000, 3000), wantsDevices(3000, "Vertrieb"), knowsDevices(3000, "Sales (computers)", pc, 2000)},
			want:  []string{"update deviceGroup Vertrieb (computers) name:Sales (computers)>Vertrieb (computers) renamed"},
			warns: []string{policy},
		},
		"RenamedComputer": {
			why:  "A computer whose agent has not told its new name yet stays what it was.",
			in:   []func(*scene){fleet, computer(2000, 3000), wantsDevices(3000, "Sales"), knowsDevices(3000, "Sales (computers)", pc, 2000), func(s *scene) { s.Endpoints[0].Hostname = "OLD" }},
			same: plan.Counts{Devices: 1, Total: 1},
		},
		"Replaced": {
			why: "A computer that has another endpoint leaves the group with the old one before the new one is put anywhere: the ledger knows one of them.",
			in: []func(*scene){
				fleet, computer(2000, 3000), wantsDevices(3000, "Sales"), knowsDevices(3000, "Sales (computers)", pc, 2001), computer(2001, 3000),
				wantsDevices(3001, "IT"), knowsDevices(3001, "IT (computers)", pc, 2000, 2002), computer(2002, 3001), replaced(2000, 7),
			},
			want: []string{
				"take PC2000 out of IT (computers) left.group", "put PC2000 into Sales (computers) joined.group after take PC2000 out of IT (computers)",
			},
			warns: []string{policy}, same: plan.Counts{Devices: 2, Total: 2},
		},
		"ReplacedHeld": {
			why: "While that is held it is put nowhere: its old place would be nobody's from then on.",
			in: []func(*scene){
				fleet, computer(2000, 3000), wantsDevices(3000, "Sales"), knowsDevices(3000, "Sales (computers)", pc, 2001), computer(2001, 3000),
				wantsDevices(3001, "IT"), knowsDevices(3001, "IT (computers)", pc, 2000, 2002), computer(2002, 3001), replaced(2000, 7), unproven(3001),
			},
			want: []string{
				"put PC2000 into Sales (computers) joined.group after take PC2000 out of IT (computers) ! needs.unapproved",
				"take PC2000 out of IT (computers) left.group ! read.incomplete",
			},
			warns: []string{policy}, same: plan.Counts{Devices: 2, Total: 2},
		},
		"ReplacedDissolved": {
			why: "So it is where the old endpoint leaves with its group.",
			in: []func(*scene){
				fleet, computer(2000, 3000), wantsDevices(3000, "Sales"), knowsDevices(3000, "Sales (computers)", pc, 2001), computer(2001, 3000),
				knowsDevices(3001, "IT (computers)", pc, 2000), replaced(2000, 7), leaving(plan.CauseGroupEmpty),
			},
			want: []string{
				"remove deviceGroup IT (computers) group.empty emptying e2000", "put PC2000 into Sales (computers) joined.group after remove deviceGroup IT (computers)",
			},
			warns: []string{policy}, same: plan.Counts{Devices: 1, Total: 1},
		},
		"ReplacedThere": {
			why: "The new endpoint sits where the old one does, but somebody else has put it there.",
			in: []func(*scene){
				fleet, computer(2000, 3000), wantsDevices(3000, "Sales"), knowsDevices(3000, "Sales (computers)", pc, 2001), computer(2001, 3000),
				wantsDevices(3001, "IT"), knowsDevices(3001, "IT (computers)", pc, 2000, 2002), computer(2002, 3001), replaced(2000, 7),
				func(s *scene) { s.Endpoints[len(s.Endpoints)-1].Group = "g3001" },
			},
			want: []string{
				"take PC2000 out of IT (computers) left.group", "put PC2000 into Sales (computers) joined.group after take PC2000 out of IT (computers) ! device.elsewhere",
			},
			warns: []string{policy}, same: plan.Counts{Devices: 2, Total: 2},
		},
		"Recreated": {
			why: "A group made again is not removed and made: its policies would go with it.",
			in:  []func(*scene){fleet, computer(2000, 3001), wantsDevices(3001, "Sales"), endpoint(2000, "", pc), knowsDevices(3000, "Sales (computers)", pc), leaving(plan.CauseGroupDeleted)},
			want: []string{
				"remove deviceGroup Sales (computers) recreated ! matched", "create deviceGroup Sales (computers) recreated ! matched",
				"put PC2000 into Sales (computers) joined.group after create deviceGroup Sales (computers) ! needs.unapproved",
			},
			warns: []string{policy},
		},
	})
}

// TestDeviceLimits holds mass moves: they count where the devices leave.
func TestDeviceLimits(t *testing.T) {
	steps := []func(*scene){fleet, wantsDevices(3000, "Sales"), wantsDevices(3001, "IT"), set(func(in *plan.Input) {
		in.Limits.MembershipRemovals = plan.MembershipLimit{Percent: 20, Minimum: 5, TotalPercent: 10, TotalCeiling: 1000}
	})}
	var all []int
	for n := range 10 {
		all = append(all, 2000+n)
		steps = append(steps, computer(2000+n, 3000+n%2))
	}
	steps = append(steps, knowsDevices(3001, "IT (computers)", pc, all...))
	r := plan.Diff(build(steps...))
	held := map[string]int{}
	for _, h := range r.Holds {
		held[string(h.Action)+" "+h.Rule.Code]++
	}
	if want := 5; held["membershipAdd limit.membershipRemovals"] != want || held["create limit.membershipRemovals"] != 1 {
		t.Errorf("holds %v, want %d moves and the group that they would go to", held, want)
	}
	i := slices.IndexFunc(r.Limits, func(l plan.LimitUse) bool { return l.Kind == identity.KindDevice && l.Group != nil })
	if i < 0 || r.Limits[i].Count != 5 || r.Limits[i].Population != 10 || r.Limits[i].Group.Name != "IT (computers)" {
		t.Errorf("limits %+v", r.Limits)
	}
	if n := plan.LimitCount(plan.Document{Changes: r.Changes, Holds: r.Holds}, plan.LimitMembershipRemovals); n != 5 {
		t.Errorf("%d are to be allowed, want 5", n)
	}
}

// TestDeviceLimitsOfARename counts whoever leaves a group under one limit, moved or
// taken out, also where the plan gives the group another name.
func TestDeviceLimitsOfARename(t *testing.T) {
	for _, name := range []string{"Sales", "Vertrieb"} {
		t.Run(name, func(t *testing.T) {
			steps := []func(*scene){fleet, wantsDevices(3000, name), wantsDevices(3001, "IT"), set(func(in *plan.Input) {
				in.Limits.MembershipRemovals = plan.MembershipLimit{Percent: 20, Minimum: 10, TotalPercent: 100, TotalCeiling: 1000}
			})}
			var all []int
			for n := range 20 {
				all = append(all, 2000+n)
				switch {
				case n < 3:
					steps = append(steps, computer(2000+n, 3001))
				case n < 6:
					steps = append(steps, computer(2000+n))
				default:
					steps = append(steps, computer(2000+n, 3000))
				}
			}
			steps = append(steps, computer(2900, 3001), knowsDevices(3001, "IT (computers)", pc, 2900), knowsDevices(3000, "Sales (computers)", pc, all...))
			r := plan.Diff(build(steps...))
			held := map[string]int{}
			for _, h := range r.Holds {
				held[string(h.Action)+" "+h.Rule.Code]++
			}
			if d := cmp.Diff(map[string]int{"membershipAdd limit.membershipRemovals": 3, "membershipRemove limit.membershipRemovals": 3}, held); d != "" {
				t.Errorf("held (-want +got):\n%s", d)
			}
			var uses []plan.LimitUse
			for _, l := range r.Limits {
				if l.Kind == identity.KindDevice && l.Group != nil {
					uses = append(uses, l)
				}
			}
			want := []plan.LimitUse{{
				Class: plan.LimitMembershipRemovals, Kind: identity.KindDevice, Domain: corp, Group: &plan.Ref{ObjectGUID: guid(3000), Name: name + " (computers)"},
				Count: 6, Population: 20, Limit: 4, Margin: -2, Exceeded: true,
			}}
			if d := cmp.Diff(want, uses); d != "" {
				t.Errorf("limits (-want +got):\n%s", d)
			}
			d := plan.Document{Changes: r.Changes, Holds: r.Holds, Limits: r.Limits}
			for _, h := range r.Holds {
				if got := plan.Exceeds(d, h); !slices.Equal(got, []string{plan.LimitMembershipRemovals}) {
					t.Errorf("%s exceeds %v", deed(h), got)
				}
			}
		})
	}
}

// TestDeviceEstimate counts the calls that changes of devices cost.
func TestDeviceEstimate(t *testing.T) {
	steps := []func(*scene){fleet, wantsDevices(3000, "Sales")}
	for n := range 120 {
		steps = append(steps, computer(2000+n, 3000), endpoint(2000+n, "", pc))
	}
	r := plan.Diff(build(steps...))
	// One group, 120 endpoints read 50 at a time, and put into it 100 at a time.
	if got, want := plan.CountDevices(r.Changes), 1+3+2; got != want {
		t.Errorf("%d calls, want %d", got, want)
	}
	if got := plan.LowerBound(r.Changes); got != 1+2 {
		t.Errorf("lower bound %d, want 3", got)
	}
}
