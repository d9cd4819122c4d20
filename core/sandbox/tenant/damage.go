package tenant

import (
	"encoding/json"
	"math"
	"strings"
	"time"
)

// Damage is a way to spoil the reply of a call that was carried out.
type Damage string

// The kinds of damage. Of a write each of them is a lost answer: it was carried
// out, and its caller does not learn that it was.
const (
	DamageMore      Damage = "promiseMore"
	DamageFewer     Damage = "promiseFewer"
	DamageDropped   Damage = "dropped"
	DamageDuplicate Damage = "duplicate"
	DamageLater     Damage = "later"
	DamageEarlier   Damage = "earlier"
	DamageNoItems   Damage = "noItems"
	DamageNoPages   Damage = "noPages"
	DamageTenant    Damage = "wrongTenant"
	DamageMalformed Damage = "malformed"
	DamageCutBody   Damage = "cutBody"
	DamageSlow      Damage = "slow"
)

// DamageKind is a kind of damage and what it does.
type DamageKind struct {
	Kind Damage
	Text string
}

// Damages lists the kinds of damage.
func Damages() []DamageKind {
	return []DamageKind{
		{DamageMore, "pages promises an item that does not come"},
		{DamageFewer, "pages promises an item less than come"},
		{DamageDropped, "the last item of the page is missing"},
		{DamageDuplicate, "the first item stands in the place of the last, too"},
		{DamageLater, "a page after the first begins one item later: one went before it"},
		{DamageEarlier, "a page after the first begins one item earlier: one came before it"},
		{DamageNoItems, "200, and no items in it"},
		{DamageNoPages, "200, and nothing said about pages"},
		{DamageTenant, "the objects are those of another tenant"},
		{DamageMalformed, "the body is JSON that stops in the middle"},
		{DamageCutBody, "the connection ends in the middle of the body"},
		{DamageSlow, "the body trickles for as long as the delay says"},
	}
}

func damageNames() []string {
	var names []string
	for _, d := range Damages() {
		names = append(names, string(d.Kind))
	}
	return names
}

func (d Damage) shift() int {
	switch {
	case d == DamageLater:
		return 1
	case d == DamageEarlier:
		return -1
	}
	return 0
}

// slowly is how long a body trickles where the rule does not say.
const slowly = 5 * time.Second

// spoil damages a reply. A refusal has nothing in it to be damaged but its JSON.
func (d Damage) spoil(a reply, delay time.Duration) reply {
	switch {
	case d == DamageCutBody:
		a.half = true
	case d == DamageSlow:
		if a.spread = delay; delay == 0 {
			a.spread = slowly
		}
	case d == DamageMalformed:
		if data, err := json.Marshal(a.body); err == nil && a.body != nil {
			a.body = rawBody(data[:len(data)/2])
		}
	default:
		var whole map[string]any
		if data, err := json.Marshal(a.body); err == nil && json.Unmarshal(data, &whole) == nil && whole != nil {
			d.rewrite(whole)
			a.body = whole
		}
	}
	return a
}

func (d Damage) rewrite(whole map[string]any) {
	items, _ := whole["items"].([]any)
	pages, _ := whole["pages"].(map[string]any)
	switch {
	case d == DamageMore, d == DamageFewer:
		by := 1.0
		if d == DamageFewer {
			by = -1
		}
		if n, told := pages["items"].(float64); told {
			pages["items"] = math.Max(n+by, 0)
		}
	case d == DamageDropped:
		if len(items) > 0 {
			whole["items"] = items[:len(items)-1]
		}
	case d == DamageDuplicate:
		if len(items) > 1 {
			items[len(items)-1] = items[0]
		}
	case d == DamageNoItems:
		delete(whole, "items")
	case d == DamageNoPages:
		delete(whole, "pages")
	case d == DamageTenant:
		for _, one := range append([]any{whole}, items...) {
			if object, ok := one.(map[string]any); ok && object["tenant"] != nil {
				object["tenant"] = map[string]any{"id": otherTenant, "name": "Other"}
			}
		}
	}
}

// otherTenant is whose objects are that DamageTenant shows.
const otherTenant = "dddddddd-0000-4000-8000-00000000dead"

// isJSON reports whether a body that is sent as it is looks like JSON.
func (b rawBody) isJSON() bool { return strings.HasPrefix(strings.TrimSpace(string(b)), "{") }
