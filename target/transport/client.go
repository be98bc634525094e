package transport

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

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

// Attempt is one attempt that was sent.
type Attempt struct {
	ID uint32
	// Status is the HTTP status; 0 if no complete response was received.
	Status int
	// Unconnected says that there was no connection, so that nothing was sent.
	Unconnected bool
	// Ended is when the last byte arrived, or when the attempt failed; Service is the time from sending
	// until then.
	Ended   time.Time
	Service time.Duration
	// Timings are the entries of the Server-Timing header or trailer.
	Timings []Timing
	// Heard is when the header of the response had been read, and Limits what it says of rate limits.
	Heard  time.Time
	Limits []limits.Limit
	// Refused is the name of the rate limit by which a response with status 429 was refused; "" if
	// that is not known.
	Refused string
	// Cache is what the response says about caches on its way.
	Cache cache.Told
	// Replays is how many times the request was sent again, within the attempt, because the
	// server had not processed it: it said so (HTTP/2), or a kept connection was broken.
	Replays int
	// Region is the name of the region that the attempt went to, and Session what the answer says of
	// the state of its session; "" for none.
	Region, Session string
}

// Exchange is one request with all its attempts and its outcome.
type Exchange struct {
	Attempts []Attempt
	Outcome  target.Outcome
	// Parts breaks down the time the request took.
	Parts
	// Service and FirstByte are the times of the last attempt from sending to the
	// last and the first byte of the response.
	Service, FirstByte time.Duration
	// ReadLag is how long before End the kernel had received the last bytes that were read; with
	// HTTP/2 they may be another answer's. ReadLagKnown says whether the kernel told.
	ReadLag      time.Duration
	ReadLagKnown bool
	// Content holds, for each piece of content in an event stream, the time from Sent
	// until it had arrived; nil if the response is not an event stream or failed.
	Content []time.Duration
	// Sent is when the last attempt was sent; zero if none was.
	Sent time.Time
	// BodySent and BodyReceived are the body sizes of the last attempt, in bytes.
	BodySent, BodyReceived int64
	// End is when the last byte arrived, or when the request failed.
	End time.Time
	// Status is the HTTP status of the last attempt; 0 if it got no complete response. Err is then
	// why, or nil if the attempt was not sent.
	Status int
	Err    error
	// Protocol is the last response's, such as HTTP/1.1.
	Protocol string
	// WrongProtocol counts the responses in another protocol than the configured one.
	WrongProtocol int
	// Answer is the text of the answer, if it is kept.
	Answer string
	// Cache says whether a cache gave the answer. One of the client's own has no Attempts.
	Cache CacheUse
	// OverBudget says that an attempt was not sent because it would have exceeded the budget.
	OverBudget bool
	// Held is the reservation of the prompts that a Call has handed over; nil without a budget.
	Held *budget.Reservation
	// Paced says that attempts keep to rate limits. HeldBy is what the last attempt had to wait for: a
	// limit, limits.FirstAnswer or limits.Refused. HeldBack says that no attempt was sent because the
	// caller ended that wait.
	Paced, HeldBack bool
	HeldBy          string
	// Allowed is how many attempts the adaptive limit (client.concurrency) allowed at once when the last
	// one began; 0 if the limit is fixed.
	Allowed int
	// Session is the number of the session that the request belongs to, from 1; 0 for none.
	Session uint64
	// RetryRefused says that another attempt would have followed, but for the budget of retries.
	RetryRefused bool

	first    [1]Attempt // the memory of the first of Attempts
	advice   retry.Advice
	retryNow bool // a rejected credential asked for one immediate retry
	// region is the region of the last attempt.
	region int
}

// Do sends r and retries it as configured, or answers it from the client's cache. It returns when the
// last byte has arrived or no attempt is left. If ctx ends first, in an attempt or between two, the request
// fails with class cut_off: the caller ended it, not the server.
func (c *Client) Do(ctx context.Context, r Request) *Exchange {
	under := c.Under(ctx)
	defer under.Close()
	return under.Do(&r)
}

// send sends r until it has an answer, or no attempt is left.
//
// While a request waits for its answer, its stack should fit in 8 KiB, as 10,000 requests may wait: one that
// outgrows them takes 16. The functions between here and that wait therefore have small frames, and call
// others for what needs large ones.
func (s *Scope) send(r *Request, x *Exchange) {
	c := s.client
	x.Attempts, x.End, x.Session = x.first[:0], time.Time{}, c.Regions.session()
	c.retries.Request()
	course := retry.Course{Policy: c.Client.Retry, Timeout: c.Client.Timeout}
	for again := true; again; {
		retried := x.retryNow
		c.attempt(s, r, x)
		again = s.again(&course, r, x, retried)
	}
}

// again reports whether another attempt at r follows, after waiting until it may. retried says that the last
// attempt was already the retry with a new credential.
func (s *Scope) again(course *retry.Course, r *Request, x *Exchange, retried bool) bool {
	c := s.client
	if x.OverBudget {
		return false
	}
	if x.retryNow && !retried && x.Outcome.Class != target.CutOff {
		return true
	}
	pause, again, note := course.Failed(x.Outcome, x.advice, c.Jitter)
	if note != "" {
		x.Outcome.Detail = withNote(x.Outcome.Detail, note)
	}
	if again && !c.retries.Take() {
		x.RetryRefused, again = true, false
		x.Outcome.Detail = withNote(x.Outcome.Detail, "not retried: the retry budget (client.retry.budget) is used up")
	}
	if again && !sleep(s.ctx, pause) {
		x.End = time.Now()
		fail(x, r, target.CutOff, "waiting for another attempt (client.retry) after: "+x.Outcome.Detail)
		return false
	}
	return again
}

// sleep waits for d; false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// refusing returns the name of the rate limit that refused a request, if the answer names it.
func refusing(status int, all []limits.Limit, body []byte) string {
	const mostMessage = 2000 // bytes that are searched
	if status != http.StatusTooManyRequests {
		return ""
	}
	return limits.Refusing(all, string(body[:min(len(body), mostMessage)]))
}

// errTimeout is the cause of the end of an attempt's context at client.timeout.
var errTimeout = fmt.Errorf("client.timeout has passed: %w", context.DeadlineExceeded)

// attempt sends r once, holding a slot. The timeout starts when the slot is acquired.
func (c *Client) attempt(under *Scope, r *Request, x *Exchange) {
	x.advice, x.Status, x.Err = retry.Advice{}, 0, nil
	if !x.End.IsZero() {
		x.startRetry(time.Since(x.End))
	}
	permit, err := c.admit(under.ctx, r, x)
	if err != nil {
		fail(x, r, target.CutOff, err.Error())
		return
	}
	defer c.leave(x, c.gate.Enter())
	state := &attemptState{}
	if permit != nil {
		state.permit = permit
		defer func() { permit.Settle(x.End, state.connects.Load() > 0, x.used) }()
	}
	limited, began := &state.attemptContext, x.End
	limited.start(under, began, c.Client.Timeout)
	ending := false // then the context is canceled when the response has ended
	defer func() {
		if !ending {
			limited.cancel()
		}
	}()
	if r.failed != nil {
		fail(x, r, target.ClientErr, r.failed.Error())
		return
	}
	own, ok := c.authorize(limited, r, x)
	if !ok {
		return
	}
	reserved, err := c.reserve(r, x)
	if err != nil {
		overBudget(x, r, err)
		return
	}
	ending = c.send(state, c.inRegion(r, x), own, x, reserved)
	x.advice.Took = x.End.Sub(began)
}

// authorize returns the attempt's own headers, with its credential; nil if it has none. If no credential can
// be obtained, r fails, and ok is false.
func (c *Client) authorize(limited *attemptContext, r *Request, x *Exchange) (own http.Header, ok bool) {
	if c.Auth != nil || c.SendAttemptID {
		own = http.Header{}
	}
	if c.Auth == nil {
		return own, true
	}
	asked := time.Now()
	err := c.Auth.Authorize(limited, own)
	x.End = time.Now()
	x.Auth += x.End.Sub(asked)
	if limit, own := OwnLimit(err); own {
		fail(x, r, target.Generator, limit+", for a token")
		return nil, false
	}
	if err != nil {
		x.Err = err
		class, detail := target.AuthError, causeOf(err)
		if cutOff(limited, err) {
			class, detail = target.CutOff, "waiting for a token: "+context.Cause(limited).Error()
		}
		fail(x, r, class, detail)
		return nil, false
	}
	return own, true
}

// overBudget ends a request for which the budget allows no further attempt. If there was an earlier attempt,
// its failure remains the request's.
func overBudget(x *Exchange, r *Request, err error) {
	x.OverBudget = true
	if len(x.Attempts) == 0 {
		fail(x, r, target.Budget, err.Error())
		return
	}
	x.Status = x.Attempts[len(x.Attempts)-1].Status
	x.Outcome.Detail = withNote(x.Outcome.Detail, "not tried again: "+err.Error())
}
