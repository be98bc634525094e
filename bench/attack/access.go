package attack

import (
	"fmt"
	"net/url"
	"time"

	"weighbridge/bench/record"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/auth"
	"weighbridge/target/transport"
)

// access is an arm's way to one endpoint: connections and credentials, none of
// which is good for another.
type access struct {
	base         *url.URL
	pool, tokens *transport.Connections
	scheme       auth.Scheme
}

func newAccess(arm scenarios.Arm, end Endpoint) (access, error) {
	base, err := url.Parse(end.URL)
	if err != nil {
		return access{}, fmt.Errorf("target.url: %w", err)
	}
	pool, err := transport.NewConnections(arm.Client, end.Roots)
	if err != nil {
		return access{}, err
	}
	tokens, err := transport.NewConnections(target.Client{Protocol: "http/1.1", Keepalive: true, InFlight: 1}, end.Roots)
	if err != nil {
		return access{}, err
	}
	scheme, err := auth.New(arm.Target.Auth, auth.Options{Base: base, Defaults: end.Own, Tokens: tokens, Now: time.Now})
	return access{base: base, pool: pool, tokens: tokens, scheme: scheme}, err
}

func (a access) close() {
	a.pool.Close()
	a.tokens.Close()
}

// totals are what connections and credentials took.
func (a access) totals() *record.Totals {
	traffic := a.pool.Traffic()
	t := &record.Totals{
		Connections: traffic.Connections, PeakStreams: traffic.PeakStreams,
		Opening: record.Opening{DNS: sumOf(traffic.DNS), Connect: sumOf(traffic.Connect), TLS: sumOf(traffic.TLS)},
	}
	if a.scheme != nil {
		cost := a.scheme.Cost()
		t.TokenRequests = cost.Requests
		t.ClientAuth = record.ClientAuth{Count: cost.Count, TotalMS: milliseconds(cost.Total), LifeMS: milliseconds(cost.Life)}
	}
	return t
}

func sumOf(s transport.Sum) record.Sum {
	return record.Sum{Count: s.Count, TotalMS: milliseconds(s.Total)}
}

// Move sends the arm to an endpoint that was started anew: with no connection, no
// credential and an account of its own. Attempts go on counting. Call it between
// slices, with the account of the endpoint before joined.
func (a *Arm) Move(end Endpoint) error {
	next, err := newAccess(a.Arm, end)
	if err != nil {
		return err
	}
	a.access.close()
	a.past.Merge(a.access.totals())
	a.past.Attempts += a.sent.attempts()
	a.access = next
	a.client.Base, a.client.Connections, a.client.Auth = next.base, next.pool, next.scheme
	fresh := newSent()
	a.sent.Answered, a.sent.Unanswered, a.sent.Statuses = fresh.Answered, fresh.Unanswered, fresh.Statuses
	return nil
}
