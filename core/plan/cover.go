package plan

import (
	"maps"
	"slices"
)

// Pair is a user and a group of Central, by their ids.
type Pair struct{ User, Group string }

// Cover chooses users and groups so that each of the pairs has one of them
// chosen, and the sum of their weights is the least possible. Between users and
// groups the pairs make a bipartite graph, in which that is a minimum cut (the
// theorem of König and Egerváry): from a source over each user, as wide as he
// weighs, over the pairs, to a sink over each group, as wide as it weighs. Of
// several of the same weight it is the one with the most users.
func Cover(pairs []Pair, user, group func(id string) int) (users, groups map[string]bool) {
	n := newNet(pairs)
	for id, at := range n.users {
		n.link(n.source, at, user(id))
	}
	for id, at := range n.groups {
		n.link(at, n.sink, group(id))
	}
	for n.level() {
		clear(n.next)
		for sent := n.push(n.source, endless); sent > 0; {
			sent = n.push(n.source, endless)
		}
	}
	// What the source does not reach any more lies behind the cut.
	users, groups = map[string]bool{}, map[string]bool{}
	for id, at := range n.users {
		if n.depth[at] < 0 {
			users[id] = true
		}
	}
	for id, at := range n.groups {
		if n.depth[at] >= 0 {
			groups[id] = true
		}
	}
	return users, groups
}

const endless = 1 << 40

// net is a network of flow; its maximum is found by the algorithm of Dinic.
type net struct {
	users, groups map[string]int // nodes
	source, sink  int
	edges         []arc
	from          [][]int // node -> its arcs, by place in edges
	depth         []int
	next          []int // node -> how many of its arcs lead nowhere any more
}

// arc is one direction of an edge; its opposite stands beside it.
type arc struct{ to, left int }

// newNet makes the nodes and the pairs. Nodes stand in the order of ids, so that
// equal pairs give equal covers.
func newNet(pairs []Pair) *net {
	n := &net{users: map[string]int{}, groups: map[string]int{}, sink: 1}
	for _, p := range pairs {
		n.users[p.User], n.groups[p.Group] = 0, 0
	}
	count := 2
	for _, side := range []map[string]int{n.users, n.groups} {
		for _, id := range slices.Sorted(maps.Keys(side)) {
			side[id] = count
			count++
		}
	}
	n.from, n.depth, n.next = make([][]int, count), make([]int, count), make([]int, count)
	for _, p := range pairs {
		n.link(n.users[p.User], n.groups[p.Group], endless)
	}
	return n
}

func (n *net) link(a, b, width int) {
	n.from[a], n.from[b] = append(n.from[a], len(n.edges)), append(n.from[b], len(n.edges)+1)
	n.edges = append(n.edges, arc{b, width}, arc{a, 0})
}

// level measures how far each node is from the source, and reports whether the
// sink can be reached.
func (n *net) level() bool {
	for i := range n.depth {
		n.depth[i] = -1
	}
	n.depth[n.source] = 0
	for queue := []int{n.source}; len(queue) > 0; queue = queue[1:] {
		for _, i := range n.from[queue[0]] {
			if e := n.edges[i]; e.left > 0 && n.depth[e.to] < 0 {
				n.depth[e.to] = n.depth[queue[0]] + 1
				queue = append(queue, e.to)
			}
		}
	}
	return n.depth[n.sink] >= 0
}

// push sends as much as goes on one way from a node to the sink.
func (n *net) push(at, most int) int {
	if at == n.sink {
		return most
	}
	for ; n.next[at] < len(n.from[at]); n.next[at]++ {
		i := n.from[at][n.next[at]]
		e := n.edges[i]
		if e.left == 0 || n.depth[e.to] != n.depth[at]+1 {
			continue
		}
		if sent := n.push(e.to, min(most, e.left)); sent > 0 {
			n.edges[i].left -= sent
			n.edges[i^1].left += sent
			return sent
		}
	}
	return 0
}
