// Package reconcile ties the codes of an extract out against Concur's lists and its totals against its own header. It
// opens no file and no connection: extractfile scans the extract into summaries, a Reading asks its caller for the
// branches of the lists that the summaries need and keeps them in a Snapshot, and Match judges both.
//
// # How a row is judged
//
// A check turns each row into a tuple of codes, level 1 first. The levels are followed down the list, byte for byte,
// until the path leaves it. That level decides, and deeper levels of the row are not judged:
//
//   - All columns empty: nothing to judge under `blank: allow`, a finding `blank` at level 1 under `blank: report`.
//   - Empty columns at the end make a shorter path, which is fine: an extract may book on any level of a list.
//   - An empty column before a filled one leaves the list there: `skipped_level`. If a level above it is already
//     missing from the list, that level decides and not the gap.
//   - A value that is not among the live items under its parent is tried against the rules in their order:
//     placeholder, retired, format_only, name_not_code, wrong_parent, unknown.
//
// Readings of the contract that the rules leave open:
//
//   - A placeholder that is an item of the list is a code like any other: the path has not left the list. An empty
//     value is never a placeholder. Of several placeholders in a row the one at the deciding level counts.
//   - Suggestions name live items only. `retired` looks at the exact path: among the deleted items under a live parent
//     (List v4), or among the paths that were live in any earlier snapshot of the pipeline.
//   - `format_only` with several candidates: fewest edits away, then the smallest code by bytes. `name_not_code`: the
//     smallest code. `wrong_parent`: the path that shares most leading levels with the row's, then the smallest path.
//     `unknown`: fewest edits away, at most two, then the smallest code.
//   - Nearest codes are sought for the findings with most money first, within a fixed amount of work per tie-out
//     (see nearestWork), so that a hundred thousand unknown codes do not hold up the judgement.
//
// A branch that a judgement needs and that was not read is an UnreadError, never a finding. Only the search of other
// parents may stop early, at list_walk_limit: its findings stay `unknown` and say `"searched":"partial"`. A suggested
// parent follows from the list alone: all parents that are as near to the row's were read before one is named.
//
// A code that stands twice under one parent is one code whose items share what lies below; Snapshot.Doubles names it.
//
// # Findings
//
// There is one finding per check, class, level and path up to that level. A waiver covers a finding of its check when
// its value is the code at the finding's level, or the whole path joined by " / ", or, for the check "control", the
// class, if the waiver has no max_amount. Findings are sorted by check (control first), class in the order of the rules, largest gross amount of any
// one currency, and path.
//
// What only the rows can tell (reports, sample rows, rows and money counted once) comes from a second pass over the
// file: Judgement.Lookup maps a tuple to its finding, and Match gathers the rows that Input.Rows emits. Rows that a control check objects to count
// in the totals like those of any other finding.
//
// # Cost
//
// Time and memory follow the distinct tuples, the list items and the findings, never the rows. A list item takes 12 bytes
// and its code and name once its snapshot was read (BenchmarkReadSnapshot). On two shared cores a
// million distinct tuples against 200,000 items take 0.4 s with a thousand unknown codes; a million unknown codes, each
// a finding of its own, take 10 s and 1 KB each.
package reconcile
