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
	// HeaderID is the notice's id: the same for every attempt, so that a receiver can leave out what it has.
	HeaderID = "Webhook-Id"
	// HeaderTimestamp is when the attempt was made, in Unix seconds: a receiver refuses old ones.
	HeaderTimestamp = "Webhook-Timestamp"
	// HeaderSignature is "v1," and, in base64, the HMAC-SHA256 of id, timestamp and body, joined by dots.
	HeaderSignature = "Webhook-Signature"
)

// sign sets the headers; the signature only where there is a secret.
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

// key is the secret's bytes. One that begins with whsec_ is base64, as the specification's libraries have it.
func key(secret string) []byte {
	if encoded, ok := strings.CutPrefix(secret, "whsec_"); ok {
		if decoded, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			return decoded
		}
	}
	return []byte(secret)
}
