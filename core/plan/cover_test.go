package plan_test

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"testing"

	"adsync/core/plan"
)

// TestCoverIsMinimal compares the cover with the best of all choices.
func TestCoverIsMinimal(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 5))
		users, groups := 1+r.IntN(6), 1+r.IntN(6)
		weights := map[string]int{}
		var pairs []plan.Pair
		for u := range users {
			weights[fmt.Sprintf("u%d", u)] = 1 + r.IntN(5)
		}
		for g := range groups {
			weights[fmt.Sprintf("g%d", g)] = 1 + r.IntN(5)
		}
		best := 1 << 20
		for u := range users {
			for g := range groups {
				if r.IntN(3) == 0 {
					pairs = append(pairs, plan.Pair{User: fmt.Sprintf("u%d", u), Group: fmt.Sprintf("g%d", g)})
				}
			}
		}
		for choice := range uint(1) << (users + groups) {
			covers, sum := true, 0
			for _, p := range pairs {
				var u, g int
				if _, err := fmt.Sscanf(p.User+" "+p.Group, "u%d g%d", &u, &g); err != nil {
					t.Fatal(err)
				}
				covers = covers && choice>>u&1+choice>>(users+g)&1 > 0
			}
			for rest := choice; rest > 0; rest &= rest - 1 {
				i := bits.TrailingZeros(rest)
				if i < users {
					sum += weights[fmt.Sprintf("u%d", i)]
				} else {
					sum += weights[fmt.Sprintf("g%d", i-users)]
				}
			}
			if covers {
				best = min(best, sum)
			}
		}
		weight := func(id string) int { return weights[id] }
		byUser, byGroup := plan.Cover(pairs, weight, weight)
		sum := 0
		for _, side := range []map[string]bool{byUser, byGroup} {
			for id := range side {
				sum += weight(id)
			}
		}
		for _, p := range pairs {
			if !byUser[p.User] && !byGroup[p.Group] {
				t.Fatalf("seed %d: %v is not covered", seed, p)
			}
		}
		if sum != best {
			t.Fatalf("seed %d: a cover of %d, the best is %d; %v", seed, sum, best, pairs)
		}
	}
}

// TestCoverPrefersUsers says which of two covers of one weight it is.
func TestCoverPrefersUsers(t *testing.T) {
	one := func(string) int { return 1 }
	users, groups := plan.Cover([]plan.Pair{{User: "u", Group: "g"}}, one, one)
	if !users["u"] || len(groups) != 0 {
		t.Errorf("users %v, groups %v", users, groups)
	}
}

func BenchmarkCover(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	var pairs []plan.Pair
	for u := range 10_000 {
		for range 10 {
			pairs = append(pairs, plan.Pair{User: fmt.Sprintf("u%d", u), Group: fmt.Sprintf("g%d", r.IntN(1000))})
		}
	}
	for b.Loop() {
		plan.Cover(pairs, func(string) int { return 1 }, func(string) int { return 2 })
	}
}
