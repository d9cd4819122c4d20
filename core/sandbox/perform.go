package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"adsync/core/fault"
	"adsync/core/sandbox/forest"
)

// act is one kind of change: how many arguments it takes, and how it is done.
// Arguments that are left out are "".
type act struct {
	least, most int
	do          func(f *forest.Forest, args [4]string) (forest.Change, error)
}

// acts are the changes of `sandbox change`, by its words.
var acts = map[string]act{
	"add": {1, 4, func(f *forest.Forest, a [4]string) (forest.Change, error) {
		return f.AddPerson(a[0], a[1], a[2], a[3])
	}},
	"rename":  {2, 2, func(f *forest.Forest, a [4]string) (forest.Change, error) { return f.Rename(a[0], a[1]) }},
	"move":    {2, 2, func(f *forest.Forest, a [4]string) (forest.Change, error) { return f.Move(a[0], a[1]) }},
	"disable": {1, 1, func(f *forest.Forest, a [4]string) (forest.Change, error) { return f.Disable(a[0]) }},
	"enable":  {1, 1, func(f *forest.Forest, a [4]string) (forest.Change, error) { return f.Enable(a[0]) }},
	"delete":  {1, 1, func(f *forest.Forest, a [4]string) (forest.Change, error) { return f.Delete(a[0]) }},
	"mail":    {1, 2, func(f *forest.Forest, a [4]string) (forest.Change, error) { return f.Mail(a[0], a[1]) }},
	"member add": {2, 2, func(f *forest.Forest, a [4]string) (forest.Change, error) {
		return f.MemberAdd(a[0], a[1])
	}},
	"member remove": {2, 2, func(f *forest.Forest, a [4]string) (forest.Change, error) {
		return f.MemberRemove(a[0], a[1])
	}},
	"ou rename": {2, 2, func(f *forest.Forest, a [4]string) (forest.Change, error) { return f.RenameOU(a[0], a[1]) }},
	"ou move":   {2, 2, func(f *forest.Forest, a [4]string) (forest.Change, error) { return f.MoveOU(a[0], a[1]) }},
	"ou add":    {2, 2, func(f *forest.Forest, a [4]string) (forest.Change, error) { return f.AddOU(a[0], a[1]) }},
	"group add": {1, 2, func(f *forest.Forest, a [4]string) (forest.Change, error) { return f.AddGroup(a[0], a[1]) }},
	"rights lose": {0, 1, func(f *forest.Forest, a [4]string) (forest.Change, error) {
		return f.SetRights(a[0], false)
	}},
	"rights restore": {0, 1, func(f *forest.Forest, a [4]string) (forest.Change, error) {
		return f.SetRights(a[0], true)
	}},
}

// perform carries out an order; with an error the changes made before it.
func perform(f *forest.Forest, o order) ([]forest.Change, error) {
	if o.Op == "scenario" {
		if len(o.Args) != 1 {
			return nil, fault.New("usage.sandbox.change", "a scenario has one name")
		}
		return f.Scenario(o.Args[0])
	}
	a, ok := acts[o.Op]
	if !ok {
		return nil, fault.New("usage.sandbox.change", fmt.Sprintf("there is no change %q", o.Op),
			fault.Hint("the changes: scenario, "+strings.Join(slices.Sorted(maps.Keys(acts)), ", ")))
	}
	if len(o.Args) < a.least || len(o.Args) > a.most {
		return nil, fault.New("usage.sandbox.change", fmt.Sprintf("%s takes %d to %d arguments and has %d", o.Op, a.least, a.most, len(o.Args)))
	}
	var args [4]string
	copy(args[:], o.Args)
	c, err := a.do(f, args)
	if err != nil {
		return nil, err
	}
	return []forest.Change{c}, nil
}
