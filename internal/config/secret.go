package config

import (
	"fmt"
	"io"
)

// Secret is a text that nothing prints. Every way of formatting or encoding it gives "[secret]".
type Secret string

// Reveal returns the text itself, for the one call that sends it.
func (s Secret) Reveal() string { return string(s) }

// String returns "[secret]", or "" for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[secret]"
}

// GoString returns String, for %#v.
func (s Secret) GoString() string { return s.String() }

// Format writes String for every verb, because fmt would show the text for a verb that does not suit it.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText returns String, for JSON, YAML and logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
