package directory

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// openRange is a multi-valued attribute of which the controller has sent only
// the first values (MS-ADTS 3.1.1.3.1.3.3).
type openRange struct {
	guid      identity.GUID
	attribute string // as asked for
	spelled   string // as the snapshot spells it
	values    []string
	next      int
	version   string // uSNChanged when the first values came, "" where that is not known
	owner     int    // index of the entry in the caller's list
	extended  bool
}

func (o *openRange) of(guid identity.GUID, spelled string) openRange {
	return openRange{guid: guid, attribute: spelled, spelled: spelled, values: o.values, next: o.next}
}

// parseRange reads "member;range=0-1499" and "member;range=1500-*". last is -1
// for the star; ok is false where name has no range, or none that makes sense.
func parseRange(name string) (attribute string, first, last int, ok bool) {
	attribute, options, found := strings.Cut(name, ";")
	if !found || attribute == "" {
		return "", 0, 0, false
	}
	for option := range strings.SplitSeq(options, ";") {
		if len(option) < 6 || !strings.EqualFold(option[:6], "range=") {
			continue
		}
		from, to, found := strings.Cut(option[6:], "-")
		first, err := position(from)
		if !found || err != nil {
			return "", 0, 0, false
		}
		if to == "*" {
			return attribute, first, -1, true
		}
		last, err := position(to)
		if err != nil || last < first {
			return "", 0, 0, false
		}
		return attribute, first, last, true
	}
	return "", 0, 0, false
}

// rangeOf says that a text names a range of an attribute, sensible or not.
func rangeOf(text, name string) bool {
	attribute, options, _ := strings.Cut(text, ";")
	return strings.EqualFold(attribute, name) && strings.Contains(strings.ToLower(options), "range=")
}

func position(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err
}

// rangedValues returns the values of an attribute. open is not nil where there
// are more: the controller then sends an empty attribute beside the ranged one.
func rangedValues(e *ldap.Entry, name string) (values []string, open *openRange) {
	for _, a := range e.Attributes {
		if strings.EqualFold(a.Name, name) {
			values = append(values, a.Values...)
			continue
		}
		attribute, first, last, ok := parseRange(a.Name)
		if !ok && rangeOf(a.Name, name) {
			open = &openRange{} // a range that makes no sense is no range at all
			continue
		}
		if !ok || !strings.EqualFold(attribute, name) {
			continue
		}
		values = append(values, a.Values...)
		if last >= 0 {
			open = &openRange{next: last + 1}
		}
		if first != 0 || last >= 0 && len(a.Values) != last+1 {
			open = &openRange{next: 0}
		}
	}
	if open != nil {
		open.values = values
	}
	return values, open
}

// maxRangeTries bounds how often the ranges of one object begin again because
// it changes while they are read.
const maxRangeTries = 3

// fetchRanges completes the attributes and hands each over whole. It returns how
// many further ranges were fetched.
func (c *controller) fetchRanges(ctx context.Context, open []openRange, whole func(openRange, []string)) (int, error) {
	total := 0
	for _, o := range open {
		var err error
		for try := 0; ; try++ {
			var values []string
			var changed bool
			var n int
			values, n, changed, err = c.fetchRange(ctx, o)
			total += n
			if err == nil && !changed {
				whole(o, values)
				break
			}
			if err == nil && try+1 >= maxRangeTries {
				err = fault.New("directory.read.incomplete.range", fmt.Sprintf("%s of %s changes while it is read", o.attribute, o.guid))
			}
			if err != nil {
				return total, err
			}
			// A removal shifts all later values: what was read so far may miss one.
			o.values, o.next, o.version = nil, 0, ""
		}
	}
	return total, nil
}

// fetchRange reads on until the range that ends in a star. changed says that the
// object was written meanwhile. A backlink such as memberOf changes without that;
// it decides nothing: who belongs to a group is read from the group's member.
func (c *controller) fetchRange(ctx context.Context, o openRange) (values []string, ranges int, changed bool, err error) {
	if o.next > 0 {
		values = append(values, o.values...)
	}
	version := o.version
	q := query{
		what: "the read of further values of " + o.attribute,
		base: "<GUID=" + string(o.guid) + ">",
	}
	if o.extended {
		q.controls = []control{extendedDN}
	}
	for next := o.next; ; {
		q.attributes = []string{fmt.Sprintf("%s;range=%d-*", o.attribute, next), "uSNChanged"}
		e, err := c.object(ctx, q)
		if next > 0 && pastTheEnd(err) {
			// There are fewer values than there were.
			return nil, ranges, true, nil
		}
		if err != nil {
			return nil, ranges, false, err
		}
		if e == nil {
			return nil, ranges, false, fault.New("directory.read.incomplete.range", "the object with further values of "+o.attribute+" is gone: "+string(o.guid))
		}
		if usn := value(e, "uSNChanged"); version == "" {
			version = usn
		} else if usn != version {
			return nil, ranges, true, nil
		}
		ranges++
		some, last, err := rangeAt(e, o.attribute, next)
		if err != nil && next > 0 {
			return nil, ranges, true, nil
		}
		if err != nil {
			return nil, ranges, false, err
		}
		values = append(values, some...)
		if last < 0 {
			return values, ranges, false, nil
		}
		next = last + 1
	}
}

// pastTheEnd says that an answer may mean that a range begins behind the last
// value. Active Directory gives an error there, Samba no values.
func pastTheEnd(err error) bool {
	return ldapCode(err, ldap.LDAPResultOperationsError, ldap.LDAPResultNoSuchAttribute, ldap.LDAPResultUnwillingToPerform)
}

// rangeAt takes the range that begins at first out of an entry.
func rangeAt(e *ldap.Entry, name string, first int) (values []string, last int, err error) {
	for _, a := range e.Attributes {
		attribute, from, to, ok := parseRange(a.Name)
		if ok && strings.EqualFold(attribute, name) && from == first {
			if len(a.Values) == 0 || to >= 0 && len(a.Values) != to-from+1 {
				return nil, 0, fault.New("directory.read.incomplete.range", fmt.Sprintf("%s came with %d values", a.Name, len(a.Values)))
			}
			return a.Values, to, nil
		}
		if strings.EqualFold(a.Name, name) && first == 0 && len(a.Values) > 0 {
			return a.Values, -1, nil
		}
	}
	return nil, 0, fault.New("directory.read.incomplete.range", fmt.Sprintf("no values of %s from %d on came back", name, first))
}
