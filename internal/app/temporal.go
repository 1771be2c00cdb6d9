package app

import (
	"context"
	"fmt"
	"tieout/internal/contract"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.uber.org/zap"
)

// Dial connects to Temporal as TEMPORAL_* and temporal.toml say; changes adjust the client's options. Its errors are
// *DialError.
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

// SearchAttributes are those that tieout sets (DESIGN §3).
func SearchAttributes() map[string]enums.IndexedValueType {
	return map[string]enums.IndexedValueType{
		contract.AttributePipeline:     enums.INDEXED_VALUE_TYPE_KEYWORD,
		contract.AttributeBusinessDate: enums.INDEXED_VALUE_TYPE_KEYWORD,
		contract.AttributeOutcome:      enums.INDEXED_VALUE_TYPE_KEYWORD,
		contract.AttributeFindings:     enums.INDEXED_VALUE_TYPE_INT,
	}
}

// EnsureSearchAttributes registers what is missing, where it may. It returns an error that says what to do where it
// may not: runs then go on without, because setting an unregistered attribute would hang them.
func EnsureSearchAttributes(ctx context.Context, c client.Client, namespace string) error {
	there, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("asking for the search attributes of namespace %s: %w", namespace, err)
	}
	missing := map[string]enums.IndexedValueType{}
	for name, kind := range SearchAttributes() {
		switch has, ok := there.GetCustomAttributes()[name]; {
		case !ok:
			missing[name] = kind
		case has != kind:
			return fmt.Errorf("search attribute %s of namespace %s has type %s, tieout needs %s: remove it and let tieout register it", name, namespace, has, kind)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if _, err := c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: missing}); err != nil {
		return fmt.Errorf("registering search attributes in namespace %s: %w. Have an administrator run: temporal operator search-attribute create --namespace %s "+
			"--name TieoutPipeline --type Keyword --name TieoutBusinessDate --type Keyword --name TieoutOutcome --type Keyword --name TieoutFindings --type Int",
			namespace, err, namespace)
	}
	return nil
}
