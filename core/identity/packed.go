package identity

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"time"
)

// A record is the length of its head, the head, and the texts of one person. The
// head consists of numbers: flags, times, and for each text where it lies among
// the texts or which of the shared ones it is. The texts begin with the
// objectGUID, whose length is the first number.

// pieceSize bounds a piece of memory with records, but for a record that is larger.
const pieceSize = 64 << 10

// PeopleBuilder collects people. The zero value is ready for use. What it keeps is
// a copy: nothing of a Person that was added is held.
type PeopleBuilder struct {
	people People
	open   []byte            // the piece that is being filled
	ids    map[string]uint64 // of the shared texts
	head   []byte
	texts  []byte
}

// Len returns how many there are so far.
func (b *PeopleBuilder) Len() int { return len(b.people.at) }

// Add puts somebody at the end.
func (b *PeopleBuilder) Add(p Person) { b.people.at = append(b.people.at, b.pack(p)) }

// Set puts somebody in the place of another, whose record stays in memory.
func (b *PeopleBuilder) Set(i int, p Person) { b.people.at[i] = b.pack(p) }

// At returns one of those who were added.
func (b *PeopleBuilder) At(i int) Person {
	b.seal()
	return b.people.At(i)
}

// GUID returns the objectGUID of one of those who were added.
func (b *PeopleBuilder) GUID(i int) GUID {
	b.seal()
	return b.people.GUID(i)
}

// People returns those who were added so far. Nothing that the builder does
// afterwards shows in it.
func (b *PeopleBuilder) People() People {
	b.seal()
	people := b.people
	people.at = slices.Clone(people.at)
	return people
}

// Sort puts them in the order of their objectGUIDs.
func (b *PeopleBuilder) Sort() {
	b.seal()
	slices.SortStableFunc(b.people.at, func(x, y place) int { return cmp.Compare(b.people.guid(x), b.people.guid(y)) })
}

// seal ends the piece that is being filled.
func (b *PeopleBuilder) seal() {
	if len(b.open) > 0 {
		b.people.pieces = append(b.people.pieces, string(b.open))
		b.open = b.open[:0]
	}
}

const (
	controlKnown = 1 << iota
	disabled
	critical
	system
	locked
	expires
	created
)

func flag(bit uint64, set bool) uint64 {
	if set {
		return bit
	}
	return 0
}

func (b *PeopleBuilder) pack(p Person) place {
	b.head, b.texts = b.head[:0], b.texts[:0]
	b.number(uint64(len(p.GUID)))
	b.texts = append(b.texts, p.GUID...)
	b.number(flag(controlKnown, p.ControlKnown) | flag(disabled, p.Disabled) | flag(critical, p.Critical) | flag(system, p.System) |
		flag(locked, p.Locked) | flag(expires, !p.ExpiresAt.IsZero()) | flag(created, !p.CreatedAt.IsZero()))
	b.time(p.ExpiresAt)
	b.time(p.CreatedAt)
	b.share(p.Domain)
	b.share(p.PrimaryGroup)
	b.share(p.Class)
	b.share(string(p.Recipient))
	b.match(p.Matched)

	listed := len(p.Aliases) + len(p.MemberOf)
	for _, a := range p.Attributes {
		listed += len(a.Values)
	}
	b.number(uint64(listed))
	for _, t := range []string{p.SID, p.DN, p.Mail, p.CN, p.Display, p.Account} {
		b.text(t)
	}
	b.number(uint64(len(p.Aliases)))
	for _, t := range p.Aliases {
		b.text(t)
	}
	b.number(uint64(len(p.MemberOf)))
	for _, dn := range p.MemberOf {
		b.share(dn)
	}
	b.number(uint64(len(p.Attributes)))
	for _, a := range p.Attributes {
		b.share(a.Name)
		b.number(uint64(len(a.Values)))
		for _, t := range a.Values {
			b.text(t)
		}
	}

	if len(b.open)+binary.MaxVarintLen64+len(b.head)+len(b.texts) > pieceSize {
		b.seal()
	}
	at := place{uint32(len(b.people.pieces)), uint32(len(b.open))} //nolint:gosec // pieces are of pieceSize, and few
	b.open = binary.AppendUvarint(b.open, uint64(len(b.head)))
	b.open = append(append(b.open, b.head...), b.texts...)
	return at
}

func (b *PeopleBuilder) number(n uint64) { b.head = binary.AppendUvarint(b.head, n) }

func (b *PeopleBuilder) time(t time.Time) {
	if !t.IsZero() {
		b.head = binary.AppendVarint(b.head, t.Unix())
		b.number(uint64(t.Nanosecond())) //nolint:gosec // never below zero
	}
}

// text notes where a text lies. One that stands in those before it, as a name in
// its DN, takes no room of its own.
func (b *PeopleBuilder) text(t string) {
	at := bytes.Index(b.texts, []byte(t))
	if at < 0 {
		at = len(b.texts)
		b.texts = append(b.texts, t...)
	}
	b.number(uint64(at))
	b.number(uint64(len(t)))
}

// share notes a text that others have too.
func (b *PeopleBuilder) share(t string) {
	id, known := b.ids[t]
	if !known {
		if b.ids == nil {
			b.ids = map[string]uint64{}
		}
		t = strings.Clone(t)
		id = uint64(len(b.people.shared))
		b.people.shared, b.ids[t] = append(b.people.shared, t), id
	}
	b.number(id)
}

func (b *PeopleBuilder) match(list []Match) {
	i := slices.IndexFunc(b.people.matched, func(have []Match) bool { return slices.Equal(have, list) })
	if i < 0 {
		i = len(b.people.matched)
		// Full, so whoever appends to it gets a copy.
		b.people.matched = append(b.people.matched, slices.Clip(append([]Match{}, list...)))
	}
	b.number(uint64(i))
}

// record is one that is being read.
type record struct {
	rest   string // of the head
	texts  string
	people *People
	listed []string // room for the texts of all lists
}

func (p *People) record(at place) record {
	s := p.pieces[at.piece][at.offset:]
	head, size := uvarint(s)
	return record{rest: s[size : size+int(head)], texts: s[size+int(head):], people: p} //nolint:gosec // a length that was written here
}

func (p *People) guid(at place) GUID {
	r := p.record(at)
	return GUID(r.texts[:r.number()])
}

func (p *People) unpack(at place) Person {
	r := p.record(at)
	person := Person{GUID: GUID(r.texts[:r.number()])}
	flags := r.number()
	person.ControlKnown, person.Disabled = flags&controlKnown != 0, flags&disabled != 0
	person.Critical, person.System, person.Locked = flags&critical != 0, flags&system != 0, flags&locked != 0
	if flags&expires != 0 {
		person.ExpiresAt = r.time()
	}
	if flags&created != 0 {
		person.CreatedAt = r.time()
	}
	person.Domain, person.PrimaryGroup, person.Class = r.shared(), r.shared(), r.shared()
	person.Recipient = Recipient(r.shared())
	person.Matched = p.matched[r.number()]
	r.listed = make([]string, r.number())
	for _, t := range []*string{&person.SID, &person.DN, &person.Mail, &person.CN, &person.Display, &person.Account} {
		*t = r.text()
	}
	person.Aliases = r.list(r.text)
	person.MemberOf = r.list(r.shared)
	person.Attributes = make(Attributes, r.number())
	for i := range person.Attributes {
		person.Attributes[i] = Attribute{Name: r.shared(), Values: r.list(r.text)}
	}
	return person
}

func (r *record) number() uint64 {
	n, size := uvarint(r.rest)
	r.rest = r.rest[size:]
	return n
}

func (r *record) time() time.Time {
	n := r.number()
	seconds := int64(n>>1) ^ -int64(n&1)               // as AppendVarint writes a number with a sign
	return time.Unix(seconds, int64(r.number())).UTC() //nolint:gosec // nanoseconds
}

func (r *record) shared() string { return r.people.shared[r.number()] }

func (r *record) text() string {
	at, length := r.number(), r.number()
	return r.texts[at : at+length]
}

func (r *record) list(one func() string) []string {
	n := r.number()
	list := r.listed[:n:n]
	r.listed = r.listed[n:]
	for i := range list {
		list[i] = one()
	}
	return list
}

// uvarint is binary.Uvarint of a text.
func uvarint(s string) (n uint64, size int) {
	for shift := uint(0); ; shift += 7 {
		c := s[size]
		size++
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n, size
		}
	}
}
