package policy

import (
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
		case g.SID != "" && g.SID == s.w.PrimaryGroup, s.direct(g.DN):
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

// group finds a group that a filter names, wherever it stands now.
func (s *standing) group(dn string) (identity.Group, bool) {
	if named, known := s.rules.Named[dn]; known {
		g, read := s.groups[named.GUID]
		return g, read
	}
	for _, g := range s.groups {
		if strings.EqualFold(g.DN, dn) {
			return g, true
		}
	}
	return identity.Group{}, false
}
