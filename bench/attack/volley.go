package attack

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
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

// volley is one vegeta attack. The pacer decides what is sent and when, and vegeta's workers send
// it.
//
// A worker sends from its targeter, the function that vegeta calls to learn what to send. The
// request that vegeta would send itself then has a method that net/http refuses, so that a hit
// costs neither a second request nor a second response, nor what http.Client does with them.
type volley struct {
	pacer  vegeta.Pacer
	handed *handover
	send   func(*request) *exchange
	// think, if set, keeps the worker busy after the answer. No figure includes that
	// time: the exchange has ended, and the worker picks up its next hit afterwards.
	think func(*request)
	// workers is a fixed number of workers; 0 starts as many as are needed.
	workers uint64
}

// fire runs the attack to its end and passes every hit to count, one at a time.
func (v volley) fire(count func(hit)) error {
	var counting sync.Mutex
	counted, fired := uint64(0), uint64(0)
	send := func(t *vegeta.Target) error {
		t.Method = noMethod
		r := v.handed.take()
		r.exchange = v.send(r)
		counting.Lock()
		count(hit{r, r.seq, r.pickedUp})
		counted++
		counting.Unlock()
		v.handed.ended(r)
		if v.think != nil {
			v.think(r)
		}
		return nil
	}
	options := []func(*vegeta.Attacker){vegeta.Client(&http.Client{Transport: nothing{}}), vegeta.MaxBody(0)}
	if v.workers > 0 {
		options = append(options, vegeta.Workers(v.workers), vegeta.MaxWorkers(v.workers))
	}
	for range vegeta.NewAttacker(options...).Attack(send, v.pacer, 0, "") {
		fired++
	}
	if counted != fired {
		return fmt.Errorf("vegeta fired %d hits, of which %d were sent", fired, counted)
	}
	return nil
}

// noMethod is no method of HTTP.
const noMethod = " "

// nothing is a transport that sends nothing.
type nothing struct{}

func (nothing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("vegeta sends no request of its own")
}
