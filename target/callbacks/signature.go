// Package callbacks receives a provider's usage callbacks (webhooks), and keeps the accounts that can
// be kept from them and from answers.
package callbacks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tolerance is how far a callback's time may be from the receiver's, as the libraries of Standard
// Webhooks have it.
const tolerance = 5 * time.Minute

// Why a callback is refused.
var (
	errForged  = errors.New("no signature of the callback is valid")
	errStale   = errors.New("the callback's time is more than five minutes off")
	errInvalid = errors.New("the callback lacks an ID, a time, a signature or a body that can be read")
)

// verify checks a callback by Standard Webhooks 1.0
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md): one of
// its signatures, which are separated by spaces, must be "v1," and the HMAC-SHA256 of ID, time and
// body in base64, and its time must be near now. It returns the callback's ID.
func verify(key []byte, h http.Header, body []byte, now time.Time) (id string, err error) {
	id, sent := h.Get("Webhook-Id"), h.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(sent, 10, 64)
	if err != nil || id == "" || h.Get("Webhook-Signature") == "" {
		return "", errInvalid
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + sent + "."))
	mac.Write(body)
	want := mac.Sum(nil)
	for one := range strings.FieldsSeq(h.Get("Webhook-Signature")) {
		text, known := strings.CutPrefix(one, "v1,")
		got, err := base64.StdEncoding.DecodeString(text)
		if !known || err != nil || !hmac.Equal(got, want) {
			continue
		}
		if now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
			return "", errStale
		}
		return id, nil
	}
	return "", errForged
}
