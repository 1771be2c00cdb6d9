package stack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/temporalio/ui-server/v2/server"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// UIOptions says where Temporal's Web UI listens and whose data it shows.
type UIOptions struct {
	// Address is a loopback host:port; port 0 takes a free one.
	Address string
	// Temporal is the frontend's host:port.
	Temporal string
	// Namespace is the namespace that the UI shows first; "" stands for "default".
	Namespace string
}

// UI is Temporal's own Web UI.
type UI struct {
	// URL is its address in a browser.
	URL string

	server *server.Server
	done   chan struct{}
}

// StartUI starts the Web UI and returns once it answers. It connects to the Temporal server alone.
func StartUI(ctx context.Context, options UIOptions) (*UI, error) {
	address, err := resolve("The Web UI", "--ui", options.Address)
	if err != nil {
		return nil, err
	}
	u := &UI{
		URL:  "http://" + address.String(),
		done: make(chan struct{}),
		server: server.NewServer(server_options.WithConfigProvider(&config.Config{
			Host:                address.Addr().String(),
			Port:                int(address.Port()),
			TemporalGRPCAddress: options.Temporal,
			DefaultNamespace:    cmp.Or(options.Namespace, "default"),
			EnableUI:            true,
			HideLogs:            true,
			DisableNewsFetch:    true,
			// Without TLS the browser would not send a secure cookie back.
			CORS: config.CORS{CookieInsecure: true},
		})),
	}
	go func() {
		defer close(u.done)
		// Start ends the process where it fails; the port was free a moment ago.
		_ = u.server.Start()
	}()
	if err := answers(ctx, u.URL+"/healthz"); err != nil {
		return nil, fmt.Errorf("starting the Web UI on %s: %w", address, errors.Join(err, u.Stop()))
	}
	return u, nil
}

// Stop ends the Web UI at once, since it holds no state.
func (u *UI) Stop() error {
	u.server.Stop()
	<-u.done
	return nil
}

// answers waits until a GET is answered with 200, for a while.
func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	retry := time.NewTicker(10 * time.Millisecond)
	defer retry.Stop()
	for {
		response, err := transport.RoundTrip(request)
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
			err = fmt.Errorf("it answers %s", response.Status)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no answer in time: %w", err)
		case <-retry.C:
		}
	}
}
