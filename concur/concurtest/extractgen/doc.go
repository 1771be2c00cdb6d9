/*
Package extractgen generates the files of SAP Concur's accounting extracts, and the lists whose codes they carry, for tests
and demonstrations. The simulated Concur of package concurtest serves them; they are of use without a server too.

	extract, err := extractgen.New(extractgen.Spec{
		Rows:   100_000,
		Checks: []extractgen.Check{{Name: "Cost centre", List: "Organization List", Columns: []int{35, 36}}},
		Inject: []extractgen.Injection{{Check: "Cost centre", Class: extractgen.ClassUnknown, Findings: 5, Rows: 3}},
	}, extractgen.List{
		Name:     "Organization List",
		Generate: &extractgen.ListSpec{Branching: []int{10, 50}}, // or Items, written out
	})

# Files

A [Spec] describes a file: the 400 columns of an SAE, the 256 of a PRAE (invoices; its rows have no batch and sequence
columns) or a small delimited file. Its fields are quoted and hold bars, quotes and line breaks; its amounts are signed, of
several currencies and with up to 8 decimals; its control totals agree. Some reports are booked on an item that is no leaf:
their last columns are empty, and that is no finding.

Rows are made from the seed when they are read, at more than 1 GB/s on one core, so a file of 20 GiB needs no space, has a
known length and can be read from any offset. The JSON form of a spec has the same fields in lower camel case.

# Findings

[Extract.Injected] lists what a tie-out of the file must find. Each finding was verified against the rules in their plainest
form when the file was planned, on lists that tell deleted items (v4) and on lists that do not (v1). What a class means:

	placeholder    one of Check.Placeholders stands there
	blank          all columns of the check are empty (a finding only where blanks are to be reported)
	skipped_level  a column is empty and a later one is filled; the level is the first empty one
	retired        the code exists as deleted; List v1 cannot tell it from unknown
	format_only    a code of the list, written otherwise
	name_not_code  the name of an item instead of its code
	wrong_parent   a code of that level, under another parent
	unknown        none of these

Columns with personal data carry the markers of [Canaries].
*/
package extractgen
