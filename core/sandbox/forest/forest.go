// Package forest is a small Active Directory in memory, answering over LDAP as
// a domain controller does: names, filters, scopes, paging, ranges of values,
// deleted objects, referrals, binds and their refusals. A client that reads it
// correctly reads a real controller correctly; where the two differ, that is a
// defect of this package. It listens on loopback only, and what it holds is
// the same on every machine until it is changed.
package forest

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"adsync/core/identity"
)

// The company's names.
const (
	Domain  = "corp.example"
	NetBIOS = "CORP"
	BaseDN  = "DC=corp,DC=example"
	Host    = "dc1.corp.example"
	// Reader is the account that may read everything, deleted objects too.
	Reader = "svc-adsync"
	// PlainReader is an ordinary account: it cannot see deleted objects.
	PlainReader = "svc-plain"
)

// Options say what kind of controller it is.
type Options struct {
	Now func() time.Time
	Log *slog.Logger
	// Certificate serves LDAPS and StartTLS; without one there is only plain.
	Certificate *tls.Certificate
	// Password is the password of every account; with "" nobody can sign in.
	Password string
	// PlainBinds allows simple binds without TLS. A controller of today refuses
	// them (code 8).
	PlainBinds bool
	// MaxPageSize and MaxValRange are the limits of the query policy; 0 is
	// what a controller comes with, 1000 and 1500.
	MaxPageSize, MaxValRange int
	// Empty leaves the people, groups and computers of the company out; what
	// every domain has is there.
	Empty bool
}

// Forest is the directory. All its methods may be called from several
// goroutines.
type Forest struct {
	o      Options
	schema *schema

	mu      sync.RWMutex
	root    *node // the domain
	byGUID  map[identity.GUID]*node
	named   map[string]*node // landmarks, by a name of ours
	foreign []*crossRef
	usn     int64
	rid     int64
	denied  map[*node]bool // containers that ordinary accounts may not read
	onFault func(Operation) Fault
}

// crossRef is a domain of the forest that this controller does not hold.
type crossRef struct{ dn, dns string }

// New builds the company.
func New(o Options) *Forest {
	if o.MaxPageSize == 0 {
		o.MaxPageSize = 1000
	}
	if o.MaxValRange == 0 {
		o.MaxValRange = 1500
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	f := &Forest{o: o, schema: newSchema(), rid: firstRID}
	f.reset()
	b := &builder{Forest: f, at: founded, step: 7 * time.Minute}
	b.infrastructure()
	b.builtin()
	if !o.Empty {
		b.company()
	}
	return f
}

const firstRID = 1103

func (f *Forest) reset() {
	f.root = nil
	f.byGUID = make(map[identity.GUID]*node)
	f.named = make(map[string]*node)
	f.denied = make(map[*node]bool)
	f.usn = 0
}

// stamp records an originating write of n (MS-ADTS 3.1.1.1.9).
func (f *Forest) stamp(n *node, at time.Time) {
	f.usn++
	n.set("usnchanged", strconv.FormatInt(f.usn, 10))
	n.set("whenchanged", generalized(at))
}

// enter puts a new object under parent and gives it what every object has.
func (f *Forest) enter(parent, n *node, at time.Time) *node {
	if n.guid == "" {
		n.guid = derived(fmt.Sprintf("object %d", f.usn+1))
	}
	if parent != nil {
		n.attach(parent)
	}
	f.byGUID[n.guid] = n
	f.stamp(n, at)
	n.set("usncreated", n.first("usnchanged"))
	n.set("whencreated", generalized(at))
	if n.first("instancetype") == "" {
		n.set("instancetype", "4")
	}
	if c := f.schema.class(n.class); c != nil {
		if category := f.named["class "+c.category]; category != nil {
			n.refs["objectcategory"] = []*node{category}
		}
	}
	return n
}

// derived makes an objectGUID from a text: the same text, the same GUID.
func derived(text string) identity.GUID {
	sum := sha256.Sum256([]byte(Domain + " " + text))
	sum[6] = sum[6]&0x0f | 0x40
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return identity.GUID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

func generalized(at time.Time) string { return at.UTC().Format("20060102150405") + ".0Z" }

// fileTime is a time as accountExpires and its like hold it: steps of 100 ns
// since 1601.
func fileTime(at time.Time) string {
	const epoch = 11644473600
	return strconv.FormatInt((at.Unix()+epoch)*10_000_000, 10)
}

func parseFileTime(text string) time.Time {
	const epoch = 11644473600
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n/10_000_000-epoch, 0).UTC()
}

// lookup finds the object of a DN. Where there is none, nearest is the closest
// object above it that exists, nil outside the forest.
func (f *Forest) lookup(dn []rdn) (found, nearest *node) {
	head, err := parseDN(BaseDN)
	if err != nil || len(dn) < len(head) {
		return nil, nil
	}
	cut := len(dn) - len(head)
	for i, r := range head {
		if dn[cut+i].key() != r.key() {
			return nil, nil
		}
	}
	at := f.root
	for i := cut - 1; i >= 0; i-- {
		next := at.children[dn[i].key()]
		if next == nil {
			return nil, at
		}
		at = next
	}
	return at, at
}

// get returns the values of an attribute as they go over the wire.
func (f *Forest) get(n *node, a *attribute) []string {
	key := a.key()
	switch key {
	case "distinguishedname":
		return []string{n.dn()}
	case "name":
		return []string{n.name.value}
	case "objectclass":
		return f.schema.chain(n.class)
	case "objectguid":
		return []string{string(n.guid.Bytes())}
	}
	if strings.EqualFold(n.name.attr, a.name) {
		return []string{n.name.value}
	}
	if a.syntax != synDN {
		return n.values[key]
	}
	ends := n.refs[key]
	if a.linkID%2 == 1 {
		ends = n.backs[key]
	}
	out := make([]string, 0, len(ends))
	for _, e := range ends {
		out = append(out, e.dn())
	}
	// The naming context of a domain held elsewhere is a DN without an object.
	return append(out, n.values[key]...)
}

// present lists the attributes that n has values of, constructed ones left out.
func (f *Forest) present(n *node) []*attribute {
	var out []*attribute
	for i := range attributes {
		a := &attributes[i]
		if !a.constructed && len(f.get(n, a)) > 0 {
			out = append(out, a)
		}
	}
	return out
}
