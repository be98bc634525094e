package transport

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"weighbridge/target"
	"weighbridge/target/limits"
)

// limited answers with a limit of four requests an hour, of which so many remain.
func limited(t *testing.T, remaining string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-ratelimit-limit-requests", "4")
		w.Header().Set("x-ratelimit-remaining-requests", remaining)
		w.Header().Set("x-ratelimit-reset-requests", "1h")
	}))
	t.Cleanup(s.Close)
	return s
}

// What a limit holds back to the end has not been sent, holds no slot, and says what held it.
func TestLimitsHoldBack(t *testing.T) {
	c := newClient(t, limited(t, "0").URL, func(o *Options) { o.Client.InFlight, o.Limits = 1, limits.NewAccount(0.5) })
	if x := c.Do(t.Context(), Request{Prompts: []string{"p"}}); x.Outcome.Class != target.Success || !x.Paced || x.HeldBy != "" || x.HeldBack {
		t.Fatalf("%+v", x)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 30*time.Millisecond, context.DeadlineExceeded)
	defer cancel()
	x := c.Do(ctx, Request{Prompts: []string{"p"}})
	if !x.HeldBack || len(x.Attempts) > 0 || x.Outcome.Class != target.CutOff || x.LimitWait < 20*time.Millisecond || x.SlotWait != 0 || x.HeldBy != "x-ratelimit-requests" {
		t.Errorf("%+v", x)
	}
	if want := "held back by the rate limit x-ratelimit-requests (load.respect_limits)"; !strings.HasPrefix(x.Outcome.Detail, want) {
		t.Errorf("%q, want %q", x.Outcome.Detail, want)
	}
	if c.gate.InUse() != 0 {
		t.Errorf("%d slots are taken", c.gate.InUse())
	}
}

// Where slots are what is lacking, the wait is for them.
func TestSlotsAreWaitedForApartFromLimits(t *testing.T) {
	held, release := make(chan struct{}, 2), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		held <- struct{}{}
		<-release
	}))
	t.Cleanup(server.Close)
	account := limits.NewAccount(0.5)
	first, err := account.Wait(t.Context(), limits.Cost{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	first.Heard(time.Now(), http.StatusOK, http.Header{}, nil) // there are no limits
	c := newClient(t, server.URL, func(o *Options) { o.Client.InFlight, o.Limits = 1, account })
	var both sync.WaitGroup
	results := make([]*Exchange, 2)
	both.Go(func() { results[0] = c.Do(t.Context(), Request{Prompts: []string{"p"}}) })
	<-held
	both.Go(func() { results[1] = c.Do(t.Context(), Request{Prompts: []string{"p"}}) })
	time.Sleep(30 * time.Millisecond)
	close(release)
	both.Wait()
	if x := results[1]; x.Outcome.Class != target.Success || x.SlotWait == 0 || x.LimitWait > x.SlotWait || x.HeldBy != "" {
		t.Errorf("%+v", x)
	}
}
