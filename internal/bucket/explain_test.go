package bucket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
)

// What S3 or its absence comes to is said without the SDK's own words, once, with what to do.
func TestExplain(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := closed.Addr().String()
	require.NoError(t, closed.Close())
	answers := func(status int, body string) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	s3Error := func(code string) string { return "<Error><Code>" + code + "</Code><Message>as it is</Message></Error>" }
	key := credentials.NewStaticCredentialsProvider("key", "secret", "")
	none := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("no EC2 IMDS role found")
	})
	for name, test := range map[string]struct {
		endpoint    string
		credentials aws.CredentialsProvider
		says        string
		kind        Kind
	}{
		"nobody there": {"http://" + nobody, key,
			"listing s3://b/k/: S3 does not answer: " + nobody + ": connection refused. See that it is up, and that AWS_ENDPOINT_URL_S3, AWS_REGION and the network are right", KindAway},
		"not an address": {"127.0.0.1:9000", key, "listing s3://b/k/: AWS_ENDPOINT_URL_S3 is not an address: write it with its scheme, such as https://s3.example.com", KindSetting},
		"no credentials": {"http://" + nobody, none,
			"listing s3://b/k/: no credentials for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a profile, or give the worker a role", KindSetting},
		"a web page": {answers(200, "<html><link></html>"), key, "listing s3://b/k/: what answers (HTTP 200) is no S3 server: correct AWS_ENDPOINT_URL_S3", KindSetting},
		"no bucket":  {answers(404, s3Error("NoSuchBucket")), key, "listing s3://b/k/: the bucket does not exist: create it, or correct storage.bucket (S3 says NoSuchBucket)", KindSetting},
		"a busy server": {answers(503, s3Error("SlowDown")), key,
			"listing s3://b/k/: S3 answers HTTP 503 SlowDown: as it is. Try again; if it lasts, ask those who run it", KindAway},
		"what nobody knows": {answers(400, s3Error("Strange")), key, "reading the list: listing s3://b/k/: S3 answers HTTP 400 Strange: as it is", KindOther},
	} {
		t.Run(name, func(t *testing.T) {
			client := s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: &test.endpoint, UsePathStyle: true, Credentials: test.credentials, RetryMaxAttempts: 1})
			_, err := New(client, "b", Options{}).List(t.Context(), "k/")
			says, kind := Explain(fmt.Errorf("reading the list: %w", err))
			require.Equal(t, test.says, says)
			require.Equal(t, test.kind, kind)
		})
	}
	says, kind := Explain(errors.New("something else"))
	require.Equal(t, "something else", says)
	require.Equal(t, KindOther, kind)
}
