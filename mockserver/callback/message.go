package callback

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"weighbridge/mockserver/ledger"
)

// kind is why a message is sent.
type kind int

const (
	original kind = iota
	duplicate
	forged
	replayed
)

// replayAge is how long ago a replayed message was signed: longer than the five minutes that
// receivers allow.
const replayAge = 10 * time.Minute

// message is a callback that is to be sent.
type message struct {
	kind kind
	id   string
	// order numbers the messages: messages due at the same time are sent in this order.
	order uint64
	due   time.Time
	// holdBack says that it is sent after the next one.
	holdBack bool
	body     []byte
	tokens   ledger.Tokens
}

// payload is the body of a callback.
type payload struct {
	Type string `json:"type"`
	// Timestamp is when the answer was billed.
	Timestamp time.Time `json:"timestamp"`
	Data      data      `json:"data"`
}

type data struct {
	// Reference is the attempt's ID of the client (Weighbridge-Attempt); 0 if it has none.
	Reference uint32 `json:"reference"`
	// Sequence counts the answers that the mock has billed, from 1.
	Sequence     uint64 `json:"sequence"`
	InputTokens  uint64 `json:"input_tokens"`
	OutputTokens uint64 `json:"output_tokens"`
}

func body(at time.Time, d data) []byte {
	raw, err := json.Marshal(payload{"usage.billed", at.UTC(), d})
	if err != nil {
		panic(err) // a time of this century and numbers can always be encoded
	}
	return raw
}

// request is the message as a request to url, signed at the given time.
func (m *message) request(url, secret string, now time.Time) (*http.Request, error) {
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(m.body))
	if err != nil {
		return nil, err
	}
	switch m.kind {
	case forged:
		secret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("the secret of somebody else"))
	case replayed:
		now = now.Add(-replayAge)
	}
	signature, err := sign(secret, m.id, now, m.body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Webhook-Id", m.id)
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	r.Header.Set("Webhook-Signature", signature)
	return r, nil
}

// sign returns the signature of a message: "v1," and the HMAC-SHA256 of its ID, the time in seconds
// and its body in base64. The secret is "whsec_" and the key in base64.
func sign(secret, id string, at time.Time, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return "", fmt.Errorf("the secret of callbacks: %w", err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}
