package app

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
)

// Why Temporal cannot be reached is said without the words of gRPC, and tells what passes from what has to be corrected.
func TestDialSaysWhy(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := closed.Addr().String()
	require.NoError(t, closed.Close())
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	secured := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secured.Close)
	address := func(s *httptest.Server) string { return s.Listener.Addr().String() }
	for name, test := range map[string]struct {
		env     map[string]string
		says    string
		setting bool
	}{
		"nobody there": {map[string]string{"TEMPORAL_ADDRESS": nobody},
			"Temporal does not answer at " + nobody + " (namespace default): connection refused. Start it, or correct TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE", false},
		"the Web UI":         {map[string]string{"TEMPORAL_ADDRESS": address(web)}, "it speaks HTTP, not gRPC. Correct TEMPORAL_ADDRESS", true},
		"TLS to none":        {map[string]string{"TEMPORAL_ADDRESS": address(web), "TEMPORAL_TLS": "true"}, "TLS is asked for, and what answers does not speak it", true},
		"a strange issuer":   {map[string]string{"TEMPORAL_ADDRESS": address(secured), "TEMPORAL_TLS": "true"}, "Correct TEMPORAL_TLS_*", true},
		"half a certificate": {map[string]string{"TEMPORAL_TLS_CLIENT_CERT_PATH": "/nowhere"}, "reading TEMPORAL_* and temporal.toml", true},
		"no such profile":    {map[string]string{"TEMPORAL_PROFILE": "elsewhere"}, "elsewhere", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TEMPORAL_CONFIG_FILE", t.TempDir()+"/none.toml")
			for key, value := range test.env {
				t.Setenv(key, value)
			}
			_, _, err := Dial(t.Context(), zap.NewNop())
			var failed *DialError
			require.True(t, errors.As(err, &failed), err)
			require.Contains(t, err.Error(), test.says)
			require.Equal(t, test.setting, failed.Setting, err)
			for _, babble := range []string{"desc =", "transport:", "rpc error", "failed reaching"} {
				require.False(t, strings.Contains(err.Error(), babble), err.Error())
			}
		})
	}
}
