package directory

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// value returns the first value of an attribute, whatever the case of its name.
func value(e *ldap.Entry, name string) string { return e.GetEqualFoldAttributeValue(name) }

func rawValue(e *ldap.Entry, name string) []byte { return e.GetEqualFoldRawAttributeValue(name) }

func guidOf(e *ldap.Entry) (identity.GUID, error) {
	return identity.GUIDFromBytes(rawValue(e, "objectGUID"))
}

func sidOf(e *ldap.Entry) string { return sidText(rawValue(e, "objectSid")) }

// sidText gives the text of a binary SID (MS-DTYP 2.4.2.2), "" for anything else.
func sidText(b []byte) string {
	if len(b) < 8 || len(b) != 8+4*int(b[1]) {
		return ""
	}
	authority := uint64(binary.BigEndian.Uint16(b[2:4]))<<32 | uint64(binary.BigEndian.Uint32(b[4:8]))
	var s strings.Builder
	fmt.Fprintf(&s, "S-%d-%d", b[0], authority)
	for i := 8; i < len(b); i += 4 {
		s.WriteString("-" + strconv.FormatUint(uint64(binary.LittleEndian.Uint32(b[i:])), 10))
	}
	return s.String()
}

// rid is the last part of a SID.
func rid(sid string) string { return sid[strings.LastIndexByte(sid, '-')+1:] }

// number reads an integer, 0 where it did not come.
func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

const accountDisabled = 2 // ADS_UF_ACCOUNTDISABLE of userAccountControl

// control reads userAccountControl; known is false where it did not come.
func accountControl(e *ldap.Entry) (disabled, known bool) {
	n, err := strconv.ParseInt(value(e, "userAccountControl"), 10, 64)
	return n&accountDisabled != 0, err == nil
}

func critical(e *ldap.Entry) bool {
	return strings.EqualFold(value(e, "isCriticalSystemObject"), "TRUE")
}

// systemMailboxes begin the names of the accounts that Exchange makes for
// itself.
var systemMailboxes = []string{
	"SystemMailbox{", "HealthMailbox", "FederatedEmail.", "DiscoverySearchMailbox", "Migration.8f3e7716-",
	"Exchange Online-ApplicationAccount",
}

// systemTypes are the values of msExchRecipientTypeDetails that stand for them.
var systemTypes = map[string]bool{
	"8388608":        true, // arbitration mailbox
	"536870912":      true, // discovery mailbox
	"549755813888":   true, // monitoring (health) mailbox
	"70368744177664": true, // audit log mailbox
}

// system reports whether an account is the domain's or Exchange's own.
func system(e *ldap.Entry) bool {
	if sid := sidOf(e); strings.HasPrefix(sid, "S-1-5-21-") {
		switch rid(sid) {
		case "500", "501", "502":
			return true
		}
	}
	if systemTypes[value(e, "msExchRecipientTypeDetails")] {
		return true
	}
	cn := value(e, "cn")
	for _, prefix := range systemMailboxes {
		if len(cn) >= len(prefix) && strings.EqualFold(cn[:len(prefix)], prefix) {
			return true
		}
	}
	return false
}
