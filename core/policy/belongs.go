package policy

import (
	"fmt"
	"slices"
	"strings"

	"adsync/core/identity"
)

// truth is what is known of a condition.
type truth int

const (
	no      truth = -1
	unknown truth = 0
	yes     truth = 1
)

// standing is somebody before the groups of a filter.
type standing struct {
	rules  Rules
	groups map[identity.GUID]identity.Group // of the snapshot
	w      identity.Whereabouts
	nested bool
	// lacking are the groups that the filter asks for and that are known not to
	// hold the object; unwanted those that it leaves out and that hold it.
	lacking, unwanted []string
}

// weigh says what the groups alone make of a filter: no where it cannot return
// the object, whatever its other conditions come to.
func (s *standing) weigh(c identity.Clause) truth {
	return weigh(c, false, func(c identity.Clause, negated bool) truth {
		result := s.belongs(c.Group, s.nested || c.Chain)
		switch {
		case result == no && !negated:
			s.lacking = append(s.lacking, c.Group)
		case result == yes && negated:
			s.unwanted = append(s.unwanted, c.Group)
		}
		return result
	})
}

// Nothing says that a filter returns nobody where the given groups do not exist,
// whatever its other conditions come to.
func Nothing(c identity.Clause, gone func(group string) bool) bool {
	return weigh(c, false, func(c identity.Clause, _ bool) truth {
		if gone(c.Group) {
			return no
		}
		return unknown
	}) == no
}

// weigh puts a filter together from what is known of its conditions on groups.
func weigh(c identity.Clause, negated bool, of func(c identity.Clause, negated bool) truth) truth {
	result := unknown
	switch {
	case c.Group != "":
		result = of(c, negated)
	case c.Set == '!' && len(c.Parts) == 1:
		result = -weigh(c.Parts[0], !negated, of)
	case c.Set == '&':
		result = yes
		for _, p := range c.Parts {
			result = min(result, weigh(p, negated, of))
		}
	case c.Set == '|':
		result = no
		for _, p := range c.Parts {
			result = max(result, weigh(p, negated, of))
		}
	}
	return result
}

// belongs says whether the object belongs to a group. A controller tells of the
// groups of its own domain alone in memberOf, and a group that was not read is
// known by memberOf only.
func (s *standing) belongs(dn string, nested bool) truth {
	group, read := s.group(dn)
	if !read {
		if s.direct(dn) {
			return yes
		}
		return unknown
	}
	result := no
	seen := map[identity.GUID]bool{group.GUID: true}
	for queue := []identity.Group{group}; len(queue) > 0; queue = queue[1:] {
		g := queue[0]
		switch {
		case s.holds(g):
			return yes
		case g.Domain != s.w.Domain:
			result = unknown
		}
		for _, id := range g.Members {
			if inner, known := s.groups[id]; known && nested && !seen[id] {
				seen[id] = true
				queue = append(queue, inner)
			}
		}
	}
	return result
}

func (s *standing) direct(dn string) bool {
	return slices.ContainsFunc(s.w.MemberOf, func(x string) bool { return s.rules.Under(x, dn) && s.rules.Under(dn, x) })
}

func (s *standing) group(dn string) (identity.Group, bool) { return s.rules.group(s.groups, dn) }

// left names the groups by which somebody belonged at the last complete read to
// those that the filter asks for, and which of these it has left, or which of
// them has left the other; "" where that is not known of every group, or where
// it belonged to them directly.
func (s *standing) left(person identity.GUID) string {
	known := s.rules.Known.nesting()
	var texts []string
	for _, dn := range s.lacking {
		group, read := s.group(dn)
		if !read {
			return ""
		}
		way := known.chain(group.GUID, person, true)
		if len(way) < 2 {
			return ""
		}
		last := s.groups[way[len(way)-1]]
		through := fmt.Sprintf("through which it belonged to %s, which the filter asks for", dn)
		var text string
		switch {
		case last.GUID != "" && last.Domain != s.w.Domain:
			return "" // its memberOf does not tell of that one
		case last.GUID == "":
			text = fmt.Sprintf("%s is not there any more, %s", known[way[len(way)-1]].DN, through)
		case !s.holds(last):
			text = fmt.Sprintf("left %s, %s", last.DN, through)
		default:
			text = s.parted(way, known, through)
		}
		if text == "" {
			return ""
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "; ")
}

// parted words which group of a chain is no more in the one above.
func (s *standing) parted(way []identity.GUID, known nesting, through string) string {
	for i := len(way) - 1; i > 0; i-- {
		outer, inner := s.groups[way[i-1]], s.groups[way[i]]
		switch {
		case outer.GUID == "":
			return fmt.Sprintf("%s is not there any more, %s", known[way[i-1]].DN, through)
		case !slices.Contains(outer.Members, inner.GUID):
			return fmt.Sprintf("%s left %s, %s", inner.DN, outer.DN, through)
		}
	}
	return ""
}

// holds says that a group has the object as a member itself.
func (s *standing) holds(g identity.Group) bool {
	return g.SID != "" && g.SID == s.w.PrimaryGroup || s.direct(g.DN)
}
