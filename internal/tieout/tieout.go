// Package tieout ties a job out: it scans the job's files, reads Concur's lists by need, has reconcile judge both, and
// writes the reports. A worker's activities and the command line share it; they differ in where files, lists and objects
// lie, which the types File, List and Objects hide. It knows neither Temporal nor S3 nor Concur's API.
package tieout

import (
	"tieout/internal/contract"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
	"tieout/internal/report"
)

// TieOut is one tie-out of a job. Its steps are Scan, ReadLists, Judge and Judged.Write.
type TieOut struct {
	Settings pipeline.Pipeline
	Layout   *extractfile.Layout // of the format in Settings
	Run      report.Run
	Job      contract.Job
	Files    []File
	// Evidence is what is known of the landing. The report adds the files and the objects that the tie-out read and wrote.
	Evidence report.Evidence
	Links    report.Links
	// Ref names this tie-out among Objects.
	Ref     Ref
	Objects Objects
	// Basis is what the tie-out is compared with; Resume reads it.
	Basis Basis

	// Workers scan in parallel; 0 stands for all cores.
	Workers int
	// ListsIncomplete is true where the lists were read for another tie-out, so that no search in them is whole.
	ListsIncomplete bool
	// Remedy is what a person can do about a landed file that was changed.
	Remedy string
	// Scanning and Reading are told how far the work is; nil where nobody asks.
	Scanning func(file contract.File, bytes, rows int64)
	Reading  func(list string, requests int)

	read []report.Object // which the report names
}
