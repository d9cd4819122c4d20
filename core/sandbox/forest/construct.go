package forest

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// construct computes an attribute that is not stored (MS-ADTS 3.1.1.4.5).
func (f *Forest) construct(n *node, a *attribute) []string {
	switch a.key() {
	case "canonicalname":
		return []string{n.canonical()}
	case "createtimestamp":
		return n.values["whencreated"]
	case "modifytimestamp":
		return n.values["whenchanged"]
	case "primarygrouptoken":
		if n.class == "group" {
			return []string{strconv.FormatInt(rid(n.first("objectsid")), 10)}
		}
	case "msds-principalname":
		if account := n.first("samaccountname"); account != "" {
			return []string{NetBIOS + `\` + account}
		}
	case "msds-user-account-control-computed":
		if n.first("useraccountcontrol") != "" {
			return []string{strconv.Itoa(n.computedControl(f.o.Now()))}
		}
	case "tokengroups":
		return f.tokenGroups(n)
	}
	return nil
}

func (n *node) canonical() string {
	var parts []string
	at := n
	for ; at.parent != nil; at = at.parent {
		parts = append(parts, strings.ReplaceAll(at.name.value, "/", `\/`))
	}
	slices.Reverse(parts)
	return Domain + "/" + strings.Join(parts, "/")
}

// Bits of userAccountControl and of its computed companion.
const (
	uacDisabled        = 0x2
	uacLocked          = 0x10
	uacNormal          = 0x200
	uacTrust           = 0x800
	uacWorkstation     = 0x1000
	uacServer          = 0x2000
	uacNeverExpires    = 0x10000
	uacDelegation      = 0x80000
	uacPasswordExpired = 0x800000
)

func (n *node) computedControl(time.Time) int {
	bits := 0
	if n.locked() {
		bits |= uacLocked
	}
	if n.first("pwdlastset") == "0" {
		bits |= uacPasswordExpired
	}
	return bits
}

func (n *node) locked() bool {
	t := n.first("lockouttime")
	return t != "" && t != "0"
}

func (n *node) control() int64 {
	v, err := strconv.ParseInt(n.first("useraccountcontrol"), 10, 64)
	if err != nil {
		return 0
	}
	return v
}

// expired reports whether the account's accountExpires has passed.
func (n *node) expired(now time.Time) bool {
	v := n.first("accountexpires")
	return v != "" && v != "0" && v != never && !parseFileTime(v).After(now)
}

const never = "9223372036854775807"

// tokenGroups are the SIDs of the groups that n is in, through other groups and
// by its primary group too; distribution groups do not count.
func (f *Forest) tokenGroups(n *node) []string {
	seen := make(map[*node]bool)
	var queue []*node
	queue = append(queue, n.backs["memberof"]...)
	if g := f.primaryGroup(n); g != nil {
		queue = append(queue, g)
	}
	var out []string
	for len(queue) > 0 {
		g := queue[0]
		queue = queue[1:]
		if seen[g] {
			continue
		}
		seen[g] = true
		if t, err := strconv.ParseInt(g.first("grouptype"), 10, 64); err != nil || t >= 0 {
			continue
		}
		out = append(out, g.first("objectsid"))
		queue = append(queue, g.backs["memberof"]...)
	}
	return out
}

func (f *Forest) primaryGroup(n *node) *node {
	id, err := strconv.ParseInt(n.first("primarygroupid"), 10, 64)
	if err != nil {
		return nil
	}
	return f.bySID(domainSID(id))
}

func (f *Forest) bySID(sid string) *node {
	for _, n := range f.byGUID {
		if n.first("objectsid") == sid {
			return n
		}
	}
	return nil
}

// Domain SID: S-1-5-21-… of the company.
var domainIdentifiers = [...]uint32{21, 2712964817, 1640278914, 3927364101}

// sid makes the binary form of S-1-5-….
func sid(parts ...uint32) string {
	b := []byte{1, byte(len(parts)), 0, 0, 0, 0, 0, 5} //nolint:gosec // a SID has at most 15 parts
	for _, p := range parts {
		b = binary.LittleEndian.AppendUint32(b, p)
	}
	return string(b)
}

func domainSID(rids ...int64) string {
	parts := slices.Clone(domainIdentifiers[:])
	for _, r := range rids {
		parts = append(parts, uint32(r)) //nolint:gosec // RIDs are made by us and have 30 bits
	}
	return sid(parts...)
}

// rid is the last part of a SID, 0 for what is none.
func rid(s string) int64 {
	if len(s) < 12 {
		return 0
	}
	return int64(binary.LittleEndian.Uint32([]byte(s[len(s)-4:])))
}

// parseSID reads the text form S-1-5-….
func parseSID(text string) (string, error) {
	fields := strings.Split(strings.ToUpper(text), "-")
	if len(fields) < 4 || fields[0] != "S" || fields[1] != "1" || len(fields) > 18 {
		return "", fmt.Errorf("%q is no SID", text)
	}
	authority, err := strconv.ParseUint(fields[2], 10, 48)
	if err != nil {
		return "", fmt.Errorf("%q is no SID: %w", text, err)
	}
	b := []byte{1, byte(len(fields) - 3)} //nolint:gosec // between 1 and 15
	b = append(b, binary.BigEndian.AppendUint64(nil, authority)[2:]...)
	for _, f := range fields[3:] {
		v, err := strconv.ParseUint(f, 10, 32)
		if err != nil {
			return "", fmt.Errorf("%q is no SID: %w", text, err)
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return string(b), nil
}

// SIDText writes the binary form of a SID as S-1-….
func SIDText(s string) string {
	if len(s) < 8 || len(s) != 8+4*int(s[1]) {
		return ""
	}
	var authority uint64
	for i := 2; i < 8; i++ {
		authority = authority<<8 | uint64(s[i])
	}
	out := []string{fmt.Sprintf("S-%d-%d", s[0], authority)}
	for at := 8; at < len(s); at += 4 {
		out = append(out, strconv.FormatUint(uint64(binary.LittleEndian.Uint32([]byte(s[at:at+4]))), 10))
	}
	return strings.Join(out, "-")
}
