// Package workflows holds tieout's deterministic code: the workflows ConcurExtract and Reconcile, and two small ones,
// Notice and DueCheck. Their inputs, results and activities are declared in package contract.
package workflows
