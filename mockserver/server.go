// Package mockserver is a mock of an LLM API that injects known faults. It has the wire
// formats of real APIs, makes its random decisions from a seed, and keeps a ledger of what
// it did.
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
	"weighbridge/mockserver/callback"
	"weighbridge/mockserver/clock"
	"weighbridge/mockserver/fault"
	"weighbridge/mockserver/ledger"
)

// Request headers that the mock reads: the ID and the phase of the attempt, the region it
// is for, and the faults it asks for.
const (
	AttemptHeader = "Weighbridge-Attempt"
	PhaseHeader   = "Weighbridge-Phase"
	RegionHeader  = "Weighbridge-Region"
	FaultHeader   = "Weighbridge-Fault"
)

// The paths of authorization: tokens are issued by the API and introspected by the auth server.
const (
	tokenPath      = "/oauth2/token"
	federationPath = "/v1/oauth/token"
	exchangePath   = "/oauth/token"
	introspectPath = "/oauth2/introspect"
)

// Options are the dependencies of a Server. The zero value is usable.
type Options struct {
	// Clock is the clock; nil is the system's.
	Clock clock.Clock
	// AuthURL is the base URL of the auth server, so that introspection is a real HTTP
	// request; if it is empty, tokens are looked up in process.
	AuthURL string
	// Random is the random source for credentials and tokens; nil is crypto/rand.
	Random io.Reader
	// Secure says that clients reach the mock by https.
	Secure bool
	// Journal gets a line for each attempt; nil is no journal.
	Journal *ledger.Journal
	// Callbacks is where usage callbacks are sent; without a URL none reaches anybody.
	Callbacks callback.Delivery
}

// Server is the mock of one arm. It is an http.Handler with its own limits, slots, tokens,
// clocks and ledger.
type Server struct {
	clock   clock.Clock
	started time.Time
	scheme  string
	cred    authz.Credentials
	ledger  *ledger.Ledger
	journal *ledger.Journal

	routes routes
	texts  api.TextSource
	// sessions is the state of sessions, healthChecks counts the health checks of all regions.
	sessions     sessionStore
	healthChecks atomic.Uint64

	batches *api.Batches
	files   *api.Files
	steps   []step

	promptCache *promptCache
	edge        *edgeCache

	// initial is the config that the mock was started with.
	initial Config
	setups  setups

	limiter     *fault.Limiter
	allowance   *fault.Allowance
	issuer      *authz.Issuer
	issuerClock *clock.Adjustable
	// regions are the regions by name; "" is for requests that name none.
	regions map[string]region
	remote  *authz.Remote // nil if tokens are looked up in process

	callbacks *callback.Sender
	closeIdle func() // closes the connections to the receiver of callbacks

	bodies sync.Pool // of *bytes.Buffer
	// federationRequests counts the requests of the federation endpoint, for their request IDs.
	federationRequests atomic.Uint64
}

// region verifies credentials by its own clock.
type region struct {
	clock      *clock.Adjustable
	authorizer *authz.Authorizer
}

// New returns the mock that config describes. It fails if config is invalid or if the
// random source fails.
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
		clock: options.Clock, started: options.Clock.Now(), scheme: "http", cred: cred,
		ledger: ledger.New(faultNames()), journal: options.Journal,
		routes: newRoutes(api.Article(), api.Anthropic(), api.OpenAI(), api.Responses()),
		texts:  api.NewTextSource(), batches: api.NewBatches(api.DefaultBatchLimits()),
		files:   api.NewFiles(api.DefaultBatchLimits()),
		initial: config, promptCache: newPromptCache(), edge: newEdgeCache(),
		limiter: fault.NewLimiter(config.Limit, options.Clock.Now()), allowance: fault.NewAllowance(config.Limit.Spend),
		bodies: sync.Pool{New: func() any { return new(bytes.Buffer) }},
	}
	if options.Secure {
		s.scheme = "https"
	}
	s.setups.base = config
	s.initAuth(options)
	s.apply(config, time.Time{})
	s.steps = s.newSteps()
	client := authz.NewLoopbackClient()
	s.closeIdle = client.CloseIdleConnections
	s.callbacks = callback.NewSender(callback.Options{
		Delivery: options.Callbacks, Clock: s.clock, Do: client.Do, Count: s.ledger.Callbacks,
		Random: func(decision string) func(uint64) float64 { return fault.NewRandomSource(config.Seed, decision).At },
	})
	return s, nil
}

// initAuth creates the issuer and the authorizers of the regions.
func (s *Server) initAuth(options Options) {
	c := s.initial
	s.issuerClock = newSkewedClock(s.clock, c.Clock.Issuer)
	s.issuer = authz.NewIssuer(c.Auth, s.cred, s.issuerClock, authz.Random{
		Tokens:  options.Random,
		Latency: fault.NewRandomSource(c.Seed, "auth.oauth.latency").At, Introspect: fault.NewRandomSource(c.Seed, "auth.oauth.introspect").At,
	})
	introspect := s.newIntrospect(options.AuthURL)
	s.regions = map[string]region{}
	for _, name := range c.regionNames() {
		verifier := newSkewedClock(s.clock, c.Clock.skewOf(name))
		s.regions[name] = region{verifier, authz.NewAuthorizer(c.Auth, s.cred, verifier, introspect)}
	}
}

// newIntrospect returns the function that looks up opaque tokens.
func (s *Server) newIntrospect(authURL string) authz.Introspect {
	if authURL == "" {
		return s.issuer.Introspect
	}
	s.remote = authz.NewRemote(authURL+introspectPath, s.cred)
	return s.remote.Introspect
}

// Credentials returns the credentials that the mock's clients can use.
func (s *Server) Credentials() authz.Credentials { return s.cred }

// Ledger returns the mock's ledger.
func (s *Server) Ledger() *ledger.Ledger { return s.ledger }

// authHandler returns the auth server's introspection endpoint.
func (s *Server) authHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(introspectPath, func(w http.ResponseWriter, r *http.Request) {
		s.ledger.Introspection()
		s.issuer.ServeIntrospection(w, r)
	})
	return mux
}

// Reset resets settings, ledger, buckets, tokens, message batches and request counters to
// their initial state. Credentials are kept.
func (s *Server) Reset() {
	s.Restore()
	s.ledger.Reset()
	s.limiter.Configure(Limit{}, s.clock.Now()) // so that the next Configure creates full buckets
	s.limiter.Configure(s.initial.Limit, s.clock.Now())
	s.issuer.Reset()
	s.batches.Reset()
	s.promptCache.reset()
	s.edge.reset()
	s.files.Reset()
	s.allowance.Reset()
	s.sessions.reset()
	s.setups.now.Load().faults.failFirst.Restart()
}

// Close closes the connections to the auth server and to the receiver of callbacks. Requests must have
// ended.
func (s *Server) Close() {
	s.callbacks.Close()
	s.closeIdle()
	if s.remote != nil {
		s.remote.Close()
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r, mockHeader(r.Header, RegionHeader))
}

// serve answers one request in a region; unknown ones count as none.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, region string) {
	switch r.URL.Path {
	case healthPath:
		s.serveHealth(w, r, region)
		return
	case tokenPath:
		s.serveToken(w, r, s.issuer.ServeToken)
		return
	case federationPath:
		n := s.federationRequests.Add(1)
		w.Header().Set("Request-Id", fmt.Sprintf("req_%016x%08x", s.current().random.ids.Bits(n, -3), uint32(n)))
		s.serveToken(w, r, s.issuer.ServeFederation)
		return
	case exchangePath:
		s.serveToken(w, r, s.issuer.ServeExchange)
		return
	}
	x := &exchange{s: s, w: w, r: r, started: s.clock.Now(), setup: s.current(), client: attemptID(r.Header), region: region}
	x.id = s.ledger.Arrive(x.client, mockHeader(r.Header, PhaseHeader))
	if _, known := x.setup.config.Regions[region]; known {
		x.entry.Region = region
		s.ledger.Enter(region, x.client)
	}
	x.moment = fault.Moment{Attempt: x.id, Age: x.started.Sub(s.started), Requested: requestedFaults(r.Header)}
	defer x.release()
	s.finish(x, s.run(x))
}

// serveToken answers a request for a token.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
	s.ledger.TokenRequest()
	t := &timedWriter{ResponseWriter: w, clock: s.clock, started: s.clock.Now(), enabled: s.current().config.ServerTiming}
	bounded := r.WithContext(r.Context())
	bounded.Body = http.MaxBytesReader(w, r.Body, authz.MaxForm) // needs net/http's own writer, to close the connection if the body is too long
	answerEarly(w, bounded, func() {
		if serve(t, bounded); !t.answered {
			panic(http.ErrAbortHandler) // the client has left; net/http would answer with a 200
		}
	})
}

// mockHeader returns one of the mock's own request headers. Unlike Get it requires name to
// be in canonical form, which saves time in every request.
func mockHeader(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// attemptID returns the client's ID of the attempt; 0 if it has none.
func attemptID(h http.Header) uint32 {
	text := mockHeader(h, AttemptHeader)
	if text == "" {
		return 0
	}
	id, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(id)
}

// requestedFaults returns the faults that a request asks for.
func requestedFaults(h http.Header) []string {
	list := mockHeader(h, FaultHeader)
	if list == "" {
		return nil
	}
	names := strings.Split(list, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}

// baseURL returns the URL under which the client reached the mock, without a path.
func (s *Server) baseURL(r *http.Request) string { return s.scheme + "://" + r.Host }
