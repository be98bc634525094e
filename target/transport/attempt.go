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
	"weighbridge/target/limits"
	"weighbridge/target/retry"
)

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
	if !c.authorize(state, r, x) {
		return
	}
	reserved, err := c.reserve(r, x)
	if err != nil {
		overBudget(x, r, err)
		return
	}
	ending = c.send(state, c.inRegion(r, x), x, reserved)
	x.advice.Took = x.End.Sub(began)
}

// authorize makes the attempt's own headers, with its credential. If no credential can be obtained, r fails,
// and it returns false.
func (c *Client) authorize(state *attemptState, r *Request, x *Exchange) bool {
	if c.Auth != nil || c.SendAttemptID {
		state.own = http.Header{}
	}
	if c.Auth == nil {
		return true
	}
	asked := time.Now()
	err := c.Auth.Authorize(&state.attemptContext, state.own)
	x.End = time.Now()
	x.Auth += x.End.Sub(asked)
	if limit, own := OwnLimit(err); own {
		fail(x, r, target.Generator, limit+", for a token")
		return false
	}
	if err != nil {
		x.Err = err
		class, detail := target.AuthError, causeOf(err)
		if cutOff(&state.attemptContext, err) {
			class, detail = target.CutOff, "waiting for a token: "+context.Cause(&state.attemptContext).Error()
		}
		fail(x, r, class, detail)
		return false
	}
	return true
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
func (c *Client) send(state *attemptState, r *Request, x *Exchange, reserved *budget.Reservation) (ending bool) {
	trace := &state.attemptTrace
	trace.id = c.lastID.Add(1)
	if c.SendAttemptID {
		c.identify(state, r, x)
	}
	trace.start(&c.flight)
	defer trace.leave()
	defer func() { r.settle(reserved, trace.connects.Load() > 0, x) }()
	trace.reserved, trace.exchange, trace.bundled = reserved, x, c.SendAttemptID
	var got attemptResult
	defer func() { c.release(got.buffer, got.body.bytes) }()
	c.roundTrip(state, r, &got)
	return c.received(state, r, x, &got)
}

// identify sets the headers by which the bundled mock knows an attempt.
func (c *Client) identify(state *attemptState, r *Request, x *Exchange) {
	state.own.Set(AttemptHeader, strconv.FormatUint(uint64(state.id), 10))
	state.own.Set(PhaseHeader, r.Phase)
	if x.Session > 0 {
		state.own.Set(SessionHeader, sessionText(x.Session))
	}
}

// received notes what an attempt received, and how it ended. It reports what send does.
func (c *Client) received(state *attemptState, r *Request, x *Exchange, got *attemptResult) (ending bool) {
	ending = state.measure(r, x, got)
	x.Attempts = append(x.Attempts, Attempt{
		ID: state.id, Ended: x.End, Service: x.Service, Replays: got.replays, Heard: state.heard, Limits: state.limits,
	})
	attempt := &x.Attempts[len(x.Attempts)-1]
	if got.err != nil {
		c.failed(state, r, x, attempt, got)
	} else {
		c.answered(state, r, x, attempt, got, ending)
	}
	if x.Outcome.Class != target.Success || r.Call != nil {
		x.advice = adviceOf(got.resp, state.heard, x.End)
	}
	if x.Status == http.StatusTooManyRequests {
		state.permit.Refused(x.End, x.advice.After, attempt.Refused)
	}
	return ending
}

// measure notes the times and sizes of an attempt. It reports whether the response is still open after the
// end of its stream.
func (state *attemptState) measure(r *Request, x *Exchange, got *attemptResult) (ending bool) {
	x.End = time.Now()
	if ended := got.body.ended; !ended.IsZero() {
		x.End = ended
	}
	x.ReadLag, x.ReadLagKnown = state.readLag(x.End)
	if !got.body.ended.IsZero() {
		ending = !finish(got.resp, state.cancel)
	}
	x.Sent, x.BodySent, x.BodyReceived = state.sent, max(r.built.ContentLength, 0), got.body.received
	x.Service = x.End.Sub(state.sent)
	state.split(x.Service, &x.Parts)
	x.FirstByte = x.Service - x.Body
	return ending
}

// failed notes the end of an attempt that got no complete response.
func (c *Client) failed(state *attemptState, r *Request, x *Exchange, attempt *Attempt, got *attemptResult) {
	c.note(attempt, x, "")
	attempt.Unconnected = state.connects.Load() == 0
	class, detail := failureOf(&state.attemptContext, got.err, &state.attemptTrace)
	x.Err = got.err
	fail(x, r, class, detail)
	c.heardError(r, x, got)
}

// answered notes what the complete response to an attempt says, and judges it.
func (c *Client) answered(state *attemptState, r *Request, x *Exchange, attempt *Attempt, got *attemptResult, ending bool) {
	x.Status, attempt.Status = got.resp.StatusCode, got.resp.StatusCode
	if attempt.Cache = state.caches; !state.stored() {
		attempt.Timings = parseServerTiming(serverTiming(got.resp, ending))
	}
	attempt.Refused = refusing(got.resp.StatusCode, attempt.Limits, got.body.bytes)
	c.note(attempt, x, got.resp.Header.Get(SessionHeader))
	c.judge(state.own, r, x, got)
	x.heardOfCaches(attempt.Cache)
}

// adviceOf returns what a response says at now about retrying; its header came at heard. resp may be nil.
func adviceOf(resp *http.Response, heard, now time.Time) retry.Advice {
	return retry.AdviceOf(resp, heard, now, resp != nil && isEventStream(resp.Header))
}

// judge lets the dialect judge a whole response.
func (c *Client) judge(own http.Header, r *Request, x *Exchange, got *attemptResult) {
	resp, body := got.resp, &got.body
	if c.Answered != nil {
		c.Answered(resp.Header, body.bytes)
	}
	x.Outcome = c.outcomeOf(r, resp.StatusCode, resp.Header, body.bytes)
	x.Content = body.arrivalTimes(x.Outcome.Content, x.Sent)
	if n := target.Padding(x.Outcome.Content, x.Content); n > 0 {
		x.Content, x.Outcome.Content = x.Content[n:], x.Outcome.Content[n:]
		x.Outcome.Remarks = append(x.Outcome.Remarks, target.Padded)
	}
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

// refusing returns the name of the rate limit that refused a request, if the answer names it.
func refusing(status int, all []limits.Limit, body []byte) string {
	const mostMessage = 2000 // bytes that are searched
	if status != http.StatusTooManyRequests {
		return ""
	}
	return limits.Refusing(all, string(body[:min(len(body), mostMessage)]))
}

// heardError changes the outcome of an attempt whose response did not arrive whole, if its
// stream had reported an error before.
func (c *Client) heardError(r *Request, x *Exchange, got *attemptResult) {
	if c.streaming() == nil || len(got.body.bytes) == 0 {
		return
	}
	out := c.Dialect.Judge(got.resp.StatusCode, got.resp.Header, got.body.bytes, len(r.Prompts))
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
func (c *Client) roundTrip(state *attemptState, r *Request, got *attemptResult) {
	trace := &state.attemptTrace
	resp, replays, err := c.sendOnce(state, r)
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
func (c *Client) sendOnce(state *attemptState, r *Request) (*http.Response, int, error) {
	ctx, own, trace := &state.attemptContext, state.own, &state.attemptTrace
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
