package systemtest

import (
	"slices"
	"time"

	"tieout/concur/concurtest"
)

// cell is one fault at one operation.
type cell struct {
	fault, operation string
	// Either concur or s3 says what goes wrong.
	concur *concurtest.Fault
	s3     *Rule
	// patient cells end only after a minute or more.
	patient bool
}

// concurFaults are the faults that concurtest can script, in the order of the table. A fault with operations is for these
// alone, and a slow one ends only after a minute or more.
var concurFaults = []struct {
	name       string
	fault      concurtest.Fault
	operations []concurtest.Operation
	always     bool
	slow       bool
}{
	{name: "drop before reading", fault: concurtest.Fault{DropBefore: true}},
	{name: "accept, then drop", fault: concurtest.Fault{AcceptThenDrop: true}},
	{name: "accept, then answer late", fault: concurtest.Fault{AcceptThenHang: 500 * time.Millisecond}},
	{name: "accept, then never answer", fault: concurtest.Fault{AcceptThenHang: concurtest.UntilGone}, slow: true},
	{name: "answer late", fault: concurtest.Fault{Hang: 500 * time.Millisecond}},
	{name: "never answer", fault: concurtest.Fault{Hang: concurtest.UntilGone}, slow: true},
	{name: "400", fault: concurtest.Fault{Status: 400}},
	{name: "401", fault: concurtest.Fault{Status: 401}},
	{name: "403", fault: concurtest.Fault{Status: 403}},
	{name: "404", fault: concurtest.Fault{Status: 404}},
	{name: "409", fault: concurtest.Fault{Status: 409}},
	{name: "429, Retry-After 1", fault: concurtest.Fault{Status: 429, RetryAfter: "1"}},
	{name: "500", fault: concurtest.Fault{Status: 500}},
	{name: "503, Retry-After 1", fault: concurtest.Fault{Status: 503, RetryAfter: "1"}},
	{name: "accept, then 502", fault: concurtest.Fault{Status: 502, Act: true}},
	{name: "HTML with 200", fault: concurtest.Fault{HTML200: true}},
	{name: "accept, then HTML with 200", fault: concurtest.Fault{HTML200: true, Act: true}},
	{name: "malformed document", fault: concurtest.Fault{MalformedXML: true}},
	{name: "redirect", fault: concurtest.Fault{Redirect: "https://login.example/"}},
	{name: "endless document", fault: concurtest.Fault{Hostile: concurtest.HostileEndless}},
	{name: "entity bomb", fault: concurtest.Fault{Hostile: concurtest.HostileBomb}},
	{name: "deep nesting", fault: concurtest.Fault{Hostile: concurtest.HostileDeep}},
	{name: "giant header", fault: concurtest.Fault{Hostile: concurtest.HostileHeader}},
	{name: "cut, Content-Length", fault: cutting(concurtest.FramingLength)},
	{name: "cut, chunked", fault: cutting(concurtest.FramingChunked)},
	{name: "cut, no framing", fault: cutting(concurtest.FramingClose)},
	{name: "body stalls", fault: concurtest.Fault{StallAfter: 50}, slow: true},
	{name: "body trickles", fault: concurtest.Fault{SlowBody: &concurtest.SlowBody{Bytes: 20_000, Pause: 100 * time.Millisecond}}},
	{name: "other validator", fault: concurtest.Fault{NewETag: true}, operations: []concurtest.Operation{concurtest.OpFile}},
	{name: "no ranges", fault: concurtest.Fault{NoRange: true}, operations: []concurtest.Operation{concurtest.OpFile}},
	{name: "no bytes with 200", fault: concurtest.Fault{FileBody: concurtest.BodyNothing}, operations: []concurtest.Operation{concurtest.OpFile}},
	{name: "JSON with 200", fault: concurtest.Fault{FileBody: concurtest.BodyJSON}, operations: []concurtest.Operation{concurtest.OpFile}},
	{name: "a line of text with 200", fault: concurtest.Fault{FileBody: concurtest.BodyText}, operations: []concurtest.Operation{concurtest.OpFile}},
	{name: "XML with 200", fault: concurtest.Fault{FileBody: concurtest.BodyXML}, operations: []concurtest.Operation{concurtest.OpFile}},
	{name: "cut at a row's end, its length agrees", fault: concurtest.Fault{FileBody: concurtest.BodyHalf}, operations: []concurtest.Operation{concurtest.OpFile}},
	{name: "listed late", fault: concurtest.Fault{LateList: time.Second, AcceptThenDrop: true}, operations: []concurtest.Operation{concurtest.OpStart}},
	{name: lateListing, fault: concurtest.Fault{LateList: 5 * time.Minute, AcceptThenDrop: true}, operations: []concurtest.Operation{concurtest.OpStart}},
	{name: "code 16 (lives elsewhere)", fault: concurtest.Fault{OAuthCode: 16, Redirect: "https://eu2.api.concursolutions.com"}, operations: []concurtest.Operation{concurtest.OpToken}},
	{name: "code 108 (refresh token)", fault: concurtest.Fault{OAuthCode: 108}, operations: []concurtest.Operation{concurtest.OpToken}},
	{name: "code 134 (maintenance)", fault: concurtest.Fault{OAuthCode: 134}, operations: []concurtest.Operation{concurtest.OpToken}},
	{name: "always 400", fault: concurtest.Fault{Status: 400}, always: true},
	{name: "always 403", fault: concurtest.Fault{Status: 403}, always: true},
	{name: "always 503", fault: concurtest.Fault{Status: 503}, always: true},
	{name: "always HTML", fault: concurtest.Fault{HTML200: true}, always: true},
	{name: "always no bytes", fault: concurtest.Fault{FileBody: concurtest.BodyNothing}, operations: []concurtest.Operation{concurtest.OpFile}, always: true},
	{name: "always JSON", fault: concurtest.Fault{FileBody: concurtest.BodyJSON}, operations: []concurtest.Operation{concurtest.OpFile}, always: true},
	{name: "always a line of text", fault: concurtest.Fault{FileBody: concurtest.BodyText}, operations: []concurtest.Operation{concurtest.OpFile}, always: true},
	{name: "always cut at a row's end", fault: concurtest.Fault{FileBody: concurtest.BodyHalf}, operations: []concurtest.Operation{concurtest.OpFile}, always: true},
	{name: "always dropped", fault: concurtest.Fault{DropBefore: true}, always: true},
	{name: "always accepted, then dropped", fault: concurtest.Fault{AcceptThenDrop: true}, always: true},
}

func cutting(framing concurtest.Framing) concurtest.Fault {
	return concurtest.Fault{Truncate: &concurtest.Truncate{After: 100, Framing: framing}}
}

// lateListing is the only fault after which two jobs are started: nothing shows the first one in time.
const lateListing = "listed after the window"

// concurOperations are the operations that a run asks Concur for, in the order of the table.
var concurOperations = names(
	concurtest.OpToken, concurtest.OpDefinitions, concurtest.OpLists, concurtest.OpListsV4, concurtest.OpJobs, concurtest.OpStart,
	concurtest.OpStatus, concurtest.OpFile, concurtest.OpItems, concurtest.OpChildrenV4, concurtest.OpItemsV4,
)

func names(operations ...concurtest.Operation) (names []string) {
	for _, operation := range operations {
		names = append(names, string(operation))
	}
	return names
}

// s3Faults are the faults of S3, in the order of the table.
var s3Faults = []struct {
	name   string
	rule   Rule
	always bool
}{
	{name: "503 SlowDown", rule: Rule{Do: SlowDown}},
	{name: "reset", rule: Rule{Do: Reset}},
	{name: "done, then reset", rule: Rule{Do: LostAnswer}},
	{name: "slow", rule: Rule{Delay: 500 * time.Millisecond}},
	{name: "full", rule: Rule{Do: Full}},
	{name: "always 503 SlowDown", rule: Rule{Do: SlowDown}, always: true},
	{name: "always full", rule: Rule{Do: Full}, always: true},
}

// s3Operations are the operations that a run asks S3 for, in the order of the table. The last two come only after a fault.
var s3Operations = []string{"HeadObject", "GetObject", "PutObject", "ListObjectsV2", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload",
	opListParts, opAbort}

const opListParts, opAbort = "ListParts", "AbortMultipartUpload"

// leadingTo returns the faults at Concur that make a run ask S3 for an operation which it does not need otherwise. A file
// that breaks off after its first part leaves an upload to go on with. One that is another file by then leaves an upload
// to abort.
func leadingTo(operation string) []concurtest.Fault {
	breaksOff := concurtest.Fault{Operation: concurtest.OpFile, Nth: 1,
		Truncate: &concurtest.Truncate{After: 10 << 20, Framing: concurtest.FramingLength}}
	switch operation {
	case opListParts:
		return []concurtest.Fault{breaksOff}
	case opAbort: // the second fault does not count the first request
		return []concurtest.Fault{breaksOff, {Operation: concurtest.OpFile, Nth: 1, NewETag: true}}
	}
	return nil
}

// cells returns the cells of an operation. Without all, it leaves out faults that last or take a minute, and takes one in
// six of the others; those of the job's start it takes all.
func cells(operation string, all bool) []cell {
	var cells []cell
	column := slices.Index(concurOperations, operation)
	for row, f := range concurFaults {
		applies := column >= 0 && (f.operations == nil || slices.Contains(f.operations, concurtest.Operation(operation)))
		chosen := all || !f.slow && !f.always && (operation == string(concurtest.OpStart) || (row+column)%6 == 0)
		if !applies || !chosen {
			continue
		}
		fault := f.fault
		fault.Operation = concurtest.Operation(operation)
		if !f.always {
			fault.Nth = 1
		}
		cells = append(cells, cell{fault: f.name, operation: operation, concur: &fault, patient: f.always || f.slow})
	}
	column = slices.Index(s3Operations, operation)
	for row, f := range s3Faults {
		if column < 0 || !all && (f.always || (row+column)%4 != 0) {
			continue
		}
		rule := f.rule
		rule.Operation, rule.Nth = operation, 1
		if f.always {
			rule.Times = -1
		}
		cells = append(cells, cell{fault: f.name, operation: operation, s3: &rule, patient: f.always})
	}
	return cells
}
