package config

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

const (
	docPath   = "../../docs/configuration.md"
	tableFrom = "<!-- reference: written by go test ./internal/config -run TestReference -update -->\n"
	tableTo   = "<!-- end of reference -->\n"
)

// TestReference holds docs/configuration.md against Reference, and Reference against the structs that files are
// decoded into: every key, its type and its default.
func TestReference(t *testing.T) {
	described := map[string]Key{}
	for _, key := range Reference() {
		require.NotContains(t, described, key.Path)
		require.NotEmpty(t, key.Text, key.Path)
		described[key.Path] = key
	}
	inCode := map[string]bool{}
	walk(t, "", reflect.ValueOf(Config{}), described, inCode)
	for path := range described {
		require.True(t, inCode[path], "%s is described and not in the code", path)
	}

	data, err := os.ReadFile(docPath)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(data), tableFrom)
	require.True(t, found)
	_, after, found := strings.Cut(rest, tableTo)
	require.True(t, found)
	want := before + tableFrom + referenceTable() + tableTo + after
	if *update {
		require.NoError(t, os.WriteFile(docPath, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(data), "run go test ./internal/config -run TestReference -update")
}

func referenceTable() string {
	var b strings.Builder
	section := ""
	for _, key := range Reference() {
		top, _, _ := strings.Cut(key.Path, ".")
		if top != section {
			section = top
			fmt.Fprintf(&b, "\n### %s\n\n| key | type | default | |\n|---|---|---|---|\n", top)
		}
		fallback := strings.ReplaceAll(key.Default, "|", `\|`)
		if fallback != "" && fallback != "required" && !strings.Contains(fallback, " ") || strings.HasPrefix(fallback, "[") {
			fallback = "`" + fallback + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", key.Path, key.Type, fallback, strings.ReplaceAll(key.Text, "|", `\|`))
	}
	return b.String() + "\n"
}

// walk visits every yaml tag below v, whose fields hold their defaults.
func walk(t *testing.T, path string, v reflect.Value, described map[string]Key, inCode map[string]bool) {
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("yaml")
		if name == "-" {
			continue
		}
		require.NotEmpty(t, name, "%s.%s has no yaml tag", v.Type(), v.Type().Field(i).Name)
		at := join(path, name)
		key, ok := described[at]
		require.True(t, ok, "%s is not in Reference", at)
		inCode[at] = true
		field := v.Field(i)
		checkType(t, key, field)
		switch field.Kind() {
		case reflect.Struct:
			if field.Type() != reflect.TypeFor[TokenStore]() {
				walk(t, at, withDefaults(field), described, inCode)
			}
		case reflect.Pointer:
			if inner := reflect.New(field.Type().Elem()).Elem(); inner.Kind() == reflect.Struct {
				fillDefaults(inner)
				walk(t, at, inner, described, inCode)
			}
		case reflect.Map, reflect.Slice:
			if inner := reflect.New(field.Type().Elem()).Elem(); inner.Kind() == reflect.Struct {
				fillDefaults(inner)
				below := at + "[]"
				if field.Kind() == reflect.Map {
					below = at + ".NAME"
				}
				walk(t, below, inner, described, inCode)
			}
		}
	}
}

// withDefaults is the field as it stands, a described format with what its own mapping begins with.
func withDefaults(field reflect.Value) reflect.Value {
	if field.Type() == reflect.TypeFor[pipeline.Format]() {
		c, err := parseText(strings.Replace(minimal, "format: sae", "format: {}", 1))
		if err != nil {
			panic(err)
		}
		return reflect.ValueOf(c.Pipelines["nightly"].Format)
	}
	return field
}

func checkType(t *testing.T, key Key, field reflect.Value) {
	var types, value string
	switch v := field.Interface().(type) {
	case pipeline.Duration:
		types, value = "duration", show(v)
	case pipeline.Column:
		types = "column"
	case []pipeline.Column:
		types = "list of columns"
	case pipeline.Format:
		types = "format"
	case TokenStore:
		types, value = "text", v.String()
	case Secret:
		types = "secret"
	case map[string]string:
		types = "amounts"
	case []string:
		types = "list of text,list of words"
		if len(v) > 0 {
			value = "[" + strings.Join(v, ", ") + "]"
		}
	case *string:
		types = "text"
	default:
		switch field.Kind() {
		case reflect.String:
			types, value = "text,word,date,secret", field.String()
		case reflect.Bool:
			types = "true or false"
		case reflect.Int, reflect.Float64:
			types, value = "number", fmt.Sprint(v)
		case reflect.Slice:
			types = "list of mappings"
		default:
			types = "mapping"
		}
	}
	require.Contains(t, strings.Split(types, ","), key.Type, key.Path)
	if value != "" {
		require.Equal(t, value, key.Default, "default of %s", key.Path)
	}
}

func TestShowDurations(t *testing.T) {
	for want, d := range map[string]time.Duration{"15s": 15 * time.Second, "2m": 2 * time.Minute, "6h": 6 * time.Hour, "1h30m": 90 * time.Minute, "1m30s": 90 * time.Second, "0s": 0} {
		require.Equal(t, want, show(pipeline.Duration(d)))
	}
}

// TestTheDocumentedExample parses the example of docs/configuration.md, which leaves out no part of a file.
func TestTheDocumentedExample(t *testing.T) {
	data, err := os.ReadFile(docPath)
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(data), "```yaml\n")
	require.True(t, found)
	example, _, found := strings.Cut(rest, "```\n")
	require.True(t, found)
	c, err := parse("tieout.yaml", []byte(example), around(environment()))
	require.NoError(t, err)
	require.Empty(t, c.Warnings)
	require.Len(t, c.Pipelines, 2)
	require.Equal(t, extractfile.FormatDelimited, c.Pipelines["travel-cards"].Format.Name)
	for _, key := range Reference() {
		last := key.Path[strings.LastIndex(key.Path, ".")+1:]
		require.Contains(t, example, last+":", "the example leaves out %s", key.Path)
	}
}
