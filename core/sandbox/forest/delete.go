package forest

import (
	"strings"
	"time"
)

// kept are the attributes that a deleted object keeps (MS-ADTS 3.1.1.5.5.1.1);
// its names and objectGUID are no values and stay anyway.
var kept = map[string]bool{
	"dnshostname": true, "flatname": true, "grouptype": true, "instancetype": true, "legacyexchangedn": true,
	"objectsid": true, "samaccountname": true, "securityidentifier": true, "sidhistory": true, "systemflags": true,
	"trustattributes": true, "trustdirection": true, "trustpartner": true, "trusttype": true,
	"useraccountcontrol": true, "usnchanged": true, "usncreated": true, "whenchanged": true, "whencreated": true,
}

// bury turns n, and before it what is below it, into deleted objects. Links to
// and from it end; that is no write of the objects at their other ends.
func (f *Forest) bury(n *node, at time.Time) {
	for _, c := range n.sorted() {
		f.bury(c, at)
	}
	for key, ends := range n.refs {
		a := f.schema.attribute(key)
		for len(n.refs[key]) > 0 {
			unlink(n, a, ends[0])
			ends = n.refs[key]
		}
	}
	for key := range n.backs {
		forward := f.schema.attribute(f.schema.attribute(key).back)
		for len(n.backs[key]) > 0 {
			unlink(n.backs[key][0], forward, n)
		}
	}
	for key := range n.values {
		if !kept[key] {
			delete(n.values, key)
		}
	}
	parent := n.parent
	n.detach()
	n.name.value += "\nDEL:" + string(n.guid)
	n.attach(f.named["deleted objects"])
	n.refs["lastknownparent"] = []*node{parent}
	n.set("isdeleted", "TRUE")
	n.deleted, n.password = true, ""
	f.stamp(n, at)
}

// critical reports whether n is part of what a domain cannot be without.
func (n *node) critical() bool {
	return n.nc || strings.EqualFold(n.first("iscriticalsystemobject"), "TRUE") || n.first("systemflags") != ""
}

// holdsCritical returns n or something below it that has to stay, nil where
// there is none.
func (n *node) holdsCritical() *node {
	if n.critical() {
		return n
	}
	for _, c := range n.children {
		if found := c.holdsCritical(); found != nil {
			return found
		}
	}
	return nil
}
