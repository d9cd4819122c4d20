package dctest_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"adsync/core/directory/dctest"
)

// disturbance is a thing to do wrongly, and when it is done.
type disturbance struct {
	name  string
	lies  bool // the protocol does not show it in the search alone
	spoil func(*rand.Rand) (string, dctest.Script)
}

// targets are the requests that a fault may wait for.
var targets = []struct {
	name string
	is   func(*req) bool
}{
	{"any request", func(r *req) bool { return r.Kind != dctest.Connect }},
	{"the people", (*req).Users},
	{"the people", (*req).Users},
	{"the groups", (*req).Groups},
	{"a range", (*req).Range},
	{"a lookup", (*req).Lookup},
	{"what was written meanwhile", (*req).Meanwhile},
	{"an object", (*req).Object},
	{"the rootDSE", (*req).Root},
	{"a bind", func(r *req) bool { return r.Kind == dctest.Bind }},
	{"a later page", func(r *req) bool { return r.Cookie != "" }},
	{"the partitions", func(r *req) bool { return strings.HasPrefix(r.Base, "CN=Partitions,") }},
	{"the schema", func(r *req) bool { return strings.HasPrefix(r.Base, "CN=Schema,") }},
}

// timed plays a script at some of the requests of a target.
func timed(rng *rand.Rand, play dctest.Script) (string, dctest.Script) {
	target := targets[rng.IntN(len(targets))]
	first := 1 + rng.IntN(5)
	times := []int{1, 1, 2, 3, 1000}[rng.IntN(5)]
	seen := 0
	return fmt.Sprintf("at %s, %d times from number %d on", target.name, times, first), func(r *req, a *ans) {
		if !target.is(r) {
			return
		}
		if seen++; seen >= first && seen < first+times {
			play(r, a)
		}
	}
}

// random is the script of a seed. Where it lies, what is missing may be noticed by
// asking again only; otherwise the search itself has to be marked.
func random(seed uint64) (name string, lies bool, script dctest.Script) {
	rng := rand.New(rand.NewPCG(seed, 5))
	var names []string
	var scripts []dctest.Script
	for range []int{1, 1, 1, 2, 3}[rng.IntN(5)] {
		f := faults[rng.IntN(len(faults))]
		detail, script := f.spoil(rng)
		lies = lies || f.lies
		names, scripts = append(names, f.name+" "+detail), append(scripts, script)
	}
	return strings.Join(names, "; "), lies, func(r *req, a *ans) {
		for _, s := range scripts {
			s(r, a)
		}
	}
}

// once makes a fault of what spoils one answer.
func once(spoil func(*rand.Rand) (string, dctest.Script)) func(*rand.Rand) (string, dctest.Script) {
	return func(rng *rand.Rand) (string, dctest.Script) {
		detail, script := spoil(rng)
		when, script := timed(rng, script)
		return detail + " " + when, script
	}
}

func simple(s dctest.Script) func(*rand.Rand) (string, dctest.Script) {
	return once(func(*rand.Rand) (string, dctest.Script) { return "", s })
}
