package transport

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"weighbridge/target"
)

// blocked is an Authorizer that never gets a token.
type blocked struct{}

func (blocked) Authorize(ctx context.Context, _ http.Header) error {
	<-ctx.Done()
	return ctx.Err()
}

func (blocked) Rejected(http.Header) bool { return false }

// A request is cut off if the caller ends it, wherever it is, but an attempt whose own time
// is over before that has timed out.
func TestClassOfRequestsThatEndUnanswered(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	refuse := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	const soon, late = 200 * time.Millisecond, time.Minute
	patient := func(o *Options) { o.Client.Timeout = late }
	for _, c := range []struct {
		name     string
		handler  http.HandlerFunc
		change   func(*Options)
		ends     time.Duration // of the caller's context
		class    target.Class
		attempts int
	}{
		{"in flight", hang, patient, soon, target.CutOff, 1},
		{"half-way through the body", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			hang(w, r)
		}, patient, soon, target.CutOff, 1},
		{"waiting for a token", hang, func(o *Options) { o.Auth = blocked{} }, soon, target.CutOff, 0},
		{"waiting for a token until the timeout", hang, func(o *Options) { o.Auth, o.Client.Timeout = blocked{}, soon }, late, target.AuthError, 0},
		{"in back-off", refuse, func(o *Options) {
			o.Client.Retry = target.Retry{Policy: "fixed", Multiplier: late, Max: late, Attempts: 2, Jitter: "none"}
		}, soon, target.CutOff, 1},
		{"no attempt is left", refuse, patient, late, target.Server, 1},
		{"its own timeout", hang, func(o *Options) { o.Client.Timeout = soon }, late, target.Timeout, 1},
		{"before it was sent", hang, patient, 0, target.CutOff, 0},
	} {
		onBoth(t, c.name, func(t *testing.T, transport string) {
			address, _ := listen(t, "plain", c.handler)
			ctx, cancel := context.WithTimeout(context.Background(), c.ends)
			defer cancel()
			x := newClient(t, address, c.change, func(o *Options) { o.Client.Transport = transport }).Do(ctx, one)
			if x.Outcome.Class != c.class || x.Outcome.Failed != 1 || len(x.Attempts) != c.attempts {
				t.Errorf("class %q (%s) after %d attempts, want %q after %d", x.Outcome.Class, x.Outcome.Detail, len(x.Attempts), c.class, c.attempts)
			}
		})
	}
}

func TestRequestsWaitingForASlotAreCutOff(t *testing.T) {
	address, _ := listen(t, "plain", func(http.ResponseWriter, *http.Request) {})
	c := newClient(t, address, func(o *Options) { o.Client.InFlight = 1 })
	if err := c.gate.Acquire(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if x := c.Do(ctx, one); x.Outcome.Class != target.CutOff || x.Outcome.Failed != 1 || len(x.Attempts) != 0 {
		t.Errorf("%+v, want it cut off", x.Outcome)
	}
}
