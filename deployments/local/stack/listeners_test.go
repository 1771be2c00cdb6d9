package stack

import (
	"encoding/hex"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// onlyLoopback reads from the kernel where this process listens.
func onlyLoopback(t *testing.T) {
	if _, err := os.Stat("/proc/self/net/tcp"); err != nil {
		t.Skip("only Linux says in /proc who listens where")
	}
	listening := listeners(t)
	require.GreaterOrEqual(t, len(listening), 7, "frontend twice, history, matching, worker, UI, S3: %v", listening)
	for _, address := range listening {
		require.True(t, address.IsLoopback(), "listens on %s", address)
	}
}

// listeners returns the addresses that sockets of this process listen on.
func listeners(t *testing.T) []netip.Addr {
	sockets := map[string]bool{}
	links, err := filepath.Glob("/proc/self/fd/*")
	require.NoError(t, err)
	for _, link := range links {
		target, err := os.Readlink(link)
		if inode, ok := strings.CutPrefix(target, "socket:["); err == nil && ok {
			sockets[strings.TrimSuffix(inode, "]")] = true
		}
	}
	const listen, addressField, stateField, inodeField = "0A", 1, 3, 9
	var found []netip.Addr
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		lines, err := os.ReadFile(table)
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		for line := range strings.Lines(string(lines)) {
			fields := strings.Fields(line)
			if len(fields) <= inodeField || fields[stateField] != listen || !sockets[fields[inodeField]] {
				continue
			}
			found = append(found, kernelAddress(t, fields[addressField]))
		}
	}
	return found
}

// kernelAddress reads "0100007F:1C41": 32-bit words in the machine's byte order (little-endian wherever we run).
func kernelAddress(t *testing.T, text string) netip.Addr {
	raw, err := hex.DecodeString(text[:strings.IndexByte(text, ':')])
	require.NoError(t, err)
	for word := range slices.Chunk(raw, 4) {
		slices.Reverse(word)
	}
	address, ok := netip.AddrFromSlice(raw)
	require.True(t, ok)
	return address.Unmap()
}
