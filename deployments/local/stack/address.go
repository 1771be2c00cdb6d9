package stack

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// Free ports are chosen below the range of outgoing connections: a server binds its port a moment after the choice, and a
// connection might take it meanwhile.
const (
	firstFreePort = 20000
	lastFreePort  = 31999
)

// SettingError says which setting cannot be used and why, and names the flag that changes it.
type SettingError struct{ Text string }

func (e *SettingError) Error() string { return e.Text }

func badSetting(format string, args ...any) error { return &SettingError{fmt.Sprintf(format, args...)} }

// resolve returns the address of a flag, with a free port for port 0, after trying to listen on it. Only IPv4 loopback is
// accepted, since the servers do not ask who calls.
func resolve(server, flag, address string) (netip.AddrPort, error) {
	want, err := parseLoopback(address)
	if err != nil {
		return netip.AddrPort{}, badSetting("%s %s: %v", flag, address, err)
	}
	if want.Port() == 0 {
		free, err := freePorts(want.Addr(), 1)
		if err != nil {
			return netip.AddrPort{}, fmt.Errorf("choosing a port for %s: %w", server, err)
		}
		return netip.AddrPortFrom(want.Addr(), free[0]), nil
	}
	listener, err := net.Listen("tcp", want.String())
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return netip.AddrPort{}, badSetting("%s cannot listen on %s: the port is in use. Stop the program that has it, or choose another with %s %s:PORT (0 takes a free one)",
			server, want, flag, want.Addr())
	case err != nil:
		return netip.AddrPort{}, badSetting("%s cannot listen on %s: %v. Choose another with %s %s:PORT (0 takes a free one)",
			server, want, err, flag, want.Addr())
	}
	return want, listener.Close()
}

// parseLoopback reads "127.0.0.1:7233" or "localhost:7233".
func parseLoopback(address string) (netip.AddrPort, error) {
	const wanted = "want a loopback address and a port, such as 127.0.0.1:7233 or 127.0.0.1:0 for a free one"
	if port, ok := strings.CutPrefix(address, "localhost:"); ok {
		address = "127.0.0.1:" + port
	}
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return netip.AddrPort{}, errors.New(wanted)
	}
	if !parsed.Addr().Is4() || !parsed.Addr().IsLoopback() {
		return netip.AddrPort{}, errors.New("this would listen beyond this machine; " + wanted)
	}
	return parsed, nil
}

// freePorts returns n different ports that nothing listens on.
func freePorts(host netip.Addr, n int) ([]uint16, error) {
	const attempts = 200
	var ports []uint16
	for range attempts {
		port := uint16(firstFreePort + rand.IntN(lastFreePort-firstFreePort+1))
		listener, err := net.Listen("tcp", netip.AddrPortFrom(host, port).String())
		if err != nil {
			continue
		}
		// Held until all are found, so that the same port is not found twice.
		defer listener.Close()
		if ports = append(ports, port); len(ports) == n {
			return ports, nil
		}
	}
	return nil, fmt.Errorf("found %d of %d free ports on %s between %d and %d", len(ports), n, host, firstFreePort, lastFreePort)
}
