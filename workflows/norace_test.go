//go:build !race

package workflows_test

const underRace = false
