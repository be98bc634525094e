package attack

import (
	"context"
	"crypto/x509"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/http/httpproxy"

	"weighbridge/bench/attack/regional"
	"weighbridge/bench/record"
	"weighbridge/bench/record/billing"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/auth"
	"weighbridge/target/callbacks"
	"weighbridge/target/limits"
	"weighbridge/target/outbound"
	"weighbridge/target/transport"
)

// Endpoint is a server that an arm is sent to.
type Endpoint struct {
	URL string
	// Roots are the trusted certificates; nil stands for the system's.
	Roots *x509.CertPool
	// Defaults are the mock's credentials, used if the scenario gives none.
	Defaults auth.Credentials
	// HasLedger is true for a mock, whose ledger lists attempts by the id in their header.
	HasLedger bool
	// Dialer opens the connections to the server and to its token endpoint.
	Dialer outbound.Dialer
	// UserAgent is the header User-Agent of requests that set no other; "" is weighbridge.
	UserAgent string
	// Billing keeps the accounts of the mock's usage callbacks; nil without any.
	Billing *callbacks.Account
	// Regions are the URLs of a mock's regions, by name.
	Regions map[string]string
}

// session is an arm's connections and credentials at one endpoint. Neither is valid at
// another.
type session struct {
	base *url.URL
	// pool is for the requests of the arm, tokens for those of its auth scheme.
	pool, tokens *transport.Connections
	scheme       auth.Scheme
	// regions is nil without regions.
	regions *regional.Regions
	// proxy is the text of the proxy for the arm's requests, masked; "" for none.
	proxy string
	// secrets are kept out of texts.
	secrets *target.Redactor
}

func newSession(arm scenarios.Arm, end Endpoint, secrets *target.Redactor) (session, error) {
	secrets.Add(end.Defaults.Key, end.Defaults.ClientSecret, end.Defaults.JWTSecret, end.Defaults.SigningKey)
	server, err := target.ParseEndpoint(end.URL)
	if err != nil {
		return session{}, fmt.Errorf("target.url: %w", err)
	}
	base := outbound.Spelled(server.Base)
	proxy, err := proxyText(arm.Client, base, secrets)
	if err != nil {
		return session{}, err
	}
	dialer := end.Dialer
	dialer.Socket = server.Socket
	pool, err := transport.NewConnections(arm.Client, end.Roots, dialer)
	if err != nil {
		return session{}, err
	}
	tokens, err := transport.NewConnections(forTokens(arm), end.Roots, dialer)
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
	if err != nil {
		return session{}, err
	}
	checks := forTokens(arm)
	checks.TLS.ServerName = arm.Client.TLS.ServerName
	there, err := regional.New(arm, regional.Endpoint{URLs: end.Regions, Roots: end.Roots, Checks: checks, Dialer: dialer},
		lockedFloat64(schedule.Random(uint64(arm.Index), "regions", 0)))
	return session{base: base, pool: pool, tokens: tokens, scheme: scheme, regions: there, proxy: proxy, secrets: secrets}, err
}

// Turn runs a slice of an arm that shares its server with others, which take turns: its connections are closed while
// others have theirs, and opened before, which no figure includes.
func (a *Arm) Turn(ctx context.Context, slice func() error) error {
	for _, pool := range []*transport.Connections{a.session.pool, a.session.tokens} {
		pool.Resume(ctx)
		defer pool.Rest()
	}
	return slice()
}

// fixedHeaders returns the headers of the target and of its http dialect that are the same in
// every request. The references in cfg are resolved.
func fixedHeaders(cfg target.Config) (http.Header, error) {
	fixed := http.Header{}
	for section, texts := range map[string]map[string]target.Text{
		"target.headers": cfg.Headers, "target.http.headers": cfg.HTTP.Headers,
	} {
		for name, text := range texts {
			switch value := string(text); {
			case cfg.IsTemplate(text):
			case !httpguts.ValidHeaderFieldValue(value):
				return nil, fmt.Errorf("%s.%s: expected a value without line breaks and control characters", section, name)
			default:
				fixed.Set(name, value)
			}
		}
	}
	return fixed, nil
}

// proxyText returns the URL of the proxy for a server, masked, and makes its password known; ""
// for none.
func proxyText(c target.Client, server *url.URL, secrets *target.Redactor) (string, error) {
	proxy, err := c.ProxyOf(server, httpproxy.FromEnvironment())
	if err != nil {
		return "", fmt.Errorf("client.proxy: %w", err)
	}
	if proxy == nil {
		return "", nil
	}
	if proxy.User != nil {
		password, _ := proxy.User.Password()
		secrets.Add(password, proxy.User.String())
	}
	return target.MaskedURL(proxy), nil
}

// Network returns where the arm's connections went; nil for a mock without a proxy.
func (a *Arm) Network() *record.Network {
	if a.mocked && a.proxy == "" {
		return nil
	}
	n := &record.Network{Proxy: a.proxy, Insecure: a.Client.TLS.Insecure, Reached: maps.Clone(a.reached)}
	for _, pool := range []*transport.Connections{a.pool, a.tokens} {
		for address, count := range pool.Reached() {
			if n.Reached == nil {
				n.Reached = map[string]uint64{}
			}
			n.Reached[address] += count
		}
	}
	return n
}

// Way is how an arm reaches its server.
type Way struct {
	Base        *url.URL
	Connections *transport.Connections
	// Scheme is nil for the scheme none.
	Scheme auth.Scheme
	Client *transport.Client
	// Work gives the prompts of the arm.
	Work schedule.Work
	// Mocked says that the server is a mock.
	Mocked bool
}

// Way returns how the arm reaches its server, so that single requests can be sent outside of a load.
func (a *Arm) Way() Way { return Way{a.base, a.pool, a.scheme, a.client, a.work, a.mocked} }

// forTokens returns the client settings of an arm's token requests: those of its other requests, but over
// HTTP/1.1 and with no limit on connections.
func forTokens(arm scenarios.Arm) target.Client {
	c := arm.Client
	c.Protocol, c.Connections, c.Streams, c.Keepalive, c.InFlight = "http/1.1", 0, 0, true, 0
	if !strings.HasPrefix(arm.Target.Auth.TokenPath, "/") {
		c.TLS.ServerName = "" // that of the target
	}
	return c
}

// Reach opens a connection to the arm's target, or to its proxy if it has one, and closes it. If the arm has
// several regions, it tries one after another until one can be reached.
func (a *Arm) Reach(ctx context.Context) error {
	servers := []*url.URL{a.session.base}
	if a.session.regions != nil {
		servers = a.session.regions.Bases
	}
	var err error
	for _, server := range servers {
		if err = a.pool.Reach(ctx, server); err == nil {
			return nil
		}
	}
	return err
}

func (s session) close() {
	s.regions.Close()
	if s.scheme != nil {
		s.scheme.Close()
	}
	s.pool.Close()
	s.tokens.Close()
}

// bill tells the account of callbacks how many tokens the answer to a request reports.
func (a *Arm) bill(x *exchange) {
	if a.billing == nil || len(x.Attempts) == 0 {
		return
	}
	a.billing.Answer(x.Attempts[len(x.Attempts)-1].ID, callbacks.Tokens{Input: x.Outcome.InputTokens, Output: x.Outcome.OutputTokens})
}

// Billing returns the accounts kept by usage callbacks; nil without any.
func (a *Arm) Billing() *billing.Accounts {
	if a.billing == nil {
		return nil
	}
	t := a.billing.Totals()
	tokens := func(t callbacks.Tokens) billing.Tokens { return billing.Tokens{Input: t.Input, Output: t.Output} }
	return &billing.Accounts{
		Received: t.Received, Duplicates: t.Duplicates, OutOfOrder: t.OutOfOrder,
		Forged: t.Forged, Stale: t.Stale, Invalid: t.Invalid, Missing: t.Missing,
		Naive: tokens(t.Naive), Idempotent: tokens(t.Idempotent), Reconciled: tokens(t.Reconciled),
	}
}

// totals returns what connections and credentials have cost.
func (s session) totals() *record.Totals {
	traffic := s.pool.Traffic()
	t := &record.Totals{
		Connections: traffic.Connections, PeakStreams: traffic.PeakStreams, Pushes: traffic.Pushes,
		Opening: record.Opening{DNS: sumOf(traffic.DNS), Connect: sumOf(traffic.Connect), TLS: sumOf(traffic.TLS)},
	}
	if s.scheme != nil {
		cost := s.scheme.Cost()
		t.TokenRequests = cost.Requests
		t.ClientAuth = record.ClientAuth{Count: cost.Count, TotalMS: record.Milliseconds(cost.Total), LifeMS: record.Milliseconds(cost.Life), PerRequest: cost.PerRequest}
	}
	return t
}

func sumOf(s transport.Sum) record.Sum {
	return record.Sum{Count: s.Count, TotalMS: record.Milliseconds(s.Total)}
}

// Respect sets what holds the arm's attempts back for the rate limits of its server. Call it before the
// first slice.
func (a *Arm) Respect(l *limits.Account) { a.client.Limits = l }

// Reconnect points the arm at another endpoint, with new connections, new credentials
// and an empty attempt log. Attempt ids continue. Call it between slices, after the log
// was compared with the ledger of the previous endpoint.
func (a *Arm) Reconnect(end Endpoint) error {
	next, err := newSession(a.Arm, end, a.secrets)
	if err != nil {
		return err
	}
	if n := a.Network(); n != nil {
		a.reached = n.Reached
	}
	a.session.close()
	a.waits.measured, a.waits.warm = a.waits.measured+a.newWaits(), 0
	a.past.Merge(a.session.totals())
	a.past.Attempts += a.log.Attempts()
	a.session = next
	a.client.ForgetAnswers()
	a.client.Base, a.client.Connections, a.client.Auth, a.client.Regions = next.base, next.pool, next.scheme, next.regions.Servers()
	a.log.MoveOn()
	return nil
}

// mark is what connections and credentials have cost up to a moment.
type mark struct {
	traffic transport.Traffic
	cost    auth.Cost
}

func (a *Arm) mark() mark {
	m := mark{traffic: a.pool.Traffic()}
	if a.scheme != nil {
		m.cost = a.scheme.Cost()
	}
	return m
}

// addSince adds to the slice, and to the arm, what was spent since before on so many requests.
func (a *Arm) addSince(before mark, to *record.Slice, requests uint64) (now mark) {
	now = a.mark()
	for _, w := range []*record.Wire{&a.wire, &to.Wire} {
		addBytes(&w.Sent, before.traffic.Sent, now.traffic.Sent)
		addBytes(&w.Received, before.traffic.Received, now.traffic.Received)
		w.Requests += requests
	}
	to.Credentials.Count += now.cost.Count - before.cost.Count
	to.Credentials.TotalMS += record.Milliseconds(now.cost.Total - before.cost.Total)
	to.Credentials.Requests += now.cost.Requests - before.cost.Requests
	return now
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

// addLimit counts a request that was not sent because of a limit of the generator. There are few kinds
// of limits; "other" bounds their number if their texts should differ.
func (a *Arm) addLimit(name string) {
	const most = 8
	if a.limits == nil {
		a.limits = map[string]uint64{}
	}
	if _, known := a.limits[name]; !known && len(a.limits) >= most {
		name = "other"
	}
	a.limits[name]++
}

// addLong counts the measured answers that have more output tokens than was asked for.
func (a *Arm) addLong(maxTokens int, o target.Outcome) {
	asked, known := a.Target.AskedTokens(maxTokens)
	for _, output := range o.OutputByPrompt {
		if known && output > asked {
			a.long.answers++
			if output >= a.long.most {
				a.long.most, a.long.asked = output, asked
			}
		}
	}
}

// LongAnswers returns a warning if answers have more output tokens than was asked for, or "".
// Call it after the last slice.
func (a *Arm) LongAnswers() string {
	if a.long.answers == 0 {
		return ""
	}
	text := fmt.Sprintf("arm %s: %d answers have more output tokens than the %d asked for, up to %d", a.Name, a.long.answers, a.long.asked, a.long.most)
	if field := a.Target.MaxTokensField; a.Target.Dialect == "openai" && field == "max_completion_tokens" {
		return text + ": the server may ignore " + field + " and know max_tokens (target.max_tokens_field: max_tokens, or both)"
	}
	return text + ": the server does not keep to it"
}
