package extractfile

import (
	"fmt"

	"tieout/internal/contract"
)

// FormatError says that a file cannot be read as its format. The message names what is wrong and what to do now; it
// never holds content of a row.
type FormatError struct {
	// Code is contract.CodeFileFormat or contract.CodeFileEncrypted.
	Code string
	// Line is the line of the file where the trouble is, from 1; 0 when it is about the file as a whole.
	Line int64
	// Row is the row, from 1 after the header; 0 when it is not about a row.
	Row     int64
	Message string
	// Setting is true where the file is one, but of another format or encoding than the settings say: fetching it again
	// gives the same.
	Setting bool
}

func (e *FormatError) Error() string {
	switch {
	case e.Row > 0:
		return fmt.Sprintf("line %d (row %d): %s", e.Line, e.Row, e.Message)
	case e.Line > 0:
		return fmt.Sprintf("line %d: %s", e.Line, e.Message)
	}
	return e.Message
}

func formatError(line int64, format string, args ...any) *FormatError {
	return &FormatError{Code: contract.CodeFileFormat, Line: line, Message: fmt.Sprintf(format, args...)}
}

func settingError(line int64, format string, args ...any) *FormatError {
	e := formatError(line, format, args...)
	e.Setting = true
	return e
}

func encryptedError() *FormatError {
	return &FormatError{Code: contract.CodeFileEncrypted, Message: "the file is encrypted (PGP) and cannot be tied out. " +
		"Ask SAP Concur to deliver this extract through the API without encryption, then run the pipeline again"}
}
