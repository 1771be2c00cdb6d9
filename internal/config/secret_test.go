package config

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"tieout/internal/pipeline"
)

func TestNothingPrintsASecret(t *testing.T) {
	data, err := os.ReadFile("testdata/design.yaml")
	require.NoError(t, err)
	c, err := parse("tieout.yaml", data, inputsOf(environment()))
	require.NoError(t, err)

	var shown []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown = append(shown, fmt.Sprintf(verb, c.Connections["acme"]), fmt.Sprintf(verb, c.Connections["acme"].ClientSecret))
	}
	notices := c.Pipelines["nightly-sae"].Notify
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		shown = append(shown, fmt.Sprintf(verb, *c), fmt.Sprintf(verb, notices))
	}
	text, err := json.Marshal([]any{c, notices})
	require.NoError(t, err)
	shown = append(shown, string(text))
	encoded, err := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()).EncodeEntry(zapcore.Entry{}, []zapcore.Field{
		zap.Any("config", c), zap.Any("secret", c.Connections["acme"].ClientSecret), zap.Any("notices", notices),
	})
	require.NoError(t, err)
	shown = append(shown, encoded.String())
	for _, text := range shown {
		require.NotContains(t, text, "canary")
		require.NotContains(t, text, fmt.Sprintf("%x", "canary"))
	}
	require.Equal(t, "canary-secret", c.Connections["acme"].ClientSecret.Reveal())
	require.Equal(t, "slack notice to hooks.slack.example on [findings failed review late]", fmt.Sprint(notices[0]))
	require.Empty(t, Secret("").String())
	require.Contains(t, fmt.Sprint(pipeline.Notice{Format: "slack"}), "an unreadable address")
}

// TestSecretsInTheFileAreNotShown reads files with a secret in them, because people do write some, though many a secret
// is not YAML as it stands.
func TestSecretsInTheFileAreNotShown(t *testing.T) {
	for _, secret := range []string{
		"*canary", "&canary", "&canary x", "!canary", "!canary x", "!!canary x", "@canary", "`canary`", "%canary", `"canary`, "'canary", `"\\canary"`,
		"{canary", "[canary", "[canary]", "canary: x", "canary: x: y", "|canary", ">canary", "| canary", "${canary", "${canary x}", "canary}${", "{${canary x}}",
		"\"canary\\nx\"", "? canary", "- canary", "canary\n    -", "012${CANARY}", "<<canary", "https://canary:canary@x y/", "http://canary.example/", "*canary x", "}canary", "]canary", ", canary",
	} {
		for _, key := range []string{"base_url: ", "client_secret: ", "refresh_token: ", "password: "} {
			text := "connections:\n  acme:\n    " + key + secret + "\nstorage: {bucket: b-1}\npipelines:\n  p:\n    definition: D\n    format: sae\n    notify:\n      - webhook: " + secret + "\n        secret: " + secret + "\n"
			_, err := parseText(text)
			require.Error(t, err, text)
			require.NotContains(t, err.Error(), "canary", text)
		}
	}
}
