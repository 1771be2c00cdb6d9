package systemtest

import (
	"fmt"
	"strings"
)

// matrixMark ends what is written by hand in docs/faults.md; the runs write what follows.
const matrixMark = "<!-- matrix: written by go test ./deployments/local/systemtest -run TestFaults -update -->\n"

// document returns docs/faults.md with the matrix written anew.
func document(text string, ends map[[2]string]string) string {
	byHand, _, _ := strings.Cut(text, matrixMark)
	var b strings.Builder
	b.WriteString(byHand + matrixMark + "\n### Concur\n\n")
	var rows []string
	for _, f := range concurFaults {
		rows = append(rows, f.name)
	}
	writeTable(&b, rows, concurOperations, ends)
	b.WriteString("\n### S3\n\n")
	rows = nil
	for _, f := range s3Faults {
		rows = append(rows, f.name)
	}
	writeTable(&b, rows, s3Operations, ends)
	b.WriteString("\n### The worker is killed\n\n`kill -9`, and another worker goes on: `TestKilledWorker`.\n\n| when | end |\n|---|---|\n")
	for _, m := range moments {
		fmt.Fprintf(&b, "| %s | %s |\n", m.name, recovered)
	}
	return b.String()
}

func writeTable(b *strings.Builder, rows, columns []string, ends map[[2]string]string) {
	fmt.Fprintf(b, "| | %s |\n|---|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for _, row := range rows {
		fmt.Fprintf(b, "| %s |", row)
		for _, column := range columns {
			fmt.Fprintf(b, " %s |", ends[[2]string{row, column}])
		}
		b.WriteString("\n")
	}
}

// documentedEnds reads the ends from the tables of docs/faults.md, by fault and operation.
func documentedEnds(text string) map[[2]string]string {
	ends := map[[2]string]string{}
	var columns []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|---") {
			continue // the line below a table's head
		}
		line, ok := strings.CutPrefix(strings.TrimSpace(line), "| ")
		if !ok {
			columns = nil
			continue
		}
		fields := strings.Split(strings.TrimSuffix(line, "|"), "|")
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		if columns == nil {
			columns = fields
			continue
		}
		for i := 1; i < len(fields) && i < len(columns); i++ {
			ends[[2]string{fields[0], columns[i]}] = fields[i]
		}
	}
	return ends
}
