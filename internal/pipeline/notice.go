package pipeline

import (
	"encoding/json"
	"fmt"
	"net/url"
)

// Notice names a webhook and what it is told. Its address and its secret never enter a workflow's history.
type Notice struct {
	Webhook string       `yaml:"webhook"`
	Secret  string       `yaml:"secret"`
	Format  NoticeFormat `yaml:"format"`
	// On holds the kinds of notices that it is sent, in the words of contract.NoticeKind.
	On []string `yaml:"on"`
}

// NoticeFormat is the form in which a webhook takes its notices.
type NoticeFormat string

const (
	NoticeCloudEvents NoticeFormat = "cloudevents"
	NoticeSlack       NoticeFormat = "slack"
)

// String returns the notice with no more of its address than the host, because the rest is often its key.
func (n Notice) String() string {
	host := "an unreadable address"
	if u, err := url.Parse(n.Webhook); err == nil && u.Host != "" {
		host = u.Host
	}
	return fmt.Sprintf("%s notice to %s on %v", n.Format, host, n.On)
}

// GoString returns String, so that %#v shows neither the address nor the secret.
func (n Notice) GoString() string { return n.String() }

// MarshalJSON returns String as a JSON text, so that no encoder writes the address or the secret.
func (n Notice) MarshalJSON() ([]byte, error) { return json.Marshal(n.String()) }
