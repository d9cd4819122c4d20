package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"slices"
)

// People are the persons of a snapshot. They lie packed in memory, some 290 bytes
// each (TestPeopleTakeLittleMemory) where a Person takes a thousand; whoever is put
// in anew, as one whom overlapping bases return is, leaves the old record behind.
// They come out as they were put in, but for the location of times, which is UTC,
// and lists without entries, which are never nil. The zero value is nobody; none
// changes once it was made.
type People struct {
	pieces  []string // records, one after the other
	at      []place  // of each person's record
	shared  []string // texts that many have in common
	matched [][]Match
}

type place struct{ piece, offset uint32 }

// PeopleOf packs a list.
func PeopleOf(list ...Person) People {
	var b PeopleBuilder
	for _, p := range list {
		b.Add(p)
	}
	return b.People()
}

// With returns the people and those of the list behind them.
func (p People) With(list ...Person) People {
	return PeopleOf(slices.AppendSeq(slices.Collect(p.All()), slices.Values(list))...)
}

// Len returns how many there are.
func (p People) Len() int { return len(p.at) }

// At returns one of them.
func (p People) At(i int) Person { return p.unpack(p.at[i]) }

// GUID returns the objectGUID of one of them, which costs less than At.
func (p People) GUID(i int) GUID { return p.guid(p.at[i]) }

// All goes through them in order.
func (p People) All() iter.Seq[Person] {
	return func(yield func(Person) bool) {
		for _, at := range p.at {
			if !yield(p.unpack(at)) {
				return
			}
		}
	}
}

// GUIDs goes through their objectGUIDs in order.
func (p People) GUIDs() iter.Seq[GUID] {
	return func(yield func(GUID) bool) {
		for _, at := range p.at {
			if !yield(p.guid(at)) {
				return
			}
		}
	}
}

// MarshalJSON writes the list of persons.
func (p People) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteByte('[')
	for i, at := range p.at {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := e.Encode(p.unpack(at)); err != nil {
			return nil, err
		}
	}
	b.WriteByte(']')
	return b.Bytes(), nil
}

// UnmarshalJSON reads a list of persons. A field that a Person does not have is
// an error, as in a saved snapshot.
func (p *People) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	switch begin, err := d.Token(); {
	case err != nil:
		return err
	case begin == nil:
		*p = People{}
		return nil
	case begin != json.Delim('['):
		return errors.New("not a list of people")
	}
	var b PeopleBuilder
	for d.More() {
		var one Person
		if err := d.Decode(&one); err != nil {
			return err
		}
		b.Add(one)
	}
	*p = b.People()
	return nil
}
