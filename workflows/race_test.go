//go:build race

package workflows_test

// underRace is true where the race detector makes everything some five times slower: what takes minutes without it is
// done in part then, and whole by the plain run of the tests.
const underRace = true
