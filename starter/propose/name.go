package propose

import (
	"regexp"
	"slices"
	"strings"

	"tieout/internal/pipeline"
)

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// PipelineName returns a name for the pipeline of a definition, of characters that keys and ids can hold.
func PipelineName(definition string) string {
	if strings.EqualFold(definition, "Standard Accounting Extract") {
		return "nightly-sae"
	}
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(definition), "-"), "-")
	switch name = strings.Trim(name[:min(len(name), 60)], "-"); {
	case name == "":
		return "nightly"
	case slices.Contains(pipeline.ReservedNames(), name):
		return "nightly-" + name
	}
	return name
}
