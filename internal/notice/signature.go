package notice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Headers of a notice, those of the Standard Webhooks specification.
const (
	// HeaderID is the id of the notice. It is the same for every attempt, so that receivers can drop repeats.
	HeaderID = "Webhook-Id"
	// HeaderTimestamp is when the attempt was made, in Unix seconds, so that receivers can refuse old ones.
	HeaderTimestamp = "Webhook-Timestamp"
	// HeaderSignature is "v1," and the HMAC-SHA256 of id, timestamp and body, joined by dots, in base64.
	HeaderSignature = "Webhook-Signature"
)

// sign sets the headers, and the signature only where there is a secret.
func sign(header http.Header, secret, id string, at time.Time, body []byte) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	header.Set(HeaderID, id)
	header.Set(HeaderTimestamp, timestamp)
	if secret == "" {
		return
	}
	mac := hmac.New(sha256.New, key(secret))
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	header.Set(HeaderSignature, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// key returns the bytes of a secret. After whsec_ they are in base64, as in the libraries of the specification.
func key(secret string) []byte {
	if encoded, ok := strings.CutPrefix(secret, "whsec_"); ok {
		if decoded, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			return decoded
		}
	}
	return []byte(secret)
}
