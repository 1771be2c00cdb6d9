package config

import (
	"fmt"
	"reflect"

	"github.com/goccy/go-yaml/ast"
)

const (
	// maxDepth stops an alias that holds itself.
	maxDepth = 40
	// maxNodes stops aliases of aliases that would unfold without end.
	maxNodes = 100_000
)

// anchor is a node that aliases can name.
type anchor struct {
	node ast.Node
	line int
}

// Visit collects the anchors of a file before anything is decoded, because keys that begin with x- hold anchors and are
// never decoded.
func (d *decoder) Visit(node ast.Node) ast.Visitor {
	if a, ok := node.(*ast.AnchorNode); ok && a.Name != nil {
		name, at := a.Name.GetToken().Value, start(a)
		if first, twice := d.anchors[name]; twice {
			d.at(at, "", fmt.Sprintf("is an anchor whose name stands in line %d already", first.line), "give each anchor its own name, or put a value that begins with & in quotes")
		} else {
			d.anchors[name] = anchor{a.Value, at.line}
		}
	}
	return d
}

// unwrap follows anchors, aliases and tags to the node that holds the value. It reports whether a tag makes the value
// text, and returns nil where there is no value.
func (d *decoder) unwrap(path string, node ast.Node) (value ast.Node, tagged bool) {
	for steps := 0; !isNil(node); steps++ {
		at := start(node)
		switch {
		case d.nodes >= 2*maxNodes:
			return nil, false
		case d.nodes > maxNodes:
			d.at(at, path, "unfolds into too many settings", "use fewer aliases of aliases")
			d.nodes = 2 * maxNodes
			return nil, false
		case d.depth > maxDepth || steps > maxDepth:
			d.at(at, path, "is nested too deeply", "check that no alias holds itself")
			return nil, false
		}
		switch n := node.(type) {
		case *ast.AnchorNode:
			node = n.Value
		case *ast.AliasNode:
			target, ok := d.anchors[n.Value.GetToken().Value]
			if !ok {
				// The message does not quote the name, because it may be a secret that happens to begin with *.
				d.at(at, path, "begins with * and so is an alias, and it has no anchor", "put the value in quotes, or define the anchor")
				return nil, false
			}
			node = target.node
		case *ast.TagNode:
			if n.GetToken().Value != "!!str" {
				d.at(at, path, "has a YAML tag", "remove the tag")
				return nil, false
			}
			node, tagged = n.Value, true
		case *ast.MappingValueNode:
			return ast.Mapping(n.Start, false, n), tagged
		default:
			return node, tagged
		}
		if isNil(node) {
			d.at(at, path, "has no value", "give one, or remove the key")
		}
	}
	return nil, false
}

func isNil(node ast.Node) bool {
	return node == nil || reflect.ValueOf(node).Kind() == reflect.Pointer && reflect.ValueOf(node).IsNil()
}

// entry is one key of a mapping with its value.
type entry struct {
	key   string
	at    position
	value ast.Node
}

// entries returns the keys of a mapping in the file's order, followed by those that << takes in. It reports a key that
// stands twice and returns the first.
func (d *decoder) entries(path string, node ast.Node) ([]entry, bool) {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		d.wrong(path, "is "+kind(node)+" where a mapping of keys is wanted", "write key: value below it")
		return nil, false
	}
	var own, merged []entry
	first := map[string]int{}
	for _, value := range mapping.Values {
		at := start(value.Key)
		if value.Key.IsMergeKey() {
			merged = append(merged, d.merged(path, value.Value)...)
			continue
		}
		key, ok := d.key(path, value.Key)
		if !ok {
			continue
		}
		if line, twice := first[key]; twice {
			d.at(at, join(path, key), fmt.Sprintf("stands twice, first in line %d", line), "keep one of them")
			continue
		}
		first[key] = at.line
		own = append(own, entry{key, at, value.Value})
	}
	for _, e := range merged {
		if _, given := first[e.key]; !given {
			first[e.key] = e.at.line
			own = append(own, e)
		}
	}
	return own, true
}

// key returns the text of a mapping's key, which may look like a number: a pipeline may well be called 2026.
func (d *decoder) key(path string, node ast.Node) (string, bool) {
	if k, explicit := node.(*ast.MappingKeyNode); explicit {
		node = k.Value
	}
	inner, _ := d.unwrap(path, node)
	if scalar, ok := inner.(ast.ScalarNode); ok && scalar.GetToken() != nil {
		return scalar.GetToken().Value, true
	}
	if inner != nil { // otherwise unwrap has reported it
		d.at(start(inner), path, "has a key that is not a word", "write key: value")
	}
	return "", false
}

// merged returns the entries of the mappings that << names.
func (d *decoder) merged(path string, node ast.Node) []entry {
	d.depth++
	defer func() { d.depth-- }()
	d.nodes++
	node, _ = d.unwrap(path, node)
	switch n := node.(type) {
	case nil:
		return nil
	case *ast.SequenceNode:
		var all []entry
		for _, value := range n.Values {
			all = append(all, d.merged(path, value)...)
		}
		return all
	case *ast.MappingNode:
		entries, _ := d.entries(path, n)
		d.nodes += len(entries)
		return entries
	}
	d.at(start(node), path, "<< takes in something that is no mapping", "name the anchor of a mapping")
	return nil
}

// kind returns what a node is, for messages.
func kind(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	}
	return "a single value"
}
