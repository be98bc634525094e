// Package mockserver is an LLM API with known faults. It is faithful on the
// wire, decides by seed, and keeps a ledger of what it truly did.
package mockserver

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"weighbridge/mockserver/api"
	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/clock"
	"weighbridge/mockserver/fault"
	"weighbridge/mockserver/ledger"
)

// The headers of a request that the mock itself reads: which attempt this is and
// in which phase, which region it is for, and which faults it asks for.
const (
	AttemptHeader = "Weighbridge-Attempt"
	PhaseHeader   = "Weighbridge-Phase"
	RegionHeader  = "Weighbridge-Region"
	FaultHeader   = "Weighbridge-Fault"
)

// The paths of authorization: tokens are had at the API, introspected at the auth server.
const (
	tokenPath      = "/oauth2/token"
	federationPath = "/v1/oauth/token"
	introspectPath = "/oauth2/introspect"
)

// Options is what a Server needs from outside. The zero Options is fit for use.
type Options struct {
	// Clock is the time; nil is the system's.
	Clock clock.Clock
	// AuthURL is the base URL under which the Server's AuthHandler is served,
	// so that introspection is a real HTTP hop; empty looks tokens up in process.
	AuthURL string
	// Random is where credentials and tokens are drawn from; nil is crypto/rand.
	Random io.Reader
	// Secure says that clients reach the mock by https.
	Secure bool
	// Journal is where each decision is written; nil is nowhere.
	Journal *ledger.Journal
}

// Server is the mock of one arm. It is an http.Handler; limits, slots, tokens,
// clocks and ledger are its own.
type Server struct {
	clock   clock.Clock
	born    time.Time
	scheme  string
	cred    authz.Credentials
	ledger  *ledger.Ledger
	journal *ledger.Journal

	routes  routes
	prose   api.TextSource
	batches *api.Batches
	steps   []step

	// made is the config that the mock was made with.
	made   Config
	setups setups

	limiter     *fault.Limiter
	allowance   *fault.Allowance
	issuer      *authz.Issuer
	issuerClock *clock.Adjustable
	// regions are by name; the empty one is for requests that name none.
	regions map[string]region
	remote  *authz.Remote // nil when tokens are looked up in process

	bodies sync.Pool // of *bytes.Buffer
	// exchanges counts the requests to exchange an assertion, for their names.
	exchanges atomic.Uint64
}

// region verifies signed tokens by a clock of its own.
type region struct {
	clock      *clock.Adjustable
	authorizer *authz.Authorizer
}

// New returns the mock that config describes. It fails when config does not
// validate or no random numbers are to be had.
func New(config Config, options Options) (*Server, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("mock: %w", err)
	}
	if options.Clock == nil {
		options.Clock = clock.System()
	}
	if options.Random == nil {
		options.Random = rand.Reader
	}
	cred, err := authz.NewCredentials(options.Random, config.Auth)
	if err != nil {
		return nil, err
	}
	s := &Server{
		clock: options.Clock, born: options.Clock.Now(), scheme: "http", cred: cred,
		ledger: ledger.New(faultNames()), journal: options.Journal,
		routes: newRoutes(api.Article(), api.Anthropic(), api.OpenAI()),
		prose:  api.NewTextSource(), batches: api.NewBatches(api.DefaultBatchLimits()),
		made:    config,
		limiter: fault.NewLimiter(config.Limit, options.Clock.Now()), allowance: fault.NewAllowance(config.Limit.Spend),
		bodies: sync.Pool{New: func() any { return new(bytes.Buffer) }},
	}
	if options.Secure {
		s.scheme = "https"
	}
	s.setups.base = config
	s.authority(options)
	s.enter(config, time.Time{})
	s.steps = s.order()
	return s, nil
}

// authority makes what issues and checks credentials.
func (s *Server) authority(options Options) {
	c := s.made
	s.issuerClock = skewed(s.clock, c.Clock.Issuer)
	s.issuer = authz.NewIssuer(c.Auth, s.cred, s.issuerClock, options.Random,
		fault.NewRandomSource(c.Seed, "auth.oauth.latency").At, fault.NewRandomSource(c.Seed, "auth.oauth.introspect").At)
	introspect := s.introspecter(options.AuthURL)
	s.regions = map[string]region{}
	for _, name := range c.Clock.names() {
		verifier := skewed(s.clock, c.Clock.skewOf(name))
		s.regions[name] = region{verifier, authz.NewAuthorizer(c.Auth, s.cred, verifier, introspect)}
	}
}

// introspecter is how opaque tokens are looked up.
func (s *Server) introspecter(authURL string) authz.Introspect {
	if authURL == "" {
		return s.issuer.Introspect
	}
	s.remote = authz.NewRemote(authURL+introspectPath, s.cred)
	return s.remote.Introspect
}

// Credentials are what the mock's clients may prove themselves with.
func (s *Server) Credentials() authz.Credentials { return s.cred }

// Ledger is what the mock truly did.
func (s *Server) Ledger() *ledger.Ledger { return s.ledger }

// Issuer is the auth server's side: tokens may be revoked and secrets rotated while it runs.
func (s *Server) Issuer() *authz.Issuer { return s.issuer }

// AuthHandler is the auth server that opaque tokens are introspected at.
func (s *Server) AuthHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(introspectPath, func(w http.ResponseWriter, r *http.Request) {
		s.ledger.Introspection()
		s.issuer.ServeIntrospection(w, r)
	})
	return mux
}

// Reset begins anew: settings, ledger, buckets, tokens, message batches and
// what counts requests are as they were at the start; credentials stay.
func (s *Server) Reset() {
	s.Restore()
	s.ledger.Reset()
	s.limiter.Configure(Limit{}, s.clock.Now()) // a bucket that is new is full
	s.limiter.Configure(s.made.Limit, s.clock.Now())
	s.issuer.Reset()
	s.batches.Reset()
	s.allowance.Reset()
	s.setups.now.Load().faults.failFirst.Restart()
}

// Close closes the connections to the auth server. Requests must have ended.
func (s *Server) Close() {
	if s.remote != nil {
		s.remote.Close()
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case tokenPath:
		s.issue(w, r, s.issuer.ServeToken)
		return
	case federationPath:
		n := s.exchanges.Add(1)
		w.Header().Set("Request-Id", fmt.Sprintf("req_%016x%08x", s.current().streams.names.Bits(n, -3), uint32(n)))
		s.issue(w, r, s.issuer.ServeFederation)
		return
	}
	x := &exchange{s: s, w: w, r: r, started: s.clock.Now(), setup: s.current(), client: attemptOf(r.Header)}
	x.id = s.ledger.Arrive(x.client, own(r.Header, PhaseHeader))
	x.moment = fault.Moment{Attempt: x.id, Age: x.started.Sub(s.born), Requested: asked(r.Header)}
	defer x.release()
	s.finish(x, s.run(x))
}

// issue answers a request for a token.
func (s *Server) issue(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
	s.ledger.TokenRequest()
	t := &timed{ResponseWriter: w, clock: s.clock, started: s.clock.Now(), tells: s.current().config.ServerTiming}
	bounded := r.WithContext(r.Context())
	bounded.Body = http.MaxBytesReader(w, r.Body, authz.MaxForm) // only by net/http's own writer does it end the connection past the bound
	hasten(w, bounded, func() {
		if serve(t, bounded); !t.answered {
			panic(http.ErrAbortHandler) // the client is gone; net/http would say 200
		}
	})
}

// own is a header that is the mock's own. Its name is in the canonical form,
// which Get would make sure of for every request.
func own(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// attemptOf is the client's number of this attempt; 0 is none.
func attemptOf(h http.Header) uint32 {
	text := own(h, AttemptHeader)
	if text == "" {
		return 0
	}
	id, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(id)
}

// asked are the faults that a request asks for.
func asked(h http.Header) []string {
	list := own(h, FaultHeader)
	if list == "" {
		return nil
	}
	names := strings.Split(list, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}

// base is the URL that a client reached the mock under.
func (s *Server) base(r *http.Request) string { return s.scheme + "://" + r.Host }
