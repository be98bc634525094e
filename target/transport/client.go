package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"weighbridge/target"
)

// Headers that the bundled mock joins its ledger by.
const (
	AttemptHeader = "Weighbridge-Attempt"
	PhaseHeader   = "Weighbridge-Phase"
)

// Authorizer puts a credential on a request.
type Authorizer interface {
	// Authorize sets the headers; it may fetch or sign a credential first.
	Authorize(ctx context.Context, h http.Header) error
	// Rejected is called when a request with these headers was answered 401. It
	// reports whether the request should be retried at once.
	Rejected(h http.Header) bool
}

// Options is what a Client is made of.
type Options struct {
	Base        *url.URL
	Dialect     target.Dialect
	Client      target.Client
	Headers     http.Header
	Auth        Authorizer // nil sends no credential
	Connections *Connections
	// Named sends the attempt's id and phase, for the bundled mock.
	Named bool
	// Jitter draws from [0,1); called by many goroutines at once.
	Jitter func() float64
}

// Client sends one arm's requests. It is safe for concurrent use.
type Client struct {
	Options
	slots  Slots
	lastID atomic.Uint32
}

// NewClient makes a client whose attempts count from 1.
func NewClient(o Options) *Client {
	return &Client{Options: o, slots: NewSlots(o.Client.InFlight)}
}

// Request is what one exchange carries.
type Request struct {
	Phase     string // warmup, open, closed or capacity
	Prompts   []string
	MaxTokens int
}

// Attempt is one try that left the client.
type Attempt struct {
	ID uint32
	// Status is 0 when no complete answer came.
	Status int
	// Service is last byte − sent.
	Service time.Duration
	// Timings are what the server reported by Server-Timing.
	Timings []Timing
	// Replays is how often net/http itself sent it again.
	Replays int
}

// Exchange is one request with its attempts, and what became of it.
type Exchange struct {
	Attempts []Attempt
	Outcome  target.Outcome
	// Parts is where its time went.
	Parts
	// Service and FirstByte are the last attempt's, from sent to the last and the
	// first byte of the answer.
	Service, FirstByte time.Duration
	// Content is when each piece of a stream's content was in, after Sent; nil of an
	// answer that is no stream, or that failed.
	Content []time.Duration
	// Sent is when the last attempt left; zero where none did.
	Sent time.Time
	// BodySent and BodyReceived are the bytes of its bodies.
	BodySent, BodyReceived int64
	// End is the last byte, or the moment of the failure.
	End time.Time
	// Protocol is the last answer's, as in HTTP/1.1; Wrong counts answers in another than asked for.
	Protocol string
	Wrong    int

	retryAfter time.Duration
	refused    bool
}

// Do sends r, retries as the client section says, and returns when its last byte is
// in or it failed for good. When ctx ends, what is left fails as timeout.
func (c *Client) Do(ctx context.Context, r Request) *Exchange {
	x := &Exchange{}
	for tried := 1; ; tried++ {
		refusedBefore := x.refused
		c.attempt(ctx, r, x)
		if x.refused && !refusedBefore && ctx.Err() == nil {
			tried--
			continue
		}
		if !retriable(x.Outcome) || ctx.Err() != nil {
			return x
		}
		pause, again := wait(c.Client.Retry, tried, x.retryAfter, c.Jitter())
		if !again || !sleep(ctx, pause) {
			return x
		}
	}
}

// sleep waits for d and says whether ctx let it.
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

// attempt tries once, a slot held throughout. The time limit starts with the slot.
func (c *Client) attempt(ctx context.Context, r Request, x *Exchange) {
	x.retryAfter = 0
	waiting := time.Now()
	if !x.End.IsZero() {
		x.again(waiting.Sub(x.End))
	}
	err := c.slots.Acquire(ctx)
	began := time.Now()
	x.SlotWait += began.Sub(waiting)
	x.End = began
	if err != nil {
		fail(x, r, target.Timeout, "no slot was free before the end")
		return
	}
	defer c.slots.Release()
	ctx, cancel := context.WithTimeout(ctx, c.Client.Timeout)
	defer cancel()
	req, err := c.build(ctx, r)
	if err != nil {
		fail(x, r, target.ClientErr, err.Error())
		return
	}
	if c.Auth != nil {
		asked := time.Now()
		err := c.Auth.Authorize(ctx, req.Header)
		x.End = time.Now()
		x.Auth += x.End.Sub(asked)
		if err != nil {
			fail(x, r, target.AuthError, err.Error())
			return
		}
	}
	c.send(req, r, x)
}

// build makes the attempt's HTTP request, its replays by net/http switched off.
func (c *Client) build(ctx context.Context, r Request) (*http.Request, error) {
	req, err := c.Dialect.Request(ctx, c.Base, r.Prompts, r.MaxTokens)
	if err != nil {
		return nil, fmt.Errorf("build the request: %w", err)
	}
	for name, values := range c.Headers {
		req.Header[name] = values
	}
	if req.Host = req.Header.Get("Host"); req.Host == "" {
		req.Host = req.URL.Host
	}
	req.GetBody = nil
	return req, nil
}

// send puts req on the wire, reads the whole answer and lets the dialect judge it.
func (c *Client) send(req *http.Request, r Request, x *Exchange) {
	id := c.lastID.Add(1)
	if c.Named {
		req.Header.Set(AttemptHeader, strconv.FormatUint(uint64(id), 10))
		req.Header.Set(PhaseHeader, r.Phase)
	}
	req, watch := watched(req)
	resp, body, err := c.roundTrip(req)
	x.End = time.Now()
	x.Sent, x.BodySent, x.BodyReceived = watch.sent, max(req.ContentLength, 0), int64(len(body.bytes))
	x.Service = x.End.Sub(watch.sent)
	watch.split(x.Service, &x.Parts)
	x.FirstByte = x.Service - x.Body
	attempt := Attempt{ID: id, Service: x.Service, Replays: watch.replays(req)}
	if err != nil {
		x.Attempts = append(x.Attempts, attempt)
		fail(x, r, classOf(err), err.Error())
		return
	}
	attempt.Status = resp.StatusCode
	attempt.Timings = parseServerTiming(serverTiming(resp))
	x.Attempts = append(x.Attempts, attempt)
	x.Outcome = c.Dialect.Judge(resp.StatusCode, resp.Header, body.bytes, len(r.Prompts))
	x.Content = body.moments(x.Outcome.Content, watch.sent)
	x.retryAfter = retryAfter(resp.Header, x.End)
	if x.Protocol = resp.Proto; x.Protocol != c.Connections.Protocol() {
		x.Wrong++
		fail(x, r, target.Contract, fmt.Sprintf("the answer spoke %s, not %s", x.Protocol, c.Connections.Protocol()))
	}
	if resp.StatusCode == http.StatusUnauthorized && c.Auth != nil {
		x.refused = c.Auth.Rejected(req.Header)
	}
}

// roundTrip gives the whole answer.
func (c *Client) roundTrip(req *http.Request) (*http.Response, answered, error) {
	resp, err := c.Connections.RoundTrip(req)
	if err != nil {
		return nil, answered{}, err
	}
	defer resp.Body.Close()
	body, err := readBody(resp)
	return resp, body, err
}

// serverTiming is the header, or on streams the trailer.
func serverTiming(resp *http.Response) string {
	if h := resp.Header.Get("Server-Timing"); h != "" {
		return h
	}
	return resp.Trailer.Get("Server-Timing")
}

func fail(x *Exchange, r Request, class target.Class, detail string) {
	x.Outcome = target.Outcome{Class: class, Failed: len(r.Prompts), Detail: detail}
}

// classOf sorts a transport's error: out of time, or broken.
func classOf(err error) target.Class {
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.Canceled) || errors.As(err, &timeout) && timeout.Timeout() {
		return target.Timeout
	}
	return target.Transport
}
