// Package mockserver is an LLM API with known faults. It is faithful on the
// wire, decides by seed, and keeps a ledger of what it truly did.
package mockserver

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"

	"weighbridge/mockserver/api"
	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/clock"
	"weighbridge/mockserver/fault"
	"weighbridge/mockserver/ledger"
)

// The headers in which a client says which attempt this is and in which phase.
const (
	AttemptHeader = "Weighbridge-Attempt"
	PhaseHeader   = "Weighbridge-Phase"
)

// The paths of authorization: tokens are had at the API, introspected at the auth server.
const (
	tokenPath      = "/oauth2/token"
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
}

// Server is the mock of one arm. It is an http.Handler; limits, slots, tokens,
// clock and ledger are its own.
type Server struct {
	config Config
	clock  clock.Clock
	cred   authz.Credentials
	ledger *ledger.Ledger

	routes   map[string]route
	fallback api.Dialect
	prose    api.Prose
	steps    []step

	issuer     *authz.Issuer
	authorizer *authz.Authorizer
	remote     *authz.Remote // nil when tokens are looked up in process

	resets     fault.Reset
	limiter    *fault.Limiter
	slots      *fault.Slots
	errors     fault.Errors
	itemErrors fault.ItemErrors
	cost       fault.Cost
	output     fault.Stream
	names      fault.Stream

	bodies sync.Pool // of *bytes.Buffer
}

// route is an endpoint and the dialect it speaks.
type route struct {
	api.Endpoint
	dialect api.Dialect
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
	seed := config.Seed
	s := &Server{
		config: config, clock: options.Clock, cred: cred, ledger: ledger.New(),
		prose:      api.NewProse(),
		resets:     fault.NewReset(seed, config.Faults.Reset),
		limiter:    fault.NewLimiter(config.Limit, options.Clock.Now()),
		slots:      fault.NewSlots(config.Slots, config.Queue),
		errors:     fault.NewErrors(seed, config.Faults.Errors),
		itemErrors: fault.NewItemErrors(seed, config.Faults.ItemErrors),
		cost:       fault.NewCost(seed, config.Latency),
		output:     fault.NewStream(seed, "tokens.output"),
		names:      fault.NewStream(seed, "answer.id"),
		bodies:     sync.Pool{New: func() any { return new(bytes.Buffer) }},
	}
	s.issuer = authz.NewIssuer(config.Auth, cred, s.clock, options.Random,
		fault.NewStream(seed, "auth.oauth.latency").At, fault.NewStream(seed, "auth.oauth.introspect").At)
	s.authorizer = authz.NewAuthorizer(config.Auth, cred,
		clock.Skewed(s.clock, config.Clock.Offset, config.Clock.Drift), s.introspecter(options.AuthURL))
	s.speak(api.Article())
	s.steps = s.order()
	return s, nil
}

// Credentials are what the mock's clients may prove themselves with.
func (s *Server) Credentials() authz.Credentials { return s.cred }

// Ledger is what the mock truly did.
func (s *Server) Ledger() *ledger.Ledger { return s.ledger }

// AuthHandler is the auth server that opaque tokens are introspected at.
func (s *Server) AuthHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(introspectPath, func(w http.ResponseWriter, r *http.Request) {
		s.ledger.Introspection()
		s.issuer.ServeIntrospection(w, r)
	})
	return mux
}

// Close closes the connections to the auth server. Requests must have ended.
func (s *Server) Close() {
	if s.remote != nil {
		s.remote.Close()
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == tokenPath {
		s.ledger.TokenRequest()
		s.issuer.ServeToken(w, r)
		return
	}
	x := &exchange{w: w, r: r, started: s.clock.Now(), dialect: s.fallback}
	x.id = s.ledger.Arrive(attemptOf(r.Header), r.Header.Get(PhaseHeader))
	s.finish(x, s.run(x))
}

// introspecter is how opaque tokens are looked up.
func (s *Server) introspecter(authURL string) authz.Introspect {
	if authURL != "" {
		s.remote = authz.NewRemote(authURL+introspectPath, s.cred)
		return s.remote.Introspect
	}
	return func(_ context.Context, token string) (bool, error) {
		_, active := s.issuer.Ends(token)
		return active, nil
	}
}

// speak adds dialects; the first words the answers to paths that none knows.
func (s *Server) speak(dialects ...api.Dialect) {
	s.routes = map[string]route{}
	s.fallback = dialects[0]
	for _, dialect := range dialects {
		for _, endpoint := range dialect.Endpoints {
			s.routes[endpoint.Path] = route{endpoint, dialect}
		}
	}
}

// attemptOf is the client's number of this attempt; 0 is none.
func attemptOf(h http.Header) uint32 {
	id, err := strconv.ParseUint(h.Get(AttemptHeader), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(id)
}
