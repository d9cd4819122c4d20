package commands

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/policy"
	"adsync/output"
)

// dryRun is the flag of every command that changes the scope.
type dryRun struct {
	DryRun bool `help:"Show the effect and change nothing."`
}

// rescoping is a change of the scope that is not made yet.
type rescoping struct {
	data    []byte           // config.json as it would be
	named   []identity.Named // what it names, as the directory knows it now
	notes   []string
	undo    []string // the words of the command that takes it back
	onlyNow []string // commands that would do for those who would leave, with why
}

// scopeEffect is what a change of the scope does, before anything is previewed.
type scopeEffect struct {
	Format   int           `json:"format"`
	Changed  bool          `json:"changed"` // config.json has it; false with --dry-run, and where nothing is another
	Before   scopeCount    `json:"before"`
	After    scopeCount    `json:"after"`
	Examples scopeExamples `json:"examples"`
	Leaving  scopeLeaving  `json:"leaving"`
	Complete bool          `json:"complete"` // the directory was read completely, so that the numbers are right
	Notes    []string      `json:"notes"`
	Undo     string        `json:"undo"`
	Next     []fault.Next  `json:"next"`
}

// scopeCount is how many are in scope.
type scopeCount struct {
	Users   int `json:"users"`
	Groups  int `json:"groups"`
	Devices int `json:"devices"`
}

// scopeExamples are names, five at most of each.
type scopeExamples struct {
	Match []string `json:"match"` // in scope now
	In    []string `json:"in"`    // come into scope by the change
	Out   []string `json:"out"`   // go out of scope by it
}

// scopeLeaving are those that adsync made or adopted and that the change would
// take from Central.
type scopeLeaving struct {
	Users  int      `json:"users"`
	Groups int      `json:"groups"`
	Names  []string `json:"names"`
}

func (l scopeLeaving) any() bool { return l.Users+l.Groups > 0 }

// String counts them for a sentence.
func (l scopeLeaving) String() string {
	return kindCount(l.Users, "person", "people") + " and " + kindCount(l.Groups, "group", "groups")
}

// rescope shows what a change of the scope does and, unless it is only to be
// shown, makes it. The change is worked out with the directory at hand; where it
// is refused, or the answer is no, not a byte of config.json is another.
func (s *session) rescope(ctx context.Context, dry bool, work func(c config.Config, data []byte, client *directory.Client) (rescoping, error)) error {
	p, err := s.open()
	if err != nil {
		return err
	}
	data, err := p.ReadConfig()
	if err != nil {
		return err
	}
	before, err := parseConfig(data)
	if err != nil {
		return err
	}
	links, err := p.Links(ctx)
	if err != nil {
		return err
	}
	var r rescoping
	var d scopeEffect
	err = s.withDirectory(ctx, before, func(client *directory.Client) error {
		if r, err = work(before, data, client); err != nil {
			return err
		}
		after, err := parseConfig(r.data)
		if err != nil {
			return err
		}
		if _, err := checkRules(after); err != nil {
			return err
		}
		s.shows.say("reading the directory")
		d, err = s.effect(ctx, client, before, after, links)
		return err
	})
	if err != nil {
		return err
	}
	d.Notes = append(d.Notes, r.notes...)
	same := bytes.Equal(data, r.data)
	if !same {
		d.Undo = s.command(r.undo...)
	}
	if !dry && !same {
		if err := s.sureOfLeaving(d); err != nil {
			return err
		}
		now, err := p.ReadConfig()
		if err != nil {
			return err
		}
		if !bytes.Equal(now, data) {
			return fault.New("config.changed", "config.json was changed by somebody else while the directory was read",
				fault.Hint("run the command again"))
		}
		if err := p.WriteConfig(r.data); err != nil {
			return err
		}
		d.Changed = true
	}
	if !dry {
		// Said again, a name stands for what it names now.
		if err := s.renew(ctx, r.named); err != nil {
			return err
		}
	}
	for _, command := range r.onlyNow {
		if d.Leaving.any() {
			d.Next = append(d.Next, s.next("who is protected stays in Sophos Central", strings.Split(command, "\x00")...))
		}
	}
	if d.Changed {
		d.Next = append(d.Next, s.next("see what would be changed in Sophos Central", "preview"))
	}
	return s.print(ctx, output.Document{
		Type: "scope", Value: d,
		Lists: []output.List{{Field: "next", Type: "next"}},
	})
}

// sureOfLeaving asks before a change takes somebody from Central; where nobody
// can be asked it has to be said with --yes. Where the directory was not read
// completely, nobody knows who would leave.
func (s *session) sureOfLeaving(d scopeEffect) error {
	if s.globals.Yes || d.Complete && !d.Leaving.any() {
		return nil
	}
	what := fmt.Sprintf("%s that adsync manages would leave Sophos Central by this: %s", d.Leaving, strings.Join(d.Leaving.Names, ", "))
	if !d.Leaving.any() {
		what = "the directory was not read completely, so nobody knows who would leave Sophos Central by this"
	}
	if s.canAsk() {
		sure, err := s.confirm(fmt.Sprintf("In scope: %d people before, %d after; %d groups before, %d after. %s. Go on?",
			d.Before.Users, d.After.Users, d.Before.Groups, d.After.Groups, what))
		if err != nil {
			return err
		}
		if !sure {
			return fault.New("usage.scope.declined", "nothing was changed")
		}
		return nil
	}
	return fault.New("usage.scope.leaving", what, fault.Details(d.Notes...),
		fault.Hint("look at it with --dry-run; if it is meant, say --yes. Nobody leaves before a plan is approved and applied"))
}

// effect compares what two configurations make of one reading of the directory.
func (s *session) effect(ctx context.Context, client *directory.Client, before, after config.Config, links []identity.Link) (scopeEffect, error) {
	d := scopeEffect{
		Format: 1, Complete: true, Notes: []string{}, Next: []fault.Next{},
		Examples: scopeExamples{Match: []string{}, In: []string{}, Out: []string{}}, Leaving: scopeLeaving{Names: []string{}},
	}
	snapshot, note, err := s.readBoth(ctx, client, before, after)
	if err != nil {
		return d, err
	}
	d.Notes = append(d.Notes, note...)
	was, err := s.sight(ctx, before, snapshot)
	if err != nil {
		return d, err
	}
	is, err := s.sight(ctx, after, snapshot)
	if err != nil {
		return d, err
	}
	d.Before, d.After = was.count(), is.count()
	d.Examples.Match = five(slices.Collect(maps.Values(is.names)))
	d.Examples.In, d.Examples.Out = five(is.without(was)), five(was.without(is))
	for _, read := range is.reads {
		if !read.Complete {
			d.Complete = false
			d.Notes = append(d.Notes, fmt.Sprintf("the %s below %s were not read completely: %s", read.Kind, read.Base, read.Reason))
		}
	}
	for _, l := range links {
		if !was.keeps(l) || is.keeps(l) {
			continue
		}
		if l.Kind == identity.KindUser {
			d.Leaving.Users++
		} else {
			d.Leaving.Groups++
		}
		d.Leaving.Names = append(d.Leaving.Names, cmp.Or(l.Name, l.Account, l.DN))
	}
	d.Leaving.Names = five(d.Leaving.Names)
	return d, nil
}

// readBoth reads the directory for two configurations, as far as they can be
// read: a filter of before that is refused does not stand in the way of mending it.
func (s *session) readBoth(ctx context.Context, client *directory.Client, before, after config.Config) (identity.Snapshot, []string, error) {
	first, second := after, &before
	if !includesDomain(after) {
		first, second = before, &after
	}
	if !includesDomain(first) {
		return identity.Snapshot{}, []string{"no domain is included, so nothing is read"}, nil
	}
	read := func(second *config.Config) (identity.Snapshot, error) {
		request, err := s.request(ctx, first, second)
		if err != nil {
			return identity.Snapshot{}, err
		}
		return client.Read(ctx, request)
	}
	snapshot, err := read(second)
	if !fault.Is(err, "config.filter") {
		return snapshot, nil, err
	}
	wrong := err
	snapshot, err = read(nil)
	return snapshot, []string{"what was in scope before is not known: " + wrong.Error()}, err
}

// sight is what one configuration makes of a snapshot.
type sight struct {
	desired   policy.Desired
	names     map[identity.GUID]string
	reads     []identity.Read
	protected func(identity.Kind, ...string) bool
}

func (s *session) sight(ctx context.Context, c config.Config, snapshot identity.Snapshot) (sight, error) {
	rules, _, err := s.rules(ctx, c)
	if err != nil {
		return sight{}, err
	}
	rules = rules.Follow(snapshot)
	own := rules.Own(snapshot)
	v := sight{desired: policy.Desire(own, rules), reads: own.Reads, names: map[identity.GUID]string{}}
	for id, u := range v.desired.Users {
		v.names[id] = cmp.Or(u.Display, u.Account)
	}
	for id, g := range v.desired.Groups {
		v.names[id] = g.Display
	}
	for id, x := range v.desired.Devices {
		v.names[id] = x.Display
	}
	v.protected, err = protection(c)
	return v, err
}

func (v sight) count() scopeCount {
	return scopeCount{Users: len(v.desired.Users), Groups: len(v.desired.Groups), Devices: len(v.desired.Devices)}
}

// without are the names of those whom the other does not have.
func (v sight) without(other sight) []string {
	var list []string
	for id, name := range v.names {
		if _, too := other.names[id]; !too {
			list = append(list, name)
		}
	}
	return list
}

// keeps says that an object of the ledger stays in Central: it is in scope, or
// protected.
func (v sight) keeps(l identity.Link) bool {
	_, in := v.names[l.GUID]
	switch l.Kind {
	case identity.KindDevice:
		return true // an endpoint never leaves
	case identity.KindDeviceGroup:
		_, in = v.desired.DeviceGroups[l.GUID]
	case identity.KindUser, identity.KindGroup:
	}
	return in || v.protected(l.Kind, l.Name, l.Mail, l.Account, l.DN)
}

// five are the first five of names, sorted.
func five(names []string) []string {
	slices.Sort(names)
	return append([]string{}, names[:min(5, len(names))]...)
}
