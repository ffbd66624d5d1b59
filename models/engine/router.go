package engine

import (
	"strings"

	"keywicket/models"
)

// router is the trie of an account's path patterns, in one piece: the children
// of a node are side by side, a parameter first and then the literals in
// order. nodes[0] is the root; no nodes match nothing.
type router struct {
	nodes []node
}

type node struct {
	literal  string // "" for a parameter
	child    uint32 // first child
	children uint32
	api      uint32 // first of the APIs that end here
	apis     uint16
	param    bool // the first child is a parameter
}

// newRouter makes the trie of sorted routes. The index of a route is that of
// its API; routes without segments are not in it.
func newRouter(routes []route, t texts) router {
	first := 0
	for first < len(routes) && len(routes[first].segments) == 0 {
		first++
	}
	if first == len(routes) {
		return router{}
	}
	// Each node covers a run of routes that have the same segments up to its
	// depth. Nodes are made in the order of their depth, so the children of
	// one are made together.
	type run struct{ from, to, depth int }
	nodes := make([]node, 1, 2*len(routes))
	runs := []run{{first, len(routes), 0}}
	for i := 0; i < len(nodes); i++ {
		at, end := runs[i].from, runs[i].to
		depth := runs[i].depth
		nodes[i].api = uint32(at) //nolint:gosec // far fewer APIs
		for at < end && len(routes[at].segments) == depth {
			nodes[i].apis++
			at++
		}
		nodes[i].child = uint32(len(nodes)) //nolint:gosec // far fewer nodes
		for at < end {
			seg := routes[at].segments[depth]
			next := at + 1
			for next < end && sameSegment(routes[next].segments[depth], seg) {
				next++
			}
			nodes = append(nodes, node{literal: t.one(seg.Literal)})
			runs = append(runs, run{at, next, depth + 1})
			nodes[i].children++
			nodes[i].param = nodes[i].param || seg.Param != ""
			at = next
		}
	}
	return router{nodes: nodes[:len(nodes):len(nodes)]}
}

func sameSegment(a, b models.Segment) bool {
	return (a.Param != "") == (b.Param != "") && a.Literal == b.Literal
}

// match returns the index of the API for a cleaned path, or -1. Where a literal
// and a parameter both fit, the literal is tried first.
func (t *router) match(apis []API, method, path string) int {
	if len(t.nodes) == 0 || path == "" || path[0] != '/' {
		return -1
	}
	return t.walk(0, apis, method, path[1:], false)
}

// walk matches what is left of the path below a node; done means that nothing
// is left, which is not the same as an empty last segment.
func (t *router) walk(at uint32, apis []API, method, rest string, done bool) int {
	n := &t.nodes[at]
	if done {
		for i := range uint32(n.apis) {
			if apis[n.api+i].takes(method) {
				return int(n.api + i)
			}
		}
		return -1
	}
	seg, rest, more := strings.Cut(rest, "/")
	if child, ok := t.literal(n, seg); ok {
		if i := t.walk(child, apis, method, rest, !more); i >= 0 {
			return i
		}
	}
	if n.param && seg != "" {
		return t.walk(n.child, apis, method, rest, !more)
	}
	return -1
}

// literal finds the child of n for a segment.
func (t *router) literal(n *node, seg string) (uint32, bool) {
	lo, hi := n.child, n.child+n.children
	if n.param {
		lo++
	}
	for lo < hi {
		mid := (lo + hi) / 2
		if t.nodes[mid].literal < seg {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < n.child+n.children && t.nodes[lo].literal == seg {
		return lo, true
	}
	return 0, false
}

// segment returns the i-th segment of a path, or "".
func segment(path string, i int) string {
	if i < 0 || path == "" {
		return ""
	}
	rest, more := path[1:], true
	for ; i > 0 && more; i-- {
		_, rest, more = strings.Cut(rest, "/")
	}
	if !more {
		return ""
	}
	seg, _, _ := strings.Cut(rest, "/")
	return seg
}
