package config

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

const (
	// maxDepth stops an alias that holds itself.
	maxDepth = 40
	// maxNodes stops aliases of aliases that would unfold without end.
	maxNodes = 100_000
)

// decoder fills the structs of a Config from YAML nodes by their yaml tags. It goes on after each problem, so that
// all of them are reported, and notes where every setting stands.
type decoder struct {
	*findings
	expander expander
	anchors  map[string]anchor
	depth    int
	nodes    int

	withoutSecrets bool
}

type anchor struct {
	node ast.Node
	line int
}

// ignored tells whether a key at the top of the file is only there to hold anchors.
func ignored(path, key string) bool { return path == "" && strings.HasPrefix(key, "x-") }

func (d *decoder) document(root *ast.MappingNode, c *Config) {
	ast.Walk(anchorVisitor{d}, root)
	d.decode("", root, reflect.ValueOf(c).Elem())
	for name, connection := range c.Connections {
		connection.Name = name
		c.Connections[name] = connection
	}
	for name, p := range c.Pipelines {
		p.Name = name
		c.Pipelines[name] = p
	}
}

// anchorVisitor collects the anchors before anything is decoded: an alias may stand in a branch that is read first.
type anchorVisitor struct{ d *decoder }

func (v anchorVisitor) Visit(node ast.Node) ast.Visitor {
	if a, ok := node.(*ast.AnchorNode); ok && a.Name != nil {
		name, at := a.Name.GetToken().Value, start(a)
		if first, twice := v.d.anchors[name]; twice {
			v.d.at(at.Line, at.Column, "", fmt.Sprintf("is an anchor whose name stands in line %d already", first.line), "give each anchor its own name, or put a value that begins with & in quotes")
		} else {
			v.d.anchors[name] = anchor{a.Value, at.Line}
		}
	}
	return v
}

// decode reads node into v and reports what does not fit under path.
func (d *decoder) decode(path string, node ast.Node, v reflect.Value) {
	d.depth++
	defer func() { d.depth-- }()
	d.nodes++
	node, text := d.unwrap(path, node)
	if node == nil {
		return
	}
	d.place(path, node)
	if _, null := node.(*ast.NullNode); null {
		d.wrong(path, "has no value", "give one, or remove the key")
		return
	}
	if d.special(path, node, v) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillDefaults(v.Elem())
		d.decode(path, node, v.Elem())
	case reflect.Struct:
		d.structure(path, node, v)
	case reflect.Map:
		d.mapping(path, node, v)
	case reflect.Slice:
		d.sequence(path, node, v)
	default:
		d.scalar(path, node, v, text)
	}
}

// special reads the types whose YAML is not that of their Go kind.
func (d *decoder) special(path string, node ast.Node, v reflect.Value) bool {
	switch target := v.Addr().Interface().(type) {
	case *pipeline.Format:
		if _, mapping := node.(*ast.MappingNode); mapping {
			*target = pipeline.Format{Name: extractfile.FormatDelimited, Delimiter: "|", Header: pipeline.HeaderNone, Encoding: "utf-8"}
			return false
		}
		var name string
		d.scalar(path, node, reflect.ValueOf(&name).Elem(), false)
		target.Name = name
	case *TokenStore:
		var text string
		d.scalar(path, node, reflect.ValueOf(&text).Elem(), false)
		kind, file, _ := strings.Cut(text, ":")
		*target = TokenStore{Kind: kind}
		if file != "" {
			target.Path = resolve(d.expander.dir, file)
		}
	case *pipeline.Duration:
		var text string
		d.scalar(path, node, reflect.ValueOf(&text).Elem(), false)
		if d.bad[path] {
			break
		}
		if err := target.UnmarshalText([]byte(text)); err != nil {
			d.wrong(path, d.show(path)+" is not a duration", "write a number and its unit, such as 15s, 2m or 6h")
		}
	default:
		return false
	}
	return true
}

// unwrap follows anchors, aliases and tags to the node that has the value; text tells that a tag asks for text.
func (d *decoder) unwrap(path string, node ast.Node) (value ast.Node, text bool) {
	for steps := 0; ; steps++ {
		at := start(node)
		if d.depth > maxDepth || steps > maxDepth || d.nodes > maxNodes {
			if d.nodes <= maxNodes {
				d.at(at.Line, at.Column, path, "is nested too deeply", "check that no alias holds itself")
			} else if d.nodes < 2*maxNodes {
				d.at(at.Line, at.Column, path, "unfolds into too many settings", "use fewer aliases of aliases")
				d.nodes = 2 * maxNodes
			}
			return nil, false
		}
		switch n := node.(type) {
		case *ast.AnchorNode:
			node = n.Value
		case *ast.AliasNode:
			name := n.Value.GetToken().Value
			target, ok := d.anchors[name]
			if !ok {
				// The name is not shown: it may be a secret that happens to begin with *.
				d.at(at.Line, at.Column, path, "begins with * and so is an alias, and it has no anchor", "put the value in quotes, or define the anchor")
				return nil, false
			}
			node = target.node
		case *ast.TagNode:
			if n.GetToken().Value != "!!str" {
				d.at(at.Line, at.Column, path, "has a YAML tag", "remove the tag")
				return nil, false
			}
			node, text = n.Value, true
		case *ast.MappingValueNode:
			return ast.Mapping(n.Start, false, n), text
		default:
			if isNil(node) {
				return nil, false
			}
			return node, text
		}
		if isNil(node) {
			d.at(at.Line, at.Column, path, "has no value", "give one, or remove the key")
			return nil, false
		}
	}
}

func isNil(node ast.Node) bool {
	return node == nil || reflect.ValueOf(node).Kind() == reflect.Pointer && reflect.ValueOf(node).IsNil()
}

func (d *decoder) place(path string, node ast.Node) {
	at, p := start(node), d.places[path]
	p.line, p.column = at.Line, at.Column
	if p.keyLine == 0 {
		p.keyLine, p.keyColumn = at.Line, at.Column
	}
	d.places[path] = p
}

// entry is one key of a mapping with its value.
type entry struct {
	key   string
	at    token.Position
	value ast.Node
}

// entries returns a mapping's keys in the file's order, those of << behind its own. A key that stands twice is
// reported and counts once.
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
			d.at(at.Line, at.Column, join(path, key), fmt.Sprintf("stands twice, first in line %d", line), "keep one of them")
			continue
		}
		first[key] = at.Line
		own = append(own, entry{key, at, value.Value})
	}
	for _, e := range merged {
		if _, given := first[e.key]; !given {
			first[e.key] = e.at.Line
			own = append(own, e)
		}
	}
	return own, true
}

// key is the text of a mapping's key: a pipeline may well be called 2026.
func (d *decoder) key(path string, node ast.Node) (string, bool) {
	if k, explicit := node.(*ast.MappingKeyNode); explicit {
		inner, _ := d.unwrap(path, k.Value)
		if inner == nil {
			return "", false
		}
		node, _ = inner.(ast.MapKeyNode)
	}
	if scalar, ok := node.(ast.ScalarNode); ok && !isNil(node) {
		if inner, _ := d.unwrap(path, scalar); inner != nil {
			if tk := inner.GetToken(); tk != nil {
				return tk.Value, true
			}
		}
		return "", false
	}
	at := d.near(path)
	if !isNil(node) {
		p := start(node)
		at.line, at.column = p.Line, p.Column
	}
	d.at(at.line, at.column, path, "has a key that is not a word", "write key: value")
	return "", false
}

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
	at := start(node)
	d.at(at.Line, at.Column, path, "<< takes in something that is no mapping", "name the anchor of a mapping")
	return nil
}

func (d *decoder) structure(path string, node ast.Node, v reflect.Value) {
	entries, ok := d.entries(path, node)
	if !ok {
		return
	}
	fields, names := fieldsOf(v.Type())
	for _, e := range entries {
		if ignored(path, e.key) {
			continue
		}
		at := join(path, e.key)
		i, known := fields[e.key]
		if !known {
			remedy := "use one of " + list(names)
			if meant := nearest(e.key, names); meant != "" {
				remedy = "did you mean " + meant + "?"
			}
			d.at(e.at.Line, e.at.Column, at, "is not a key that tieout knows", remedy)
			continue
		}
		d.places[at] = place{keyLine: e.at.Line, keyColumn: e.at.Column, line: e.at.Line, column: e.at.Column}
		d.decode(at, e.value, v.Field(i))
	}
}

// fieldsOf maps yaml keys to field numbers and lists the keys in the struct's order.
func fieldsOf(t reflect.Type) (map[string]int, []string) {
	fields, names := map[string]int{}, []string(nil)
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" && name != "-" {
			fields[name] = i
			names = append(names, name)
		}
	}
	return fields, names
}

func (d *decoder) mapping(path string, node ast.Node, v reflect.Value) {
	entries, ok := d.entries(path, node)
	if !ok {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, e := range entries {
		at := join(path, e.key)
		d.places[at] = place{keyLine: e.at.Line, keyColumn: e.at.Column, line: e.at.Line, column: e.at.Column}
		value := reflect.New(v.Type().Elem()).Elem()
		fillDefaults(value)
		d.decode(at, e.value, value)
		v.SetMapIndex(reflect.ValueOf(e.key), value)
	}
}

func (d *decoder) sequence(path string, node ast.Node, v reflect.Value) {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		d.wrong(path, "is "+kind(node)+" where a list is wanted", "put it in brackets: [ … ]")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(sequence.Values), len(sequence.Values)))
	for i, value := range sequence.Values {
		at := element(path, i)
		p := start(value)
		d.places[at] = place{keyLine: p.Line, keyColumn: p.Column, line: p.Line, column: p.Column}
		fillDefaults(v.Index(i))
		d.decode(at, value, v.Index(i))
	}
}
