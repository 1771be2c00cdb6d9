package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

// decoder fills the structs of a Config from YAML nodes by their yaml tags, and checks each value by its row of keys. It
// goes on after a problem, so that all of them are reported, and notes where every setting stands.
type decoder struct {
	*reporter
	inputs
	anchors map[string]anchor
	depth   int
	nodes   int
}

// decode reads the mapping of a whole file into c.
func decode(root *ast.MappingNode, c *Config, in inputs, r *reporter) {
	d := &decoder{reporter: r, inputs: in, anchors: map[string]anchor{}}
	ast.Walk(d, root)
	d.decode("", position{1, 1}, key{}, root, reflect.ValueOf(c).Elem())
}

// decode sets v, which k describes, to its defaults and reads node into it. It reports under path what does not fit, and
// notes that the setting's key stands at the position at.
func (d *decoder) decode(path string, at position, k key, node ast.Node, v reflect.Value) {
	d.depth++
	defer func() { d.depth-- }()
	d.nodes++
	fillDefaults(k.path, v)
	d.settings[path] = setting{key: at, value: at}
	node, tagged := d.unwrap(path, node)
	if node == nil {
		return
	}
	d.settings[path] = setting{key: at, value: start(node)}
	if _, null := node.(*ast.NullNode); null {
		d.wrong(path, "has no value", "give one, or remove the key")
		return
	}
	if format, ok := v.Addr().Interface().(*pipeline.Format); ok {
		if _, mapping := node.(*ast.MappingNode); !mapping {
			*format = pipeline.Format{}
			d.scalar(path, k, node, reflect.ValueOf(&format.Name).Elem(), tagged)
			return
		}
		format.Name = extractfile.FormatDelimited
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(path, at, k, node, v.Elem())
	case reflect.Struct:
		d.structure(path, k, node, v)
	case reflect.Map:
		d.mapping(path, k, node, v)
	case reflect.Slice:
		d.sequence(path, k, node, v)
	default:
		d.scalar(path, k, node, v, tagged)
	}
}

// structure reads a mapping whose keys are those of the table.
func (d *decoder) structure(path string, k key, node ast.Node, v reflect.Value) {
	entries, ok := d.entries(path, node)
	if !ok {
		return
	}
	known := keysBelow(k.path)
	var names []string
	for _, k := range known {
		names = append(names, k.name())
	}
	for _, e := range entries {
		if path == "" && strings.HasPrefix(e.key, "x-") {
			continue // it holds anchors
		}
		at := join(path, e.key)
		i := slices.Index(names, e.key)
		if i < 0 {
			d.at(e.at, at, "is not a key that tieout knows", meantOr(e.key, names, "use one of "+list(names)))
			continue
		}
		d.decode(at, e.at, known[i], e.value, fieldOf(v, e.key))
	}
	for _, k := range known {
		if at := join(path, k.name()); k.fallback == required && !d.given(at) {
			d.missing(at, k.remedy)
		}
	}
}

// fieldOf returns the field of the struct v that has the yaml tag name.
func fieldOf(v reflect.Value, name string) reflect.Value {
	for field, value := range v.Fields() {
		if field.Tag.Get("yaml") == name {
			return value
		}
	}
	panic(fmt.Sprintf("the table of keys has %s, and %s does not", name, v.Type()))
}

// mapping reads a mapping whose keys are names that the file chooses.
func (d *decoder) mapping(path string, k key, node ast.Node, v reflect.Value) {
	entries, ok := d.entries(path, node)
	if !ok {
		return
	}
	if len(entries) == 0 && k.remedy != "" {
		d.wrong(path, "is empty", k.remedy)
	}
	v.Set(reflect.MakeMap(v.Type()))
	named := key{path: k.path + ".NAME"}
	for _, e := range entries {
		value := reflect.New(v.Type().Elem()).Elem()
		d.decode(join(path, e.key), e.at, named, e.value, value)
		v.SetMapIndex(reflect.ValueOf(e.key), value)
	}
}

func (d *decoder) sequence(path string, k key, node ast.Node, v reflect.Value) {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		d.wrong(path, "is "+kind(node)+" where a list is wanted", "put it in brackets: [ … ]")
		return
	}
	one := k.element()
	remedy, words := k.remedy, one.words()
	if words != nil {
		remedy = "write some of " + strings.Join(words, ", ") + ", or remove the key"
	}
	if len(sequence.Values) == 0 && remedy != "" {
		d.wrong(path, "is empty", remedy)
	}
	v.Set(reflect.MakeSlice(v.Type(), len(sequence.Values), len(sequence.Values)))
	seen := map[string]bool{}
	for i, node := range sequence.Values {
		at, value := element(path, i), v.Index(i)
		d.decode(at, start(node), one, node, value)
		if words != nil && seen[value.String()] {
			d.wrong(at, "stands twice", "keep one of them")
		}
		seen[value.String()] = true
	}
}

// fillDefaults sets the fields of v, which stands at path of the table, to their defaults.
func fillDefaults(path string, v reflect.Value) {
	if v.Kind() != reflect.Struct {
		return
	}
	for _, k := range keysBelow(path) {
		field := fieldOf(v, k.name())
		switch {
		case k.fallback == "" || k.fallback == required:
			fillDefaults(k.path, field)
		case field.Kind() == reflect.Slice:
			words := strings.Split(strings.Trim(k.fallback, "[]"), ", ")
			field.Set(reflect.MakeSlice(field.Type(), len(words), len(words)))
			for i, word := range words {
				set(field.Index(i), word)
			}
		default:
			set(field, k.fallback)
		}
	}
}
