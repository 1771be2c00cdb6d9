package workflows_test

import (
	"context"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"tieout/internal/contract"
)

// mocks is the part of a test environment that answers activities.
type mocks interface {
	RegisterActivityWithOptions(function any, options activity.RegisterOptions)
	OnActivity(activity any, args ...any) *testsuite.MockCallWrapper
}

// mocked makes an activity known whose every answer a test gives.
func mocked[P, R any](env mocks, name contract.Activity[P, R]) {
	env.RegisterActivityWithOptions(func(context.Context, P) (R, error) { panic("mocked") }, activity.RegisterOptions{Name: string(name)})
}

// on has an activity do what a test says.
func on[P, R any](env mocks, name contract.Activity[P, R], do func(context.Context, P) (R, error)) *testsuite.MockCallWrapper {
	return env.OnActivity(string(name), mock.Anything, mock.Anything).Return(do)
}

// onlyFor has an activity do what a test says where its parameters match.
func onlyFor[P, R any](env mocks, name contract.Activity[P, R], matches func(P) bool, do func(context.Context, P) (R, error)) *testsuite.MockCallWrapper {
	return env.OnActivity(string(name), mock.Anything, mock.MatchedBy(matches)).Return(do)
}

// answers has an activity return a result.
func answers[P, R any](env mocks, name contract.Activity[P, R], result R) *testsuite.MockCallWrapper {
	return on(env, name, func(context.Context, P) (R, error) { return result, nil })
}

// breaks has an activity fail.
func breaks[P, R any](env mocks, name contract.Activity[P, R], err error) *testsuite.MockCallWrapper {
	return on(env, name, func(context.Context, P) (result R, _ error) { return result, err })
}
