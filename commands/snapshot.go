package commands

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/output"
)

type snapshotSaveCmd struct {
	File string `arg:"" help:"File to write; a snapshot that is there is replaced, any other file is not."`
}

func (snapshotSaveCmd) Help() string {
	return `The directory is always read in full. Nothing is asked of Sophos Central. It ends with 11 where a read was not complete; a plan from such a file removes nobody. The file holds names and addresses: only your account may read it, on Windows whoever may read its folder. Example:

    adsync snapshot save corp.json`
}

// snapshotDocument says what was saved.
type snapshotDocument struct {
	Format   int             `json:"format"`
	File     string          `json:"file"`
	SHA256   string          `json:"sha256"`
	Forest   string          `json:"forest"`
	TakenAt  time.Time       `json:"takenAt"`
	People   int             `json:"people"`
	Groups   int             `json:"groups"`
	Devices  int             `json:"devices"`
	Complete bool            `json:"complete"`
	Reads    []identity.Read `json:"reads"`
	Next     []fault.Next    `json:"next"`
}

// savePercent is by how much memory may grow before it is collected. Nearly all
// that a reading keeps has no pointers in it, so collecting often costs little.
const savePercent = 25

// Run reads the directory and writes what it said, with the proof.
func (c *snapshotSaveCmd) Run(ctx context.Context, s *session) error {
	path, err := replaceable(c.File)
	if err != nil {
		return err
	}
	cfg, err := s.configuration()
	if err != nil {
		return err
	}
	if err := supported(cfg); err != nil {
		return err
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	links, err := p.Links(ctx)
	if err != nil {
		return err
	}
	before, err := s.other(ctx, cfg)
	if err != nil {
		return err
	}
	last, err := s.remembered(ctx)
	if err != nil {
		return err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(savePercent))
	s.shows.say("reading the directory")
	r, err := s.read(ctx, last, links, cfg, before)
	if err != nil {
		return err
	}
	l, err := s.judge(ctx, r, links, cfg, before)
	if err != nil {
		return err
	}
	sum, err := writeWhole(path, s.saved(r).Encode)
	if err != nil {
		return err
	}
	d := snapshotDocument{
		Format: 1, File: path, SHA256: sum, Forest: r.snapshot.Forest, TakenAt: utc(r.snapshot.TakenAt),
		People: r.snapshot.People.Len(), Groups: len(r.snapshot.Groups), Devices: len(r.snapshot.Devices),
		Complete: l.coverage.Complete(), Reads: l.reads(),
		Next: []fault.Next{s.next("plan from it, to look at only", "preview", "--from", path)},
	}
	var codes []int
	if !d.Complete {
		codes = append(codes, exitHeld)
	}
	return s.end(ctx, output.Document{Type: "snapshot", Value: d, Lists: []output.List{
		{Field: "reads", Type: "read", Columns: readColumns}, {Field: "next", Type: "next"},
	}}, codes...)
}

// readColumns are what a table shows of the records of searches.
var readColumns = []string{"domain", "base", "kind", "pages", "entries", "complete", "reason"}

// saved puts a reading into the form of a file.
func (s *session) saved(r reading) identity.Saved {
	file := identity.Saved{
		Format: identity.SavedFormat, Profile: s.name, Attributes: r.request.Attributes,
		Asked: asked(r.request, r.snapshot.Domains), Snapshot: r.snapshot,
	}
	for _, w := range r.where {
		file.Where = append(file.Where, w)
	}
	slices.SortFunc(file.Where, func(a, b identity.Whereabouts) int { return cmp.Compare(a.GUID, b.GUID) })
	return file
}

// lookBack decides from a saved snapshot what look decides from the directory.
// What the file does not say was not asked, and holds.
func (s *session) lookBack(ctx context.Context, path string, c config.Config, before *config.Config, links []identity.Link) (look, error) {
	file, err := openSaved(path)
	if err != nil {
		return look{}, err
	}
	request, err := s.request(ctx, c, before)
	if err != nil {
		return look{}, err
	}
	for _, name := range request.Attributes {
		if !slices.Contains(file.Attributes, name) {
			return look{}, fault.New("usage.snapshot.attribute",
				fmt.Sprintf("the snapshot was read without the attribute %s, which the configuration of now needs", name),
				fault.Then(s.command("snapshot", "save", path), "read the directory anew"))
		}
	}
	if err := sameDomains(file, c); err != nil {
		return look{}, err
	}
	r := reading{request: request, snapshot: file.Snapshot, where: map[identity.GUID]identity.Whereabouts{}}
	for _, w := range file.Where {
		r.where[w.GUID] = w
	}
	for _, a := range asked(request, r.snapshot.Domains) {
		if !slices.Contains(file.Asked, a) {
			r.snapshot.Reads = append(r.snapshot.Reads, identity.Read{
				Domain: a.Domain, Base: a.Match.Base, Kind: a.Kind, Filter: a.Match.Filter, Nested: a.Match.Nested,
				Code: "snapshot.notAsked", Reason: "the snapshot was read without this base and filter",
			})
		}
	}
	last, err := s.remembered(ctx)
	if err != nil {
		return look{}, err
	}
	l, err := s.decide(ctx, r, last, links, c, before)
	if err != nil {
		return look{}, err
	}
	l.desired.Warnings = append(l.desired.Warnings, identity.Warning{
		Code: "plan.snapshot", Name: filepath.Base(path),
		Text: fmt.Sprintf("made from what was read of %s on %s, and never applied", file.Snapshot.Forest, utc(file.Snapshot.TakenAt).Format(time.RFC3339)),
	})
	return l, nil
}

// sameDomains refuses a snapshot of other domains than those that the configuration
// includes: a plan from it would hold everything, and say why of each search.
func sameDomains(file identity.Saved, c config.Config) error {
	var names []string
	for _, included := range c.Scope.Domains {
		if !included.Include {
			continue
		}
		if slices.ContainsFunc(file.Snapshot.Domains, func(d identity.Domain) bool { return strings.EqualFold(d.Name, included.Name) }) {
			return nil
		}
		names = append(names, included.Name)
	}
	return fault.New("usage.snapshot.foreign",
		fmt.Sprintf("the snapshot is of the forest %s, read for the profile %s, and the configuration includes %s", file.Snapshot.Forest, file.Profile, strings.Join(names, ", ")),
		fault.Hint("name a snapshot of this profile, or the profile with --profile"))
}

// openSaved reads a saved snapshot.
func openSaved(path string) (identity.Saved, error) {
	f, err := os.Open(path) //nolint:gosec // a file that the user names, read with the user's own rights
	if err != nil {
		return identity.Saved{}, fault.New("usage.snapshot.file", "the snapshot cannot be read", fault.Cause(err))
	}
	defer func() { _ = f.Close() }()
	file, err := identity.DecodeSaved(f)
	if err != nil {
		return identity.Saved{}, fault.New("usage.snapshot.file", path+" is no snapshot that this version can plan from", fault.Cause(err),
			fault.Hint("make one with adsync snapshot save FILE, with the same version"))
	}
	return file, nil
}
