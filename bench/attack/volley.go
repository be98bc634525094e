package attack

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"weighbridge/target/transport"
)

// exchange is what the transport made of a request.
type exchange = transport.Exchange

// hit is a request that came back, its place in the attack, and when its worker
// picked it up.
type hit struct {
	*request
	Seq      uint64
	PickedUp time.Time
}

// volley is one vegeta attack. The pacer decides what is sent and when; vegeta's
// targeter gives a placeholder, since it is not told which hit it is for, and the
// round tripper carries out the request that belongs to the hit.
type volley struct {
	pacer   vegeta.Pacer
	pending *pending
	do      func(*request) *exchange
	// workers is a fixed number, or 0 for as many as are needed.
	workers uint64
}

// fire runs the attack to its end and hands every hit to account, one at a time.
func (v volley) fire(account func(hit)) error {
	options := []func(*vegeta.Attacker){vegeta.Client(&http.Client{Transport: v}), vegeta.MaxBody(0)}
	if v.workers > 0 {
		options = append(options, vegeta.Workers(v.workers), vegeta.MaxWorkers(v.workers))
	}
	var failed error
	for result := range vegeta.NewAttacker(options...).Attack(placeholder, v.pacer, 0, "") {
		r := v.pending.take(result.Seq)
		if r == nil || r.exchange == nil {
			failed = errors.Join(failed, fmt.Errorf("hit %d was not carried out: %s", result.Seq, result.Error))
			continue
		}
		account(hit{r, result.Seq, result.Timestamp})
	}
	return failed
}

func placeholder(t *vegeta.Target) error {
	t.Method, t.URL = http.MethodGet, "http://weighbridge.invalid/"
	return nil
}

// RoundTrip carries out the request of the hit that the placeholder stands for.
func (v volley) RoundTrip(req *http.Request) (*http.Response, error) {
	seq, err := strconv.ParseUint(req.Header.Get("X-Vegeta-Seq"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read the hit's sequence number: %w", err)
	}
	r := v.pending.get(seq)
	if r == nil {
		return nil, errors.New("no request belongs to the hit")
	}
	r.exchange = v.do(r)
	status := http.StatusOK
	if n := len(r.exchange.Attempts); n > 0 && r.exchange.Attempts[n-1].Status > 0 {
		status = r.exchange.Attempts[n-1].Status
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}
