package evidence

import (
	"context"
	"fmt"
	"path"
	"slices"
)

// namespaceDates is how many business dates back Namespaces looks.
const namespaceDates = 3

// Namespaces returns the Temporal namespaces that the pipeline's last runs ran in, sorted. More than one means that two
// installations share the bucket: starts stay bounded and a job has one landing, but each ties out and starts what
// follows.
func (p Pipeline) Namespaces(ctx context.Context) ([]string, error) {
	dates, err := p.Store.ListPrefixes(ctx, p.Keys.AllRuns())
	if err != nil {
		return nil, fmt.Errorf("listing the pipeline's runs: %w", err)
	}
	slices.Sort(dates)
	var namespaces []string
	for _, date := range dates[max(0, len(dates)-namespaceDates):] {
		records, err := p.Records(ctx, path.Base(date))
		if err != nil {
			return nil, err
		}
		for _, record := range records {
			if record.Namespace != "" && !slices.Contains(namespaces, record.Namespace) {
				namespaces = append(namespaces, record.Namespace)
			}
		}
	}
	slices.Sort(namespaces)
	return namespaces, nil
}
