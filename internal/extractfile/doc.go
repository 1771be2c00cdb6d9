// Package extractfile reads extract files: what a file declares (control header), what it adds up to, which tuples of
// codes its rows carry, and, in a second pass, which rows belong to a finding. It knows bytes and settings only: no
// network, no storage, no workflows.
//
// # Records
//
// A file is a sequence of records. The rules are exact, so that any two readers of this page agree:
//
//   - A record ends at a line feed outside quotes, or at the end of the file. One carriage return before that line feed
//     (or before the end of the file) belongs to the line end; any other carriage return is data.
//   - A record without a byte is a blank line. It is passed over and not counted.
//   - Fields are parted by the delimiter, one byte.
//   - A field whose first byte is a double quote is quoted: up to the closing quote everything is data, delimiters and
//     line breaks included, and "" stands for one quote. Bytes between the closing quote and the next delimiter or
//     record end are kept as data at the field's end, where quotes mean nothing any more: "a"b"c reads ab"c.
//   - In every other field a quote is data: a"b"c reads a"b"c.
//   - A quote that is still open at the end of the file means that the file was cut short.
//
// Well-formed RFC 4180 files read as encoding/csv reads them, except that line breaks inside quotes keep their
// carriage returns: values are compared byte for byte. Unlike its LazyQuotes, a stray quote never swallows the next row.
//
// # Rows
//
// Rows are counted from 1 at the first record after the header. In sae and prae each row begins with DETAIL; any other
// record type ends the reading with an error, because no figure of such a file could be trusted.
//
//   - A row that is too short for a mapped column is a width fault and its missing columns count as empty; a missing
//     amount then counts 0 without being an amount fault of its own.
//   - An amount that money.Parse refuses, an empty one included, is an amount fault and counts 0.
//   - A row whose sequence column is not its row number is a sequence fault.
//   - A row with another, not empty, batch id than the header is a batch fault. A header without batch id declares none.
//   - A currency that is not a code is summed up as "?".
//
// # Memory
//
// Scan keeps one chunk per worker and one entry per distinct tuple, whatever the number of rows. While it reads, a tuple
// costs about 100 bytes and its codes in each worker that meets it, and as much in the Summary that it returns.
// Measured: 10 million rows of 1,000 tuples in 10 to 13 MiB of heap, a million distinct tuples in at most 90 MiB while
// reading and 87 bytes each in the Summary, 13 of them its code (BenchmarkManyRows, BenchmarkMillionTuples). Rows keeps a
// chunk per worker and nothing else. One record may be at most 16 MiB.
package extractfile
