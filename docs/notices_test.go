package docs_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
	"tieout/internal/notice"
	"tieout/internal/pipeline"
)

// genuine is the example of docs/notices.md, word by word.
func genuine(header http.Header, body, secret []byte) bool {
	id, at := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if len(secret) == 0 || id == "" || err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(id + "." + at + "."))
	mac.Write(body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return hmac.Equal([]byte(want), []byte(header.Get("Webhook-Signature")))
}

// received is a request as a receiver has it, and whether it is genuine.
type received struct {
	Name    string            `json:"name"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body"`
	Secret  []byte            `json:"secret"`
	Genuine bool              `json:"genuine"`
}

// sent makes the notifier send a notice with the secret and returns what came.
func sent(t *testing.T, secret string) received {
	t.Helper()
	got := received{Headers: map[string]string{}, Secret: []byte("s3cret"), Genuine: secret == "s3cret"}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			got.Headers[name] = r.Header.Get(name)
		}
		got.Body, _ = io.ReadAll(r.Body)
	}))
	t.Cleanup(hook.Close)
	params := contract.NotifyParams{ID: "run-1/late", At: time.Now(), Kind: contract.NoticeLate, Message: "Grüße"}
	require.NoError(t, notice.NewSender("test").Send(t.Context(), pipeline.Notice{Webhook: hook.URL, Secret: secret}, params))
	return got
}

// requests are one that is genuine and all that are not.
func requests(t *testing.T) []received {
	t.Helper()
	all := []received{sent(t, "s3cret"), sent(t, ""), sent(t, "another")}
	for i, name := range []string{"genuine", "unsigned", "of another secret"} {
		all[i].Name = name
	}
	change := func(name string, change func(r *received)) {
		r := sent(t, "s3cret")
		r.Name, r.Genuine = name, false
		change(&r)
		all = append(all, r)
	}
	signature := all[0].Headers["Webhook-Signature"]
	for _, header := range []string{"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"} {
		change("without "+header, func(r *received) { delete(r.Headers, header) })
		change("empty "+header, func(r *received) { r.Headers[header] = "" })
		change("odd "+header, func(r *received) { r.Headers[header] = "é\u00b2 " + strings.Repeat("9", 5000) })
	}
	for name, value := range map[string]string{"too short": signature[:len(signature)-4], "too long": signature + "AAAA", "version alone": "v1,",
		"without its version": strings.TrimPrefix(signature, "v1,"), "not base64": "v1,???"} {
		change("signature "+name, func(r *received) { r.Headers["Webhook-Signature"] = value })
	}
	for name, shift := range map[string]time.Duration{"old": -time.Hour, "of tomorrow": 24 * time.Hour} {
		change(name, func(r *received) {
			at := strconv.FormatInt(time.Now().Add(shift).Unix(), 10)
			mac := hmac.New(sha256.New, r.Secret)
			mac.Write([]byte(r.Headers["Webhook-Id"] + "." + at + "." + string(r.Body)))
			r.Headers["Webhook-Timestamp"], r.Headers["Webhook-Signature"] = at, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
		})
	}
	change("changed on the way", func(r *received) { r.Body = append(r.Body, ' ') })
	change("checked without a secret", func(r *received) { r.Secret = []byte{} })
	return all
}

// example is the only code of a language on docs/notices.md.
func example(t *testing.T, language string) string {
	t.Helper()
	page, err := os.ReadFile("notices.md")
	require.NoError(t, err)
	blocks := strings.Split(string(page), "\n```"+language+"\n")
	require.Len(t, blocks, 2, "one example in %s", language)
	code, _, _ := strings.Cut(blocks[1], "\n```\n")
	return code
}

func TestTheSignatureExampleInGoTakesGenuineNoticesAlone(t *testing.T) {
	source, err := os.ReadFile("notices_test.go")
	require.NoError(t, err)
	require.Contains(t, string(source), "\n"+example(t, "go")+"\n", "the page has what is tested here")
	for _, r := range requests(t) {
		header := http.Header{}
		for name, value := range r.Headers {
			header.Set(name, value)
		}
		require.Equal(t, r.Genuine, genuine(header, r.Body, r.Secret), r.Name)
	}
}

func TestTheSignatureExampleInPythonTakesGenuineNoticesAlone(t *testing.T) {
	python, err := exec.LookPath("python3")
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("python3 is not installed")
	}
	require.NoError(t, err)
	all := requests(t)
	input, err := json.Marshal(all)
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), python, "-c", example(t, "python")+`
import json, sys
decoded = base64.b64decode
print(json.dumps([genuine(r["headers"], decoded(r["body"]), decoded(r["secret"])) for r in json.load(sys.stdin)]))
`)
	var failure bytes.Buffer
	command.Stdin, command.Stderr = bytes.NewReader(input), &failure
	output, err := command.Output()
	require.NoError(t, err, failure.String())
	var answers []bool
	require.NoError(t, json.Unmarshal(output, &answers))
	require.Len(t, answers, len(all))
	for i, r := range all {
		require.Equal(t, r.Genuine, answers[i], r.Name)
	}
}
