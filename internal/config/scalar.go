package config

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// plainNumber matches a number that every reader of YAML spells back as it stands.
var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$`)

// scalar reads a single value into v. It fills in each ${…}, which happens after YAML has been parsed, and then reads the
// text as v's type. A tagged value is text, whatever it looks like.
func (d *decoder) scalar(path string, k key, node ast.Node, v reflect.Value, tagged bool) {
	source, ok := spelling(node)
	if !ok {
		d.wrong(path, "is "+kind(node)+" where "+wanted(v)+" is wanted", "write one value")
		return
	}
	s := d.settings[path]
	s.source = source
	d.settings[path] = s

	value := source
	switch node.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		var complaints []complaint
		value, complaints = d.expand(source)
		if len(complaints) > 0 && d.withoutSecrets && outside(k.path) {
			d.bad[path] = true // so that no rule asks for more
			return
		}
		for _, c := range complaints {
			d.at(s.value, path, c.message, c.remedy)
		}
		if len(complaints) > 0 {
			return
		}
	}
	if v.Kind() == reflect.String && !tagged && losesSpelling(node, source) {
		d.wrong(path, "is a number that would not keep its spelling as text", "put it in quotes")
		return
	}
	if c := set(v, value); c != nil {
		d.wrong(path, d.show(path)+" "+c.message, c.remedy)
		return
	}
	d.check(path, k, value)
}

// set reads a text as v's type into v, and returns a complaint where it is not of that type.
func set(v reflect.Value, text string) *complaint {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int64: // pipeline.Duration
		d, err := time.ParseDuration(text)
		v.SetInt(int64(d))
		if err != nil {
			return &complaint{"is not a duration", "write a number and its unit, such as 15s, 2m or 6h"}
		}
	case reflect.Bool:
		v.SetBool(strings.EqualFold(text, "true"))
		if !v.Bool() && !strings.EqualFold(text, "false") {
			return &complaint{"is neither true nor false", "write true or false"}
		}
	case reflect.Int:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return &complaint{"is not a whole number", "write digits alone, such as 2000"}
		}
		v.SetInt(n)
	case reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return &complaint{"is not a number", "write digits, such as 5 or 0.5"}
		}
		v.SetFloat(n)
	}
	return nil
}

// check reports a value that its row of the table does not allow.
func (d *decoder) check(path string, k key, value string) {
	words := k.words()
	switch {
	case k.remedy != "" && strings.TrimSpace(value) == "":
		d.wrong(path, "is empty", k.remedy)
	case words != nil && !slices.Contains(words, value):
		d.wrongWord(path, value, words)
	case k.value == "date":
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			d.wrong(path, d.show(path)+" is not a date", "write yyyy-mm-dd, such as 2026-11-01")
		}
	}
}

// outside reports whether a key is needed only to reach Concur, S3 or a webhook.
func outside(path string) bool {
	return strings.HasPrefix(path, "connections.") || strings.HasPrefix(path, "storage.") || strings.HasPrefix(path, "pipelines.NAME.notify[]")
}

// spelling returns a scalar as the file spells it, without quotes.
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

// losesSpelling reports whether a number may be a code that a reader of YAML would change, as 01007 becomes 1007.
func losesSpelling(node ast.Node, source string) bool {
	switch node.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return !plainNumber.MatchString(source)
	}
	return false
}

// wanted returns what a value that is to be read into v looks like, for messages.
func wanted(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Float64:
		return "a number"
	}
	return "text"
}
