package config

import (
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// plainNumber is a number that every reader of YAML spells back as it stands.
var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$`)

// scalar reads one value: its ${…} are filled in after YAML has been parsed, then it is read as v's kind. With
// text, a tag has said that the value is text however it looks.
func (d *decoder) scalar(path string, node ast.Node, v reflect.Value, text bool) {
	source, ok := spelling(node)
	if !ok {
		d.wrong(path, "is "+kind(node)+" where "+wanted(v)+" is wanted", "write one value")
		return
	}
	p := d.places[path]
	p.source = source
	d.places[path] = p

	value := source
	if _, isText := node.(*ast.StringNode); isText || isLiteral(node) {
		var complaints []complaint
		value, complaints = d.expander.expand(source)
		if len(complaints) > 0 && d.withoutSecrets && outside(path) {
			d.bad[path] = true // nothing more is asked of it
			return
		}
		for _, c := range complaints {
			d.at(p.line, p.column, path, c.message, c.remedy)
		}
		if len(complaints) > 0 {
			return
		}
	}
	switch v.Kind() {
	case reflect.String:
		if !text && losesSpelling(node, source) {
			d.wrong(path, "is a number that would not keep its spelling as text", "put it in quotes")
			return
		}
		v.SetString(value)
	case reflect.Bool:
		d.boolean(path, strings.ToLower(value), v)
	case reflect.Int:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			d.wrong(path, d.show(path)+" is not a whole number", "write digits alone, such as 2000")
			return
		}
		v.SetInt(n)
	case reflect.Float64:
		n, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
			d.wrong(path, d.show(path)+" is not a number", "write digits, such as 5 or 0.5")
			return
		}
		v.SetFloat(n)
	}
}

// outside tells the settings that only those need who talk to Concur, to S3 or to a webhook.
func outside(path string) bool {
	return strings.HasPrefix(path, "connections.") || strings.HasPrefix(path, "storage.") || strings.Contains(path, ".notify[")
}

func (d *decoder) boolean(path, value string, v reflect.Value) {
	if value != "true" && value != "false" {
		d.wrong(path, d.show(path)+" is neither true nor false", "write true or false")
		return
	}
	v.SetBool(value == "true")
}

// spelling is a scalar as the file spells it, without quotes.
func spelling(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		if n.Value == nil {
			return "", true
		}
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func isLiteral(node ast.Node) bool { _, ok := node.(*ast.LiteralNode); return ok }

// losesSpelling tells the numbers that are codes in truth: 01007 is not 1007.
func losesSpelling(node ast.Node, source string) bool {
	switch node.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return !plainNumber.MatchString(source)
	case *ast.InfinityNode, *ast.NanNode:
		return true
	}
	return false
}

func kind(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	}
	return "a single value"
}

func wanted(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Float64:
		return "a number"
	}
	return "text"
}
