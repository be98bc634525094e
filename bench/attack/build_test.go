package attack

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"weighbridge/bench/schedule"
	"weighbridge/target"
)

// The time a worker takes to build its request is send lag, and no part of what comes after.
func TestBuildingLateIsSendLag(t *testing.T) {
	const slow = 20 * time.Millisecond
	a := newArm(t, scenario(t, serve(t, faulty)), 1)
	a.client.Dialect = slowDialect{a.client.Dialect, slow}
	r := a.newRequest(PhaseOpen)
	r.Prompts = a.work.Sample(PhaseOpen, 1)
	before := time.Now()
	x := a.sender(a.client.Under(context.Background()))(r)
	if lag := r.pickedUp.Sub(before); lag < slow || x.Sent.Before(r.pickedUp) {
		t.Errorf("picked up after %v, sent at %v; want at least the %v that its worker built it", lag, x.Sent.Sub(before), slow)
	}
}

func TestARequestIsBuiltOnce(t *testing.T) {
	a := newArm(t, scenario(t, serve(t, func(http.ResponseWriter, *http.Request) {})), 1)
	r := a.newRequest(PhaseOpen)
	r.Prompts = a.work.Sample(PhaseOpen, 1)
	a.build(r)
	if !r.wire.Built() || len(r.wire.Prompts) != 1 || r.wire.Phase != PhaseOpen {
		t.Errorf("%+v is not built", r.wire)
	}
	a.client.Dialect = slowDialect{a.client.Dialect, time.Hour} // which would build it
	if x := a.sender(a.client.Under(context.Background()))(r); x.Outcome.Class != target.Success {
		t.Errorf("%+v", x.Outcome)
	}
}

// What keeps prompts out of a cache stands first on the wire: before the system prompt if there
// is one.
func TestCacheBustStandsFirst(t *testing.T) {
	s := scenario(t, serve(t, faulty))
	a := newArm(t, s, 1)
	r := a.newRequest(PhaseOpen)
	r.Prompts = []schedule.Prompt{{Text: "hi", Bust: "tag ", MaxTokens: 7}}
	a.build(r)
	if r.wire.Conversation != nil || r.wire.Prompts[0] != "tag hi" || r.wire.MaxTokens != 7 {
		t.Errorf("without a system prompt: %+v", r.wire)
	}
	a.Target.System = "be brief"
	r = a.newRequest(PhaseOpen)
	r.Prompts = []schedule.Prompt{{Text: "hi", Bust: "tag "}}
	a.build(r)
	if c := r.wire.Conversation; c == nil || c.System != "tag " || len(c.Turns) != 1 || c.Turns[0].Text != "hi" {
		t.Errorf("with one: %+v", r.wire.Conversation)
	}
}

// slowDialect takes long to build a request.
type slowDialect struct {
	target.Dialect
	takes time.Duration
}

func (d slowDialect) Request(ctx context.Context, base *url.URL, prompts []string, maxTokens int) (*http.Request, error) {
	time.Sleep(d.takes)
	return d.Dialect.Request(ctx, base, prompts, maxTokens)
}

// Requests are due every 200 ms, and built for half of that: no answer waits for it.
func TestBuildingIsNoPartOfTheLatency(t *testing.T) {
	const takes = 100 * time.Millisecond
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	a := newArm(t, scenario(t, url, "load.open={rate: 5, arrivals: constant, duration: 1s}", "load.closed={in_flight: 1, duration: 300ms}"), 1)
	a.client.Dialect = slowDialect{a.client.Dialect, takes}
	slices, _, err := a.Open(context.Background(), time.Now().Add(2*takes), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := slices[0]
	if p50 := s.Response.Quantile(0.5); s.Answered != 5 || p50 >= takes || s.SendLag.Quantile(0.5) >= takes {
		t.Errorf("%d answers, response p50 %v, send lag p50 %v; want 5 well below %v", s.Answered, p50, s.SendLag.Quantile(0.5), takes)
	}
	closed, _, err := a.Closed(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if p50 := closed.Response.Quantile(0.5); closed.Answered == 0 || p50 >= takes {
		t.Errorf("closed: %d answers, p50 %v; want it well below %v", closed.Answered, p50, takes)
	}
}
