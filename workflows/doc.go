// Package workflows holds tieout's deterministic code: the workflows ConcurExtract and Reconcile, and the small ones
// beside them, Notice and DueCheck. What they say to activities and to people is typed in package contract.
package workflows
