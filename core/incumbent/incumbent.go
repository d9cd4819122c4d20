// Package incumbent looks for the utility that adsync replaces. Beside it adsync
// would synchronise the same people a second time: what one makes, the other may
// override or remove. Nothing is changed.
package incumbent

// service is the name of its service, as Sophos' own check before an
// installation asks for it (sophos-central.md section 7.1: one source).
const service = "Sophos Central AD Sync Utility"

// Running reports whether its service runs on this computer. Where that cannot
// be found out it is false.
func Running() (name string, runs bool) { return service, running(service) }
