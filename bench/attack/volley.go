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

// exchange is the outcome of a request.
type exchange = transport.Exchange

// hit is a request with its outcome.
type hit struct {
	*request
	// Seq is its number in the attack, from 0; PickedUp is when a worker took it, or had it
	// ready to send.
	Seq      uint64
	PickedUp time.Time
}

// volley is one vegeta attack. The pacer decides what is sent and when. Vegeta's
// targeter is not told which hit it is called for, so it returns a placeholder, and the
// round tripper sends the pending request that has the hit's sequence number.
type volley struct {
	pacer   vegeta.Pacer
	pending *pendingRequests
	send    func(*request) *exchange
	// think, if set, keeps the worker busy after the answer. No figure includes that
	// time: the exchange has ended, and the worker picks up its next hit afterwards.
	think func(*request)
	// workers is a fixed number of workers; 0 starts as many as are needed.
	workers uint64
}

// fire runs the attack to its end and passes every hit to count, one at a time.
func (v volley) fire(count func(hit)) error {
	options := []func(*vegeta.Attacker){vegeta.Client(&http.Client{Transport: v}), vegeta.MaxBody(0)}
	if v.workers > 0 {
		options = append(options, vegeta.Workers(v.workers), vegeta.MaxWorkers(v.workers))
	}
	var failed error
	for result := range vegeta.NewAttacker(options...).Attack(placeholder, v.pacer, 0, "") {
		r := v.pending.take(result.Seq)
		if r == nil || r.exchange == nil {
			failed = errors.Join(failed, fmt.Errorf("hit %d was not sent: %s", result.Seq, result.Error))
			continue
		}
		count(hit{r, result.Seq, result.Timestamp.Add(r.held)})
	}
	return failed
}

func placeholder(t *vegeta.Target) error {
	t.Method = http.MethodGet // without a URL, which would be parsed for every hit
	return nil
}

// RoundTrip sends the pending request that the placeholder stands for.
func (v volley) RoundTrip(req *http.Request) (*http.Response, error) {
	seq, err := strconv.ParseUint(req.Header.Get("X-Vegeta-Seq"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read the hit's sequence number: %w", err)
	}
	r := v.pending.get(seq)
	if r == nil {
		return nil, errors.New("no request is pending for the hit")
	}
	r.exchange = v.send(r)
	if v.think != nil {
		v.think(r)
	}
	status := http.StatusOK
	if n := len(r.exchange.Attempts); n > 0 && r.exchange.Attempts[n-1].Status > 0 {
		status = r.exchange.Attempts[n-1].Status
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}
