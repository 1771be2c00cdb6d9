package app

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.temporal.io/api/serviceerror"
)

// DialError says in one line why Temporal cannot be reached and what to do.
type DialError struct {
	Message string
	// Setting is true where TEMPORAL_* or temporal.toml has to be corrected, so that another attempt would not help.
	Setting bool
	Err     error
}

func (e *DialError) Error() string { return e.Message }
func (e *DialError) Unwrap() error { return e.Err }

var (
	grpcText = regexp.MustCompile(`desc = "(.*)"`)
	dialText = regexp.MustCompile(`dial \S+ (\S+): (?:connect: )?(.*)`)
)

// dialError explains an error of gRPC by its text, because gRPC has no types for these errors.
func dialError(hostPort, namespace string, err error) *DialError {
	text := strings.TrimPrefix(err.Error(), "failed reaching server: ")
	if match := grpcText.FindStringSubmatch(text); match != nil {
		text = match[1]
	}
	if _, denied := errors.AsType[*serviceerror.PermissionDenied](err); denied {
		return &DialError{fmt.Sprintf("Temporal at %s refuses (namespace %s): %s. Correct TEMPORAL_API_KEY or the certificate, and TEMPORAL_NAMESPACE", hostPort, namespace, text), true, err}
	}
	what, remedy, setting := text, "Start it, or correct TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE", false
	switch match := dialText.FindStringSubmatch(text); {
	case match != nil:
		what = match[2]
		if match[1] != hostPort {
			what = match[1] + ": " + what
		}
	case strings.Contains(text, "does not look like a TLS handshake"):
		what, setting = "TLS is asked for, and what answers does not speak it", true
		remedy = "Correct TEMPORAL_ADDRESS, or set TEMPORAL_TLS=false (TEMPORAL_API_KEY turns TLS on)"
	case strings.Contains(text, "authentication handshake failed: "):
		_, what, _ = strings.Cut(text, "authentication handshake failed: ")
		setting, remedy = true, "Correct TEMPORAL_TLS_* (the authority, the server's name, the certificate)"
	case strings.Contains(text, "HTTP/1.1 header"):
		what, setting, remedy = "what answers is no Temporal server: it speaks HTTP, not gRPC", true, "Correct TEMPORAL_ADDRESS; the Web UI has another port"
	case strings.Contains(text, "error reading server preface"):
		what, remedy = "what answers ended the connection", "Correct TEMPORAL_ADDRESS, or set TEMPORAL_TLS=true if it wants TLS"
	case strings.Contains(text, "no children to pick from"), strings.Contains(text, "produced zero addresses"):
		what, remedy = "the name is not known", "Correct TEMPORAL_ADDRESS, or see to the network"
	}
	return &DialError{fmt.Sprintf("Temporal does not answer at %s (namespace %s): %s. %s", hostPort, namespace, what, remedy), setting, err}
}
