package tenant

import (
	"cmp"
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
	if d == DamageLater {
		return 1
	}
	if d == DamageEarlier {
		return -1
	}
	return 0
}

// slowly is how long a body trickles where the rule does not say.
const slowly = 5 * time.Second

// spoil damages a reply. A refusal has nothing in it to be damaged but its JSON.
func (d Damage) spoil(a reply, delay time.Duration) reply {
	a.half = d == DamageCutBody
	if d == DamageSlow {
		a.spread = cmp.Or(delay, slowly)
	}
	if d == DamageMalformed && a.body != nil {
		if data, err := json.Marshal(a.body); err == nil {
			a.body = rawBody(data[:len(data)/2])
		}
	}
	rewrite := rewrites[d]
	if rewrite == nil {
		return a
	}
	var whole map[string]any
	if data, err := json.Marshal(a.body); err == nil && json.Unmarshal(data, &whole) == nil && whole != nil {
		rewrite(whole)
		a.body = whole
	}
	return a
}

// rewrites are the kinds of damage that are done to the text of a reply.
var rewrites = map[Damage]func(whole map[string]any){
	DamageMore:  func(whole map[string]any) { promise(whole, 1) },
	DamageFewer: func(whole map[string]any) { promise(whole, -1) },
	DamageDropped: func(whole map[string]any) {
		if items := itemsOf(whole); len(items) > 0 {
			whole["items"] = items[:len(items)-1]
		}
	},
	DamageDuplicate: func(whole map[string]any) {
		if items := itemsOf(whole); len(items) > 1 {
			items[len(items)-1] = items[0]
		}
	},
	DamageNoItems: func(whole map[string]any) { delete(whole, "items") },
	DamageNoPages: func(whole map[string]any) { delete(whole, "pages") },
	DamageTenant: func(whole map[string]any) {
		for _, one := range append([]any{whole}, itemsOf(whole)...) {
			if object, ok := one.(map[string]any); ok && object["tenant"] != nil {
				object["tenant"] = map[string]any{"id": otherTenant, "name": "Other"}
			}
		}
	},
}

func itemsOf(whole map[string]any) []any {
	items, _ := whole["items"].([]any)
	return items
}

// promise changes how many items a page says that there are, where it says so.
func promise(whole map[string]any, by float64) {
	pages, _ := whole["pages"].(map[string]any)
	if n, told := pages["items"].(float64); told {
		pages["items"] = math.Max(n+by, 0)
	}
}

// otherTenant is whose objects are that DamageTenant shows.
const otherTenant = "dddddddd-0000-4000-8000-00000000dead"

// isJSON reports whether a body that is sent as it is looks like JSON.
func (b rawBody) isJSON() bool { return strings.HasPrefix(strings.TrimSpace(string(b)), "{") }
