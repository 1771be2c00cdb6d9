package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

const (
	docPath   = "../../docs/configuration.md"
	tableFrom = "<!-- reference: written by go test ./internal/config -run TestReference -update -->\n"
	tableTo   = "<!-- end of reference -->\n"
)

// TestReference holds docs/configuration.md against the table of keys, and the table against the structs that files are
// decoded into: every key, its type and its default.
func TestReference(t *testing.T) {
	described := map[string]key{}
	for _, k := range keys {
		require.NotContains(t, described, k.path)
		require.NotEmpty(t, k.doc, k.path)
		if k.fallback == required {
			require.NotEmpty(t, k.remedy, "what to write for %s", k.path)
		}
		described[k.path] = k
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
	require.Empty(t, after, "the reference is the last part of the page")
	want := before + tableFrom + referenceTable() + tableTo
	if *update {
		require.NoError(t, os.WriteFile(docPath, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(data), "run go test ./internal/config -run TestReference -update")
}

func referenceTable() string {
	var b strings.Builder
	section := ""
	for _, k := range keys {
		top, _, _ := strings.Cut(k.path, ".")
		if top != section {
			section = top
			fmt.Fprintf(&b, "\n### %s\n\n| key | value | default | |\n|---|---|---|---|\n", top)
		}
		fallback, value := k.fallback, k.value
		if fallback != "" && fallback != required {
			fallback = "`" + fallback + "`"
		}
		if words := k.element().words(); words != nil {
			value = strings.Replace(value, strings.Join(words, " | "), "`"+strings.Join(words, "`, `")+"`", 1)
		}
		cells := []string{"`" + k.path + "`", value, fallback, k.doc}
		for i := range cells {
			cells[i] = strings.ReplaceAll(cells[i], "|", `\|`)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	return b.String() + "\n"
}

// walk visits every yaml tag below v, whose fields hold their defaults.
func walk(t *testing.T, path string, v reflect.Value, described map[string]key, inCode map[string]bool) {
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("yaml")
		if name == "-" {
			continue
		}
		require.NotEmpty(t, name, "%s.%s has no yaml tag", v.Type(), v.Type().Field(i).Name)
		at := join(path, name)
		k, ok := described[at]
		require.True(t, ok, "%s is not in the table of keys", at)
		inCode[at] = true
		field := v.Field(i)
		checkType(t, k, field)
		below, inner := at, reflect.Value{}
		switch field.Kind() {
		case reflect.Struct:
			walk(t, at, field, described, inCode)
			continue
		case reflect.Map:
			below = at + ".NAME"
		case reflect.Slice:
			below = at + "[]"
		case reflect.Pointer:
		default:
			continue
		}
		if inner = reflect.New(field.Type().Elem()).Elem(); inner.Kind() == reflect.Struct {
			fillDefaults(below, inner)
			walk(t, below, inner, described, inCode)
		}
	}
}

func checkType(t *testing.T, k key, field reflect.Value) {
	var types, value string
	switch v := field.Interface().(type) {
	case pipeline.Duration:
		types, value = "duration", v.String()
	case pipeline.Column:
		types = "column"
	case []pipeline.Column:
		types = "list of columns"
	case pipeline.Format:
		types = "words"
	case Secret:
		types = "secret"
	case map[string]string:
		types = "amounts"
	case *string:
		types = "text"
	default:
		switch field.Kind() {
		case reflect.String:
			types, value = "text,words,date,secret", field.String()
		case reflect.Bool:
			types = "true or false"
		case reflect.Int, reflect.Float64:
			types, value = "number", fmt.Sprint(v)
		case reflect.Slice:
			types = "list of mappings"
			if field.Type().Elem().Kind() == reflect.String {
				types, value = "list of text,list of words", strings.Join(strings.Fields(fmt.Sprint(v)), ", ")
			}
		default:
			types = "mapping"
		}
	}
	described, words := k.value, k.element().words()
	if words != nil {
		described = strings.Replace(described, strings.Join(words, " | "), "words", 1)
	}
	require.Contains(t, strings.Split(types, ","), described, k.path)
	if value != "" && value != "[]" {
		require.Equal(t, value, k.fallback, "default of %s", k.path)
	}
	if words != nil && k.fallback != required {
		require.Subset(t, words, strings.Split(strings.Trim(k.fallback, "[]"), ", "), "default of %s", k.path)
	}
}

// TestWordsOfTheFormatAreThoseOfExtractfile finds a word of the table from which no layout can be made.
func TestWordsOfTheFormatAreThoseOfExtractfile(t *testing.T) {
	for _, k := range keysBelow("pipelines.NAME.format") {
		for _, word := range k.words() {
			_, err := parseText(strings.Replace(minimal, "format: sae", "format: {amount: 1, "+k.name()+": "+word+"}", 1))
			require.NoError(t, err)
		}
	}
	for _, name := range []string{extractfile.FormatSAE, extractfile.FormatPRAE} {
		_, err := parseText(strings.Replace(minimal, "format: sae", "format: "+name, 1))
		require.NoError(t, err)
	}
}

// TestTheDocumentedSnippets parses the snippets of docs/configuration.md: each by itself, where only what the others have
// is missing, and all of them as one file, which leaves out no key.
func TestTheDocumentedSnippets(t *testing.T) {
	data, err := os.ReadFile(docPath)
	require.NoError(t, err)
	in := inputsOf(environment())
	in.readFile = func(string) ([]byte, error) { return []byte("canary\n"), nil }
	text, whole := "", map[string]any{}
	for _, block := range strings.Split(string(data), "```yaml\n")[1:] {
		snippet, _, found := strings.Cut(block, "```\n")
		require.True(t, found)
		_, err := parse("tieout.yaml", []byte(snippet), in)
		problems, ok := errors.AsType[*Error](err)
		require.True(t, ok, "%v", err)
		for _, problem := range problems.Problems {
			require.Equal(t, "is missing", problem.Message, "%s\n%s", problem, snippet)
		}
		part := map[string]any{}
		require.NoError(t, yaml.Unmarshal([]byte(snippet), &part))
		merge(whole, part)
		text += snippet
	}
	for _, k := range keys {
		require.Contains(t, text, strings.TrimSuffix(k.name(), "[]")+":", "no snippet has %s", k.path)
	}
	file, err := yaml.Marshal(whole)
	require.NoError(t, err)
	c, err := parse("tieout.yaml", file, in)
	require.NoError(t, err)
	require.Empty(t, c.Warnings)
	require.Len(t, c.Pipelines, 2)
	require.Equal(t, extractfile.FormatDelimited, c.Pipelines["travel-cards"].Format.Name)
}

// merge adds the keys of part to whole, and replaces values that both have unless they are mappings.
func merge(whole, part map[string]any) {
	for name, value := range part {
		below, isMapping := value.(map[string]any)
		if mapping, both := whole[name].(map[string]any); both && isMapping {
			merge(mapping, below)
			continue
		}
		whole[name] = value
	}
}
