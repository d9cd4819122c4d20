package directory

import (
	"context"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// witnesses prove that an account kept its rights while a search ran. A right to
// an attribute that is lost in the middle leaves no error: later objects come
// without it, as if they had none. So of each container, where rights differ, the
// first objects that showed an attribute are asked for once more at the end.
type witnesses struct {
	names      []string
	containers map[string]*shownIn // by the DN of the container
	list       []witness
	last       *shownIn // neighbours come one after the other mostly
}

// shownIn is which attributes were seen in a container, on one object and on two.
// The second stands in where the first is changed meanwhile.
type shownIn struct {
	dn          string
	once, twice uint64
	still       uint64 // when asked again
}

// witness is an object that showed an attribute.
type witness struct {
	guid identity.GUID
	in   *shownIn
}

// maxWitnessed is how many attributes are told apart.
const maxWitnessed = 64

func newWitnesses(names []string) witnesses {
	return witnesses{names: names[:min(len(names), maxWitnessed)], containers: map[string]*shownIn{}}
}

// add takes an object for a witness where it shows what few others have shown.
func (w *witnesses) add(e *ldap.Entry) {
	at := w.container(ParentDN(parseReference(e.DN).dn))
	shows := w.shows(e, ^at.twice)
	if shows == 0 {
		return
	}
	guid, err := guidOf(e)
	if err != nil {
		return
	}
	at.twice |= at.once & shows
	at.once |= shows
	w.list = append(w.list, witness{guid, at})
}

func (w *witnesses) container(dn string) *shownIn {
	if w.last != nil && w.last.dn == dn {
		return w.last
	}
	at, known := w.containers[dn]
	if !known {
		at = &shownIn{dn: strings.Clone(dn)}
		w.containers[at.dn] = at
	}
	w.last = at
	return at
}

// shows returns which of the attributes an entry has, of those that are wanted.
func (w *witnesses) shows(e *ldap.Entry, wanted uint64) uint64 {
	var found uint64
	for i, name := range w.names {
		if wanted&(1<<i) != 0 && carries(e, name) {
			found |= 1 << i
		}
	}
	return found
}

// kept asks the witnesses of a search once more.
func (r *reader) kept(ctx context.Context, d identity.Domain, w *witnesses) error {
	attributes := []string{"objectGUID"}
	for _, name := range w.names {
		if strings.EqualFold(name, "member") {
			name += ";range=0-0" // one value is enough
		}
		attributes = append(attributes, name)
	}
	by := make(map[identity.GUID]*shownIn, len(w.list))
	for _, x := range w.list {
		by[x.guid] = x.in
	}
	for batch := range slices.Chunk(slices.Sorted(maps.Keys(by)), lookupBatch) {
		_, err := r.c.search(ctx, query{
			what: "the second read of some objects of " + d.Name, base: d.DN, scope: ldap.ScopeWholeSubtree,
			filter: anyOf(batch), attributes: attributes,
		}, func() func(*ldap.Entry) error {
			return func(e *ldap.Entry) error {
				guid, err := guidOf(e)
				if err != nil {
					return r.c.unreadable(e.DN)
				}
				if at := by[guid]; at != nil {
					at.still |= w.shows(e, ^at.still)
				}
				return nil
			}
		})
		if err != nil {
			return err
		}
	}
	for _, dn := range slices.Sorted(maps.Keys(w.containers)) {
		at := w.containers[dn]
		if lost := at.once &^ at.still; lost != 0 {
			return fault.New("directory.read.incomplete.rights",
				fmt.Sprintf("%s came back in %s and could not be read there any more when the search had ended: what came without it may have it",
					w.names[bits.TrailingZeros64(lost)], dn),
				fault.Hint("run the command again; where it stays so, the account "+r.c.o.User+" has lost a right"))
		}
	}
	return nil
}

// anyOf is a filter for some objects.
func anyOf(guids []identity.GUID) string {
	var filter strings.Builder
	filter.WriteString("(|")
	for _, guid := range guids {
		if b := guid.Bytes(); b != nil {
			filter.WriteString("(objectGUID=" + escapeBytes(b) + ")")
		}
	}
	filter.WriteString(")")
	return filter.String()
}
