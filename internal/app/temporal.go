package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.uber.org/zap"

	"tieout/internal/contract"
)

// Dial connects to the Temporal server that TEMPORAL_* and temporal.toml name, and returns the client with its namespace.
// The functions in changes adjust the client's options. Every error is a *DialError.
func Dial(ctx context.Context, log *zap.Logger, changes ...func(*client.Options)) (client.Client, string, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, "", &DialError{fmt.Sprintf("reading TEMPORAL_* and temporal.toml: %v", err), true, err}
	}
	if options.HostPort == "" {
		options.HostPort = client.DefaultHostPort
	}
	if options.Namespace == "" {
		options.Namespace = client.DefaultNamespace
	}
	options.Logger = TemporalLog(log)
	for _, change := range changes {
		change(&options)
	}
	c, err := client.DialContext(ctx, options)
	if err != nil {
		return nil, "", dialError(options.HostPort, options.Namespace, err)
	}
	return c, options.Namespace, nil
}

// SearchAttributes returns the search attributes that runs set, with their types.
func SearchAttributes() map[string]enums.IndexedValueType {
	return map[string]enums.IndexedValueType{
		contract.AttributePipeline:     enums.INDEXED_VALUE_TYPE_KEYWORD,
		contract.AttributeBusinessDate: enums.INDEXED_VALUE_TYPE_KEYWORD,
		contract.AttributeOutcome:      enums.INDEXED_VALUE_TYPE_KEYWORD,
		contract.AttributeFindings:     enums.INDEXED_VALUE_TYPE_INT,
	}
}

// CompareSearchAttributes asks a namespace for its search attributes. It returns the names of those of tieout that are
// not registered, and of those that are registered with another type.
func CompareSearchAttributes(ctx context.Context, c client.Client, namespace string) (missing, wrong []string, err error) {
	registered, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return nil, nil, fmt.Errorf("asking for the search attributes of namespace %s: %w", namespace, err)
	}
	missing, wrong = compareAttributes(registered.GetCustomAttributes())
	return missing, wrong, nil
}

func compareAttributes(registered map[string]enums.IndexedValueType) (missing, wrong []string) {
	attributes := SearchAttributes()
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		switch kind, ok := registered[name]; {
		case !ok:
			missing = append(missing, name)
		case kind != attributes[name]:
			wrong = append(wrong, name)
		}
	}
	return missing, wrong
}

// RegisterCommand returns the command with which an administrator registers the search attributes in a namespace.
func RegisterCommand(namespace string) string {
	command := "temporal operator search-attribute create --namespace " + namespace
	for _, name := range []string{contract.AttributePipeline, contract.AttributeBusinessDate, contract.AttributeOutcome, contract.AttributeFindings} {
		command += fmt.Sprintf(" --name %s --type %s", name, SearchAttributes()[name])
	}
	return command
}

// EnsureSearchAttributes registers the search attributes that a namespace lacks. Where it may not, it returns an error
// that says what to do. Runs then go on without search attributes, because setting one that is not registered would
// hang them.
func EnsureSearchAttributes(ctx context.Context, c client.Client, namespace string) error {
	missing, wrong, err := CompareSearchAttributes(ctx, c, namespace)
	switch {
	case err != nil:
		return err
	case len(wrong) > 0:
		return fmt.Errorf("search attributes of namespace %s have another type than tieout needs: %s: remove them and let tieout register them", namespace, strings.Join(wrong, ", "))
	case len(missing) == 0:
		return nil
	}
	add := SearchAttributes()
	maps.DeleteFunc(add, func(name string, _ enums.IndexedValueType) bool { return !slices.Contains(missing, name) })
	if _, err := c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: add}); err != nil {
		return fmt.Errorf("registering search attributes in namespace %s: %w. Have an administrator run: %s", namespace, err, RegisterCommand(namespace))
	}
	return nil
}
