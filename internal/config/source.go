package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// readDocument turns the bytes of a file into its one mapping; nil when it reported why it cannot.
func readDocument(data []byte, found *findings) *ast.MappingNode {
	if len(data) > maxFile {
		found.at(0, 0, "", fmt.Sprintf("is larger than %d bytes", maxFile), "name a tieout.yaml")
		return nil
	}
	if bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}) {
		found.at(1, 1, "", "is written in UTF-16", "save it as UTF-8")
		return nil
	}
	data = bytes.TrimPrefix(data, []byte{0xEF, 0xBB, 0xBF})
	if line, column := notText(data); line > 0 {
		found.at(line, column, "", "holds bytes that are not UTF-8 text", "save it as UTF-8")
		return nil
	}
	file, err := parseYAML(data)
	if err != nil {
		reportSyntax(err, string(data), found)
		return nil
	}
	return rootOf(file, found)
}

// parseYAML turns a panic of the parser into an error: a malformed file must never end the process.
func parseYAML(data []byte) (file *ast.File, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("cannot be read as YAML")
		}
	}()
	return parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
}

func notText(data []byte) (line, column int) {
	line, column = 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 || r < ' ' && r != '\t' && r != '\n' && r != '\r' {
			return line, column
		}
		i, column = i+size, column+1
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return 0, 0
}

// reportSyntax says where YAML itself is broken. The parser's own excerpt of the file stays out: it may hold a secret.
func reportSyntax(err error, text string, found *findings) {
	var syntax yaml.Error
	if !errors.As(err, &syntax) || syntax.GetToken() == nil {
		found.at(1, 1, "", "is not YAML", "check its indentation and quotes")
		return
	}
	at := syntax.GetToken().Position
	message, remedy := syntax.GetMessage(), "check the indentation and the quotes here and in the line above"
	if strings.Contains(message, `"`) {
		// Some of the parser's messages quote the file.
		message = "is not YAML"
	}
	line := lineOf(text, at.Line)
	switch {
	case strings.Contains(line[:len(line)-len(strings.TrimLeft(line, " \t"))], "\t"):
		message, remedy = "is indented with a tab", "indent with spaces"
	case strings.Contains(line, "${"):
		remedy = "inside [ ] and { } put a value with ${…} in quotes"
	}
	found.at(at.Line, at.Column, "", message, remedy)
}

func lineOf(text string, number int) string {
	lines := strings.Split(text, "\n")
	if number < 1 || number > len(lines) {
		return ""
	}
	return lines[number-1]
}

func rootOf(file *ast.File, found *findings) *ast.MappingNode {
	var root ast.Node
	for _, doc := range file.Docs {
		if _, directive := doc.Body.(*ast.DirectiveNode); directive || doc.Body == nil {
			continue
		}
		if root != nil {
			at := start(doc.Body)
			found.at(at.Line, at.Column, "", "holds a second YAML document", "keep one document: remove the line --- and what does not belong here")
			return nil
		}
		root = doc.Body
	}
	switch root := root.(type) {
	case nil:
		found.at(0, 0, "", "is empty", "write one with `tieout init`, or start from the example in docs/configuration.md")
	case *ast.MappingNode:
		return root
	case *ast.MappingValueNode:
		return ast.Mapping(root.Start, false, root)
	default:
		at := start(root)
		found.at(at.Line, at.Column, "", "is not a mapping of keys", "begin with connections:, storage: and pipelines:")
	}
	return nil
}

// start is where a node begins: the token of a mapping is its first colon, which is not where people look.
func start(node ast.Node) token.Position {
	switch n := node.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return start(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return start(n.Key)
	}
	if tk := node.GetToken(); tk != nil && tk.Position != nil {
		return *tk.Position
	}
	return token.Position{Line: 1, Column: 1}
}
