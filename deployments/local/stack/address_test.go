package stack

import (
	"net"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestResolveAcceptsLoopbackOnly(t *testing.T) {
	for _, address := range []string{
		"0.0.0.0:7233", "192.0.2.1:7233", "[::]:7233", "[::1]:7233", ":7233", "example.com:7233", "127.0.0.1", "", "127.0.0.1:70000", "127.0.0.1:http",
	} {
		t.Run(address, func(t *testing.T) {
			_, err := resolve("Temporal", "--temporal", address)
			require.ErrorAs(t, err, new(*SettingError))
			require.ErrorContains(t, err, "--temporal")
			require.ErrorContains(t, err, "such as 127.0.0.1:7233")
		})
	}
}

func TestResolveFindsFreePort(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "localhost:0", "127.0.0.2:0"} {
		t.Run(address, func(t *testing.T) {
			found, err := resolve("Temporal", "--temporal", address)
			require.NoError(t, err)
			require.NotZero(t, found.Port())
			require.True(t, found.Addr().IsLoopback())

			again, err := resolve("Temporal", "--temporal", found.String())
			require.NoError(t, err, "a port that was found can be asked for")
			require.Equal(t, found, again)
		})
	}
}

func TestResolveNamesFlagWhenPortIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()

	_, err = resolve("The Web UI", "--ui", taken.Addr().String())
	require.ErrorAs(t, err, new(*SettingError))
	require.ErrorContains(t, err, "The Web UI cannot listen on "+taken.Addr().String()+": the port is in use")
	require.ErrorContains(t, err, "--ui 127.0.0.1:PORT (0 takes a free one)")
}

func TestFreePortsAreDifferent(t *testing.T) {
	ports, err := freePorts(netip.MustParseAddr("127.0.0.1"), 50)
	require.NoError(t, err)
	seen := map[uint16]bool{}
	for _, port := range ports {
		require.False(t, seen[port], "port %d twice", port)
		seen[port] = true
	}
}
