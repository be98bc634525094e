package transport

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"weighbridge/target"
	"weighbridge/target/budget"
	"weighbridge/target/retry"
)

// attemptResult is what one attempt received.
type attemptResult struct {
	resp *http.Response // nil if there is none
	body timedBody
	// buffer is the memory of the body; nil if it was not begun.
	buffer *bodyBuffer
	// replays is how often the request was sent again before it was processed.
	replays int
	err     error
}

// send sends r with the attempt's own headers, reads the whole response and lets the dialect judge it. It
// reports whether the response is still open after the end of its stream; the attempt's context is then
// canceled when the response has ended.
func (c *Client) send(state *attemptState, r *Request, own http.Header, x *Exchange, reserved *budget.Reservation) (ending bool) {
	trace, id := &state.attemptTrace, c.lastID.Add(1)
	if c.SendAttemptID {
		c.identify(own, id, r, x)
	}
	trace.start(&c.flight)
	defer trace.leave()
	defer func() { r.settle(reserved, trace.connects.Load() > 0, x) }()
	trace.reserved, trace.exchange, trace.bundled = reserved, x, c.SendAttemptID
	var got attemptResult
	defer func() { c.release(got.buffer, got.body.bytes) }()
	c.roundTrip(state, r, own, &got)
	return c.received(state, id, r, own, x, &got)
}

// identify sets the headers by which the bundled mock knows an attempt.
func (c *Client) identify(own http.Header, id uint32, r *Request, x *Exchange) {
	own.Set(AttemptHeader, strconv.FormatUint(uint64(id), 10))
	own.Set(PhaseHeader, r.Phase)
	if x.Session > 0 {
		own.Set(SessionHeader, sessionText(x.Session))
	}
}

// received notes what an attempt received, and how it ended. It reports what send does.
func (c *Client) received(state *attemptState, id uint32, r *Request, own http.Header, x *Exchange, got *attemptResult) (ending bool) {
	ctx, trace, resp, body := &state.attemptContext, &state.attemptTrace, got.resp, &got.body
	x.End = time.Now()
	if !body.ended.IsZero() {
		x.End = body.ended
	}
	x.ReadLag, x.ReadLagKnown = trace.readLag(x.End)
	if !body.ended.IsZero() {
		ending = !finish(resp, ctx.cancel)
	}
	x.Sent, x.BodySent, x.BodyReceived = trace.sent, max(r.built.ContentLength, 0), body.received
	x.Service = x.End.Sub(trace.sent)
	trace.split(x.Service, &x.Parts)
	x.FirstByte = x.Service - x.Body
	x.Attempts = append(x.Attempts, Attempt{ID: id, Ended: x.End, Service: x.Service, Replays: got.replays, Heard: trace.heard, Limits: trace.limits})
	attempt := &x.Attempts[len(x.Attempts)-1]
	if got.err != nil {
		c.note(attempt, x, "")
		attempt.Unconnected = trace.connects.Load() == 0
		class, detail := failureOf(ctx, got.err, trace)
		x.Err = got.err
		fail(x, r, class, detail)
		c.heardError(r, x, resp, body)
	} else {
		x.Status, attempt.Status = resp.StatusCode, resp.StatusCode
		if attempt.Cache = trace.caches; !trace.stored() {
			attempt.Timings = parseServerTiming(serverTiming(resp, ending))
		}
		attempt.Refused = refusing(resp.StatusCode, attempt.Limits, body.bytes)
		c.note(attempt, x, resp.Header.Get(SessionHeader))
		c.judge(r, own, x, resp, body)
		x.heardOfCaches(attempt.Cache)
	}
	if x.Outcome.Class != target.Success || r.Call != nil {
		x.advice = adviceOf(resp, trace.heard, x.End)
	}
	if x.Status == http.StatusTooManyRequests {
		state.permit.Refused(x.End, x.advice.After, attempt.Refused)
	}
	return ending
}

// adviceOf returns what a response says at now about retrying; its header came at heard. resp may be nil.
func adviceOf(resp *http.Response, heard, now time.Time) retry.Advice {
	return retry.AdviceOf(resp, heard, now, resp != nil && isEventStream(resp.Header))
}

// judge lets the dialect judge a whole response.
func (c *Client) judge(r *Request, own http.Header, x *Exchange, resp *http.Response, body *timedBody) {
	if c.Answered != nil {
		c.Answered(resp.Header, body.bytes)
	}
	x.Outcome = c.outcomeOf(r, resp.StatusCode, resp.Header, body.bytes)
	x.Content = body.arrivalTimes(x.Outcome.Content, x.Sent)
	if d, ok := c.Dialect.(target.Conversing); ok && r.KeepAnswer && x.Outcome.Class == target.Success {
		x.Answer = d.Answer(body.bytes)
	}
	if x.Protocol = resp.Proto; !c.Connections.Speaks(x.Protocol) {
		x.WrongProtocol++
		fail(x, r, target.Contract, fmt.Sprintf("the response used %s, expected %s", x.Protocol, c.Connections.Protocol()))
	}
	retried := x.retryNow
	if resp.StatusCode == http.StatusUnauthorized && c.Auth != nil {
		x.retryNow = c.Auth.Rejected(own)
	}
	if c.Fatal != nil && x.Outcome.Fatal != "" && (retried || !x.retryNow) {
		c.Fatal(x)
	}
}

// heardError changes the outcome of an attempt whose response did not arrive whole, if its
// stream had reported an error before.
func (c *Client) heardError(r *Request, x *Exchange, resp *http.Response, body *timedBody) {
	if c.streaming() == nil || len(body.bytes) == 0 {
		return
	}
	out := c.Dialect.Judge(resp.StatusCode, resp.Header, body.bytes, len(r.Prompts))
	if out.Class != target.Success && out.Class != target.Contract {
		x.Outcome = out
	}
}

// streaming is the dialect, if it requests event streams; else nil.
func (c *Client) streaming() target.Streaming {
	if s, ok := c.Dialect.(target.Streaming); ok && s.Streams() {
		return s
	}
	return nil
}

// readsBody reports whether the dialect reads the bodies of answers.
func (c *Client) readsBody() bool {
	d, ok := c.Dialect.(interface{ ReadsBody() bool })
	return !ok || d.ReadsBody()
}

// roundTrip sends r and reads the response up to its end, or up to the end of its stream:
// then it leaves the response open.
func (c *Client) roundTrip(state *attemptState, r *Request, own http.Header, got *attemptResult) {
	trace := &state.attemptTrace
	resp, replays, err := c.sendOnce(&state.attemptContext, r, own, trace)
	got.replays, got.err = replays, err
	if err != nil {
		return
	}
	if resp.StatusCode < http.StatusContinue {
		_ = resp.Body.Close() // the response is of no use
		got.err = contractError(fmt.Sprintf("status %03d is not an HTTP status", resp.StatusCode))
		return
	}
	got.resp, got.buffer = resp, c.buffer()
	got.buffer.unread = !c.readsBody()
	trace.gotHeader(resp.Header)
	state.permit.Heard(trace.heard, resp.StatusCode, resp.Header, trace.limits)
	got.err = got.buffer.read(resp, c.streaming(), cmp.Or(c.Client.MaxResponse, target.DefaultMaxResponse), &got.body)
	if got.body.ended.IsZero() {
		_ = resp.Body.Close() // it was read to its end, or has failed
	}
}

// sendOnce sends r and returns the response, its body unread.
func (c *Client) sendOnce(ctx context.Context, r *Request, own http.Header, trace *attemptTrace) (*http.Response, int, error) {
	if r.message != nil {
		m, more, err := c.leanMessage(ctx, r, own)
		if err != nil {
			return nil, 0, err
		}
		resp, err := c.Connections.lean.Send(ctx, m, more, trace)
		return resp, trace.replays(r.built), err
	}
	if r.stream != nil {
		m, err := c.streamMessage(ctx, r, own)
		if err != nil {
			return nil, 0, err
		}
		return c.Connections.sendStreams(ctx, r.built, m, trace)
	}
	if pools := c.Connections.http2; pools != nil {
		req, err := c.requestOf(trace.hooks(ctx), r, own)
		if err != nil {
			return nil, 0, err
		}
		return pools.of(req).roundTrip(req, trace.MayRepeat)
	}
	for sent := 1; ; sent++ {
		req, err := c.requestOf(ctx, r, own)
		if err != nil {
			return nil, 0, err
		}
		resp, _, err := c.Connections.roundTrip(req, trace)
		if err == nil || sent > maxReplays || !trace.repeatable(req, err) || ctx.Err() != nil || !trace.MayRepeat() {
			return resp, trace.replays(r.built), err
		}
	}
}

// serverTiming returns the Server-Timing header, or else the trailer, which event
// streams use; none while the response is still ending.
func serverTiming(resp *http.Response, ending bool) string {
	if h := resp.Header.Get("Server-Timing"); h != "" || ending {
		return h
	}
	return resp.Trailer.Get("Server-Timing")
}

// fail sets the outcome: all prompts failed. If it were inlined, its callers' stack frames would have to hold
// an outcome.
//
//go:noinline
func fail(x *Exchange, r *Request, class target.Class, detail string) {
	x.Outcome = target.Outcome{Class: class, Failed: len(r.Prompts), Detail: detail}
}
