package landing

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"tieout/internal/contract"
	"tieout/internal/evidence"
)

var errNames = errors.New("two members' names cannot be told apart once they are made safe for keys")

// safeNames makes keys' last elements of the members' names. Names that would meet, also where case does not count,
// each get the first digits of their hash: the same whatever the order of the members.
func safeNames(members []member) ([]string, error) {
	safe := make([]string, len(members))
	count := map[string]int{}
	for i, m := range members {
		safe[i] = evidence.SafeName(m.Name)
		count[fold(safe[i])]++
	}
	taken := map[string]bool{}
	for i, m := range members {
		if count[fold(safe[i])] > 1 {
			safe[i] = withHash(safe[i], m.Name)
		}
		if taken[fold(safe[i])] {
			return nil, fmt.Errorf("%w: %q", errNames, safe[i])
		}
		taken[fold(safe[i])] = true
	}
	return safe, nil
}

func fold(name string) string { return strings.ToLower(name) }

func withHash(safe, original string) string {
	ext := path.Ext(safe)
	return strings.TrimSuffix(safe, ext) + "-" + contract.JobKey(original)[:8] + ext
}
