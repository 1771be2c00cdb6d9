package s3test

import (
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// verify signs the request again with the server's own secret and compares.
func (s *Server) verify(r *http.Request) *failure {
	auth, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	if !ok {
		return fail(http.StatusForbidden, "AccessDenied", "Access Denied")
	}
	fields := map[string]string{}
	for _, f := range strings.Split(auth, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(f), "=")
		fields[name] = value
	}
	scope := strings.Split(fields["Credential"], "/")
	if len(scope) != 5 {
		return fail(http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization header is malformed.")
	}
	if scope[0] != AccessKey {
		return fail(http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
	}
	if scope[2] != Region {
		return fail(http.StatusBadRequest, "AuthorizationHeaderMalformed", "The region '%s' is wrong; expecting '%s'", scope[2], Region)
	}
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil || time.Since(at).Abs() > 15*time.Minute {
		return fail(http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
	}
	again := &http.Request{Method: r.Method, URL: r.URL, Host: r.Host, Header: http.Header{}}
	for _, name := range strings.Split(fields["SignedHeaders"], ";") {
		switch name {
		case "host":
		case "content-length":
			again.ContentLength = r.ContentLength
		default:
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	url := *r.URL
	url.Host, url.Scheme = r.Host, "http"
	again.URL = &url
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	creds := aws.Credentials{AccessKeyID: AccessKey, SecretAccessKey: SecretKey}
	err = signer.SignHTTP(r.Context(), creds, again, r.Header.Get("X-Amz-Content-Sha256"), "s3", Region, at)
	if err != nil || again.Header.Get("Authorization") != r.Header.Get("Authorization") {
		return fail(http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
	}
	return nil
}
