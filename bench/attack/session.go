package attack

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"time"

	"weighbridge/bench/record"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/auth"
	"weighbridge/target/outbound"
	"weighbridge/target/transport"
)

// Endpoint is a server that an arm is sent to.
type Endpoint struct {
	URL string
	// Roots are the trusted certificates; nil stands for the system's.
	Roots *x509.CertPool
	// Defaults are the mock's credentials, used where the scenario gives none.
	Defaults auth.Credentials
	// HasLedger is true for a mock, whose ledger lists attempts by the id in their header.
	HasLedger bool
	// Dialer opens the connections to the server and to its token endpoint.
	Dialer outbound.Dialer
}

// session is an arm's connections and credentials at one endpoint. Neither is valid at
// another.
type session struct {
	base *url.URL
	// pool is for the requests of the arm, tokens for those of its auth scheme.
	pool, tokens *transport.Connections
	scheme       auth.Scheme
	// secrets are kept out of texts.
	secrets *target.Redactor
}

func newSession(arm scenarios.Arm, end Endpoint, secrets *target.Redactor) (session, error) {
	secrets.Add(end.Defaults.Key, end.Defaults.ClientSecret, end.Defaults.JWTSecret, end.Defaults.SigningKey)
	base, err := target.ParseURL(end.URL)
	if err != nil {
		return session{}, fmt.Errorf("target.url: %w", err)
	}
	pool, err := transport.NewConnections(arm.Client, end.Roots, end.Dialer)
	if err != nil {
		return session{}, err
	}
	tokens, err := transport.NewConnections(target.Client{Protocol: "http/1.1", Keepalive: true, InFlight: 1}, end.Roots, end.Dialer)
	if err != nil {
		return session{}, err
	}
	resolved, err := arm.Target.Resolved()
	if err != nil {
		return session{}, err
	}
	scheme, err := auth.New(resolved.Auth, auth.Options{
		Base: base, Dialect: arm.Target.Dialect, Defaults: end.Defaults, Tokens: tokens, Now: time.Now, Secrets: secrets,
	})
	return session{base: base, pool: pool, tokens: tokens, scheme: scheme, secrets: secrets}, err
}

func (s session) close() {
	if s.scheme != nil {
		s.scheme.Close()
	}
	s.pool.Close()
	s.tokens.Close()
}

// totals returns what connections and credentials have cost.
func (s session) totals() *record.Totals {
	traffic := s.pool.Traffic()
	t := &record.Totals{
		Connections: traffic.Connections, PeakStreams: traffic.PeakStreams,
		Opening: record.Opening{DNS: sumOf(traffic.DNS), Connect: sumOf(traffic.Connect), TLS: sumOf(traffic.TLS)},
	}
	if s.scheme != nil {
		cost := s.scheme.Cost()
		t.TokenRequests = cost.Requests
		t.ClientAuth = record.ClientAuth{Count: cost.Count, TotalMS: record.Milliseconds(cost.Total), LifeMS: record.Milliseconds(cost.Life)}
	}
	return t
}

func sumOf(s transport.Sum) record.Sum {
	return record.Sum{Count: s.Count, TotalMS: record.Milliseconds(s.Total)}
}

// Reconnect points the arm at another endpoint, with new connections, new credentials
// and an empty attempt log. Attempt ids continue. Call it between slices, after the log
// was compared with the ledger of the previous endpoint.
func (a *Arm) Reconnect(end Endpoint) error {
	next, err := newSession(a.Arm, end, a.secrets)
	if err != nil {
		return err
	}
	a.session.close()
	a.waits.measured, a.waits.warm = a.waits.measured+a.newWaits(), 0
	a.past.Merge(a.session.totals())
	a.past.Attempts += a.log.attempts()
	a.session = next
	a.client.Base, a.client.Connections, a.client.Auth = next.base, next.pool, next.scheme
	empty := newAttemptLog()
	a.log.Answered, a.log.Unanswered, a.log.Statuses, a.log.Replays = empty.Answered, empty.Unanswered, empty.Statuses, 0
	return nil
}

// addWire adds the bytes that went over the connections since before.
func (a *Arm) addWire(before transport.Traffic) {
	now := a.pool.Traffic()
	addBytes(&a.wire.Sent, before.Sent, now.Sent)
	addBytes(&a.wire.Received, before.Received, now.Received)
}

func addBytes(to *record.Bytes, before, now transport.Bytes) {
	to.WireBytes += now.Wire - before.Wire
	to.PlainBytes += now.Plain - before.Plain
	to.HeaderBytes += now.Header - before.Header
	to.BodyBytes += now.Body - before.Body
}

// waits counts the requests that waited for a credential.
type waits struct {
	// measured are those at earlier endpoints while the arm was measured; warm those at the
	// current one before that.
	measured, warm uint64
	// longest is the longest wait of a measured request.
	longest time.Duration
}

// newWaits returns how many measured requests have waited at the current endpoint.
func (a *Arm) newWaits() uint64 {
	if a.scheme == nil {
		return 0
	}
	return a.scheme.Cost().Waits - a.waits.warm
}

// Credentials returns warnings about the arm's credentials. Call it after the last slice.
func (a *Arm) Credentials() []string {
	var all []string
	cfg := a.Target.Auth
	if n := a.waits.measured + a.newWaits(); n > 0 && a.waits.longest >= time.Millisecond && cfg.Refresh.Policy == auth.PolicyAhead {
		all = append(all, fmt.Sprintf("arm %s: %d measured requests waited for a credential, up to %v, which is part of their latency: the one before it had expired or was rejected before it came",
			a.Name, n, a.waits.longest.Round(time.Millisecond)))
	}
	for _, path := range auth.OpenFiles(cfg) {
		all = append(all, fmt.Sprintf("the credential in %s can be read by every user of this machine", path))
	}
	return all
}
