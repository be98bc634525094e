package callbacks

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The example of the libraries of Standard Webhooks, and what is wrong with others.
func TestVerify(t *testing.T) {
	const (
		secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
		right  = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
		id     = "msg_p5jXN8AQM9LWM0D4loKWxJek"
		body   = `{"test": 2432232314}`
	)
	k, err := key(secret)
	if err != nil {
		t.Fatal(err)
	}
	sent := time.Unix(1614265330, 0)
	for _, row := range []struct {
		name, id, time, signature, body string
		at                              time.Time
		want                            error
	}{
		{"right", id, "1614265330", right, body, sent, nil},
		{"one of several is right", id, "1614265330", "v1,Ceo5 v2," + right[3:] + " v1a,xx " + right, body, sent, nil},
		{"five minutes late", id, "1614265330", right, body, sent.Add(5 * time.Minute), nil},
		{"five minutes early", id, "1614265330", right, body, sent.Add(-5 * time.Minute), nil},
		{"replayed", id, "1614265330", right, body, sent.Add(5*time.Minute + time.Second), errStale},
		{"from the future", id, "1614265330", right, body, sent.Add(-5*time.Minute - time.Second), errStale},
		{"another body", id, "1614265330", right, body + " ", sent, errForged},
		{"another ID", id + "x", "1614265330", right, body, sent, errForged},
		{"another time", id, "1614265331", right, body, sent, errForged},
		{"another version", id, "1614265330", "v2," + right[3:], body, sent, errForged},
		{"no base64", id, "1614265330", "v1,?", body, sent, errForged},
		{"empty", id, "1614265330", "v1,", body, sent, errForged},
		{"no ID", "", "1614265330", right, body, sent, errInvalid},
		{"no time", id, "", right, body, sent, errInvalid},
		{"a time that is no number", id, "now", right, body, sent, errInvalid},
		{"no signature", id, "1614265330", "", body, sent, errInvalid},
	} {
		h := http.Header{}
		h.Set("Webhook-Id", row.id)
		h.Set("Webhook-Timestamp", row.time)
		h.Set("Webhook-Signature", row.signature)
		if _, err := verify(k, h, []byte(row.body), row.at); err != row.want {
			t.Errorf("%s: %v, want %v", row.name, err, row.want)
		}
	}
}

// Whatever comes first, an answer or its callback, both count once; a callback that comes twice counts
// twice only in the naive account, and an answer without one only in the reconciled one.
func TestAccount(t *testing.T) {
	a := NewAccount()
	one := Tokens{10, 1}
	a.Answer(1, one)
	a.take(callback{"m1", 1, 1, one})
	a.take(callback{"m3", 3, 3, one})
	a.Answer(3, one)
	a.take(callback{"m2", 2, 2, one}) // later than m3
	a.take(callback{"m2", 2, 2, one})
	a.Answer(2, one)
	a.Answer(4, Tokens{100, 0})       // its callback is lost
	a.take(callback{"m5", 5, 5, one}) // its answer is lost
	a.Answer(6, Tokens{})             // it told nothing
	a.refuse(errForged)
	a.refuse(errStale)
	a.refuse(errInvalid)
	want := Totals{
		Received: 5, Duplicates: 1, OutOfOrder: 1, Forged: 1, Stale: 1, Invalid: 1, Missing: 1,
		Naive: Tokens{50, 5}, Idempotent: Tokens{40, 4}, Reconciled: Tokens{140, 4},
	}
	if d := cmp.Diff(want, a.Totals()); d != "" {
		t.Error(d)
	}
	a.Restart()
	a.take(callback{"n1", 7, 1, one})
	if got := a.Totals(); got.OutOfOrder != 1 {
		t.Errorf("after a restart of the server %d are out of order", got.OutOfOrder)
	}
}

func TestReceiver(t *testing.T) {
	first, second := NewAccount(), NewAccount()
	now := time.Unix(1614265330, 0)
	r, err := Listen([]*Account{first, second}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	post := func(url, id, body string, at time.Time, key []byte) int {
		t.Helper()
		sent := strconv.FormatInt(at.Unix(), 10)
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", id, sent, body)
		req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Webhook-Id", id)
		req.Header.Set("Webhook-Timestamp", sent)
		req.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	const body = `{"data":{"reference":7,"sequence":1,"input_tokens":5,"output_tokens":2}}`
	for _, row := range []struct {
		name, url, body string
		at              time.Time
		key             []byte
		want            int
	}{
		{"right", r.URL(1), body, now, r.key, 204},
		{"forged", r.URL(1), body, now, []byte("other"), 401},
		{"replayed", r.URL(1), body, now.Add(-10 * time.Minute), r.key, 401},
		{"no JSON", r.URL(1), "{", now, r.key, 400},
		{"no data", r.URL(1), "{}", now, r.key, 400},
		{"too long", r.URL(1), string(bytes.Repeat([]byte(" "), maxBody+1)), now, r.key, 400},
		{"no such arm", r.base + "/callbacks/2", body, now, r.key, 404},
	} {
		if got := post(row.url, "m", row.body, row.at, row.key); got != row.want {
			t.Errorf("%s: %d, want %d", row.name, got, row.want)
		}
	}
	client.CloseIdleConnections()
	if err := r.Close(t.Context()); err != nil {
		t.Error(err)
	}
	want := Totals{Received: 1, Forged: 1, Stale: 1, Invalid: 3, Naive: Tokens{5, 2}, Idempotent: Tokens{5, 2}, Reconciled: Tokens{5, 2}}
	if d := cmp.Diff(want, second.Totals()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(Totals{}, first.Totals()); d != "" {
		t.Errorf("the other arm: %s", d)
	}
}

// key is the secret of callbacks, decoded: "whsec_" and base64.
func key(secret string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return nil, fmt.Errorf("the secret of callbacks: %w", err)
	}
	return raw, nil
}
