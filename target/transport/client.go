package transport

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"weighbridge/target"
	"weighbridge/target/budget"
	"weighbridge/target/cache"
	"weighbridge/target/concurrency"
	"weighbridge/target/limits"
	"weighbridge/target/retry"
)

// Headers that identify an attempt, so that the bundled mock's ledger can be joined.
const (
	AttemptHeader = "Weighbridge-Attempt"
	PhaseHeader   = "Weighbridge-Phase"
)

// Authorizer adds a credential to requests.
type Authorizer interface {
	// Authorize sets the headers; it may have to fetch or sign a credential first.
	Authorize(ctx context.Context, h http.Header) error
	// Rejected is called when a request with these headers was answered 401. It
	// reports whether the request should be retried at once.
	Rejected(h http.Header) bool
}

// Options configures a Client.
type Options struct {
	Base        *url.URL
	Dialect     target.Dialect
	Client      target.Client
	Headers     http.Header
	Auth        Authorizer // nil sends no credential
	Connections *Connections
	// SendAttemptID adds AttemptHeader and PhaseHeader, for the bundled mock.
	SendAttemptID bool
	// Jitter draws from [0,1); it must be safe for concurrent use.
	Jitter func() float64
	// Fatal, unless nil, is called with a request that the server refuses for a reason that applies to
	// every other request too, before its slot is free for another.
	Fatal func(*Exchange)
	// Answered, unless nil, is called with the header and body of each complete response, before it is
	// judged. It must not keep them.
	Answered func(h http.Header, body []byte)
	// Budget reserves each attempt before it leaves; nil sets no limit.
	Budget *budget.Meter
	// Limits holds attempts back that would use more of the server's rate limits than they may; nil
	// holds none back.
	Limits *limits.Account
	// Regions, unless nil, are where attempts are sent instead of Base.
	Regions *Regions
}

// Client sends one arm's requests. It is safe for concurrent use.
type Client struct {
	Options
	gate   *concurrency.Gate
	lastID atomic.Uint32
	// fixed is the first request that was built, if the dialect says that all are the same.
	fixed     Request
	buildOnce sync.Once
	flight    inFlight
	// retries limits those of all requests; nil sets no limit.
	retries *retry.Budget
	buffers sync.Pool // of *bodyBuffer
	// answers is the client's cache; nil without one.
	answers *cache.Cache[savedAnswer]
}

// NewClient returns a client whose attempt ids start at 1.
func NewClient(o Options) *Client {
	return &Client{
		Options: o, gate: concurrency.NewGate(o.Client.InFlight, o.Client.Concurrency), retries: retry.NewBudget(o.Client.Retry.Budget),
		answers: newAnswers(o.Client.Cache),
	}
}

// Do sends r and retries it as configured, or answers it from the client's cache. It returns when the
// last byte has arrived or no attempt is left. If ctx ends first, in an attempt or between two, the request
// fails with class cut_off: the caller ended it, not the server.
func (c *Client) Do(ctx context.Context, r Request) *Exchange {
	under := c.Under(ctx)
	defer under.Close()
	return under.Do(&r)
}
