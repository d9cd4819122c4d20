package policy

import (
	"slices"

	"adsync/core/identity"
)

// Moved warns of what the configuration names and the directory has elsewhere
// now, once each: the searches follow it, and its old name misleads who reads
// the configuration.
func Moved(reads []identity.Read) []identity.Warning {
	var list []identity.Warning
	warn := func(w identity.Warning) {
		if !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	for _, read := range reads {
		if read.Standing != "" {
			warn(identity.Warning{Code: "base.moved", ObjectGUID: read.BaseGUID, Name: read.Base, Text: followed(read.Standing)})
		}
		for _, n := range read.Named {
			if n.Standing != "" {
				warn(identity.Warning{Code: "filter.moved", ObjectGUID: n.GUID, Name: n.DN, Text: followed(n.Standing)})
			}
		}
	}
	return list
}

func followed(now string) string { return "it is " + now + " now, and is followed" }
