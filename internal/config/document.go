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
)

// readDocument parses the bytes of a file into its one mapping. It returns nil once it has reported why it cannot.
func readDocument(data []byte, r *reporter) *ast.MappingNode {
	if len(data) > maxFile {
		r.at(position{}, "", fmt.Sprintf("is larger than %d bytes", maxFile), "name a tieout.yaml")
		return nil
	}
	if bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}) {
		r.at(position{1, 1}, "", "is written in UTF-16", "save it as UTF-8")
		return nil
	}
	data = bytes.TrimPrefix(data, []byte{0xEF, 0xBB, 0xBF})
	if at := notText(data); at.line > 0 {
		r.at(at, "", "holds bytes that are not UTF-8 text", "save it as UTF-8")
		return nil
	}
	file, err := parseYAML(data)
	if err != nil {
		reportSyntax(err, string(data), r)
		return nil
	}
	return rootOf(file, r)
}

// parseYAML turns a panic of the parser into an error, because a malformed file must never end the process.
func parseYAML(data []byte) (file *ast.File, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("cannot be read as YAML")
		}
	}()
	return parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
}

// notText returns the position of the first byte that text in UTF-8 does not have, or line 0 where there is none.
func notText(data []byte) position {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 || r < ' ' && r != '\t' && r != '\n' && r != '\r' {
			line := data[bytes.LastIndexByte(data[:i], '\n')+1 : i]
			return position{1 + bytes.Count(data[:i], []byte("\n")), 1 + utf8.RuneCount(line)}
		}
		i += size
	}
	return position{}
}

// reportSyntax reports where the YAML itself is broken. It leaves out the parser's excerpt of the file, which may hold a
// secret.
func reportSyntax(err error, text string, r *reporter) {
	syntax, ok := errors.AsType[yaml.Error](err)
	if !ok || syntax.GetToken() == nil {
		r.at(position{1, 1}, "", "is not YAML", "check its indentation and quotes")
		return
	}
	at := syntax.GetToken().Position
	message, remedy := syntax.GetMessage(), "check the indentation and the quotes here and in the line above"
	if strings.Contains(message, `"`) {
		// Some of the parser's messages quote the file.
		message = "is not YAML"
	}
	lines := strings.Split(text, "\n")
	line := lines[min(max(at.Line, 1), len(lines))-1]
	switch {
	case strings.Contains(line[:len(line)-len(strings.TrimLeft(line, " \t"))], "\t"):
		message, remedy = "is indented with a tab", "indent with spaces"
	case strings.Contains(line, "${"):
		remedy = "inside [ ] and { } put a value with ${…} in quotes"
	}
	r.at(position{at.Line, at.Column}, "", message, remedy)
}

// rootOf returns the mapping of a file's only document.
func rootOf(file *ast.File, r *reporter) *ast.MappingNode {
	var root ast.Node
	for _, doc := range file.Docs {
		if _, directive := doc.Body.(*ast.DirectiveNode); directive || doc.Body == nil {
			continue
		}
		if root != nil {
			r.at(start(doc.Body), "", "holds a second YAML document", "keep one document: remove the line --- and what does not belong here")
			return nil
		}
		root = doc.Body
	}
	switch root := root.(type) {
	case nil:
		r.at(position{}, "", "is empty", "write one with `tieout init`, or start from the snippets in docs/configuration.md")
	case *ast.MappingNode:
		return root
	case *ast.MappingValueNode:
		return ast.Mapping(root.Start, false, root)
	default:
		r.at(start(root), "", "is not a mapping of keys", "begin with connections:, storage: and pipelines:")
	}
	return nil
}

// start returns where a node begins. The token of a mapping is its first colon, which is not where people look.
func start(node ast.Node) position {
	switch n := node.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return start(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return start(n.Key)
	}
	if tk := node.GetToken(); tk != nil && tk.Position != nil {
		return position{tk.Position.Line, tk.Position.Column}
	}
	return position{1, 1}
}
