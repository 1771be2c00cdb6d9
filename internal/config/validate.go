package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"tieout/internal/pipeline"
)

// validator checks what no single row of keys can say: the form of addresses, names and times, and the values against
// each other.
type validator struct {
	*reporter
	inputs
	config *Config
}

// safeName matches a name that can stand in S3 keys, workflow ids and search attributes.
var safeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

func (v *validator) all() {
	c := v.config
	for _, name := range slices.Sorted(maps.Keys(c.Connections)) {
		connection, at := c.Connections[name], join("connections", name)
		connection.Name = name
		v.name(at, name)
		v.connection(at, &connection)
		c.Connections[name] = connection
	}
	v.oneTokenFileEach()
	v.storage("storage", &c.Storage)
	for _, name := range slices.Sorted(maps.Keys(c.Pipelines)) {
		p, at := c.Pipelines[name], join("pipelines", name)
		p.Name = name
		v.name(at, name)
		if reserved := pipeline.ReservedNames(); slices.Contains(reserved, name) {
			v.wrongName(at, "has a name that ids of runs use as a word", "give the pipeline a name other than "+list(reserved)+", such as nightly-sae")
		}
		v.pipeline(at, &p)
		c.Pipelines[name] = p
	}
	v.oneDefinitionEach()
}

func (v *validator) name(at, name string) {
	if !safeName.MatchString(name) || strings.HasSuffix(name, ".") {
		v.wrongName(at, "is not a name that keys and ids can carry", "use letters, digits, hyphen, underscore and dot, 63 at most, beginning with a letter or digit")
	}
}
