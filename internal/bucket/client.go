package bucket

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"
)

// ClientOptions of NewClient. Everything else comes from the AWS default chain: environment, profile, role.
type ClientOptions struct {
	// Endpoint overrides AWS_ENDPOINT_URL_S3.
	Endpoint string
	// Region overrides the chain's; without any it is us-east-1, which servers that are not AWS accept.
	Region string
	// Credentials override the chain's.
	Credentials aws.CredentialsProvider
}

// NewClient builds the client that a Store is made for.
func NewClient(ctx context.Context, o ClientOptions) (*s3.Client, error) {
	// What the SDK logs of its search for credentials is said by the error in the end.
	load := []func(*config.LoadOptions) error{config.WithHTTPClient(httpClient()), config.WithLogger(logging.Nop{})}
	if o.Region != "" {
		load = append(load, config.WithRegion(o.Region))
	}
	if o.Credentials != nil {
		load = append(load, config.WithCredentialsProvider(o.Credentials))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	return s3.NewFromConfig(cfg, func(so *s3.Options) {
		if o.Endpoint != "" {
			so.BaseEndpoint = &o.Endpoint
		}
		// A server of one's own has no name per bucket.
		so.UsePathStyle = so.BaseEndpoint != nil || os.Getenv("AWS_ENDPOINT_URL_S3") != ""
		// Every write of ours carries its checksum; what reads compare is the SHA-256 of the manifest, and having the
		// SDK compute a second checksum over gigabytes would cost more than the scan.
		so.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenSupported
		so.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		so.RetryMaxAttempts = 5
	}), nil
}

// httpClient moves large bodies in large pieces.
func httpClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.WriteBufferSize = 128 << 10
		t.ReadBufferSize = 128 << 10
		t.MaxIdleConnsPerHost = 32
		t.IdleConnTimeout = 60 * time.Second
	})
}
