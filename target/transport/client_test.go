package transport

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weighbridge/target"
)

// plainDialect posts one prompt per line; the response "half" fails its first prompt.
type plainDialect struct{ method string }

func (d plainDialect) Request(ctx context.Context, base *url.URL, prompts []string, _ int) (*http.Request, error) {
	if d.method == http.MethodGet {
		return http.NewRequestWithContext(ctx, d.method, base.String(), nil)
	}
	return http.NewRequestWithContext(ctx, http.MethodPost, base.String(), strings.NewReader(strings.Join(prompts, "\n")))
}

func (plainDialect) Judge(status int, _ http.Header, body []byte, prompts int) target.Outcome {
	if class := target.ClassOf(status); class != target.Success {
		return target.Outcome{Class: class, Failed: prompts}
	}
	if string(body) == "half" {
		return target.Outcome{Class: target.Server, Failed: 1, FailedAt: []int{0}}
	}
	return target.Outcome{}
}

// newClient returns a client of address with default options, modified by changes.
func newClient(t *testing.T, address string, changes ...func(*Options)) *Client {
	t.Helper()
	base, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Base: base, Dialect: plainDialect{}, Client: section("http/1.1"),
		Jitter: func() float64 { return 0 },
	}
	for _, change := range changes {
		change(&o)
	}
	o.Connections = connect(t, o.Client, nil)
	return NewClient(o)
}

// retrying allows a number of attempts, without back-off.
func retrying(attempts int) func(*Options) {
	return func(o *Options) {
		o.Client.Retry = target.Retry{Policy: "fixed", Attempts: attempts, Jitter: "none", HonorRetryAfter: true, MaxRetryAfter: time.Minute}
	}
}

var one = Request{Phase: "open", Prompts: []string{"hello"}}

// statuses responds with each status in turn and then repeats the last. It counts
// the requests in seen.
func statuses(seen *atomic.Int64, list ...int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		n := int(seen.Add(1))
		w.WriteHeader(list[min(n, len(list))-1])
	}
}

func TestRetriesUntilSuccessAndRecordsEveryAttempt(t *testing.T) {
	for _, c := range []struct {
		name     string
		statuses []int
		tries    int
		want     []int
		class    target.Class
	}{
		{"at the first attempt", []int{200}, 4, []int{200}, target.Success},
		{"at the third attempt", []int{500, 429, 200}, 4, []int{500, 429, 200}, target.Success},
		{"never", []int{503}, 3, []int{503, 503, 503}, target.Server},
		{"not retriable", []int{400}, 4, []int{400}, target.ClientErr},
		{"a 401 without a scheme", []int{401}, 4, []int{401}, target.AuthError},
		{"a redirect is not followed", []int{302}, 4, []int{302}, target.Success},
	} {
		t.Run(c.name, func(t *testing.T) {
			var seen atomic.Int64
			address, _ := listen(t, "plain", statuses(&seen, c.statuses...))
			x := newClient(t, address, retrying(c.tries)).Do(context.Background(), one)
			var got []int
			for i, a := range x.Attempts {
				got = append(got, a.Status)
				if a.ID != uint32(i+1) {
					t.Errorf("attempt %d has the id %d, want its number", i+1, a.ID)
				}
			}
			if !slices.Equal(got, c.want) || x.Outcome.Class != c.class || int(seen.Load()) != len(c.want) {
				t.Errorf("statuses %v, class %q, %d requests reached the server; want %v, %q", got, x.Outcome.Class, seen.Load(), c.want, c.class)
			}
			if x.End.IsZero() || x.Service <= 0 || x.FirstByte <= 0 || x.FirstByte > x.Service {
				t.Errorf("service %v, first byte %v, end %v", x.Service, x.FirstByte, x.End)
			}
		})
	}
}

func TestHalfFailedBatchIsNotRetried(t *testing.T) {
	var seen atomic.Int64
	address, _ := listen(t, "plain", func(w http.ResponseWriter, _ *http.Request) {
		seen.Add(1)
		_, _ = io.WriteString(w, "half")
	})
	x := newClient(t, address, retrying(5)).Do(context.Background(), Request{Prompts: []string{"a", "b"}})
	if seen.Load() != 1 || x.Outcome.Failed != 1 {
		t.Errorf("sent %d times, %d prompts failed; want 1, 1", seen.Load(), x.Outcome.Failed)
	}
}

func TestRetryAfterIsHonored(t *testing.T) {
	var first atomic.Int64
	var waited time.Duration
	address, _ := listen(t, "plain", func(w http.ResponseWriter, _ *http.Request) {
		if first.CompareAndSwap(0, time.Now().UnixNano()) {
			w.Header().Set("Retry-After-Ms", "150")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		waited = time.Duration(time.Now().UnixNano() - first.Load())
	})
	x := newClient(t, address, retrying(2)).Do(context.Background(), one)
	if x.Outcome.Class != target.Success || waited < 150*time.Millisecond {
		t.Errorf("class %q after waiting %v, want success after 150ms", x.Outcome.Class, waited)
	}
}

// The server's clock is an hour ahead, and it asks for no wait.
func TestDatedRetryAfterIsByTheServersClock(t *testing.T) {
	onBoth(t, "an hour ahead", func(t *testing.T, transport string) {
		var seen atomic.Int64
		address, _ := listen(t, "plain", func(w http.ResponseWriter, _ *http.Request) {
			if seen.Add(1) == 1 {
				there := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
				w.Header().Set("Date", there)
				w.Header().Set("Retry-After", there)
				w.WriteHeader(http.StatusTooManyRequests)
			}
		})
		x := newClient(t, address, retrying(2), func(o *Options) { o.Client.Transport = transport }).Do(context.Background(), one)
		if x.Outcome.Class != target.Success || seen.Load() != 2 {
			t.Errorf("%v after %d attempts, want success after 2", x.Outcome, seen.Load())
		}
	})
}

func TestSendAttemptID(t *testing.T) {
	for _, send := range []bool{true, false} {
		var mu sync.Mutex
		var ids []string
		address, _ := listen(t, "plain", func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			ids = append(ids, r.Header.Get(AttemptHeader)+r.Header.Get(PhaseHeader))
			w.WriteHeader(http.StatusInternalServerError)
		})
		newClient(t, address, retrying(2), func(o *Options) { o.SendAttemptID = send }).Do(context.Background(), one)
		want := []string{"1open", "2open"}
		if !send {
			want = []string{"", ""}
		}
		if !slices.Equal(ids, want) {
			t.Errorf("SendAttemptID %v: the server received %q, want %q", send, ids, want)
		}
	}
}

// scheme is an Authorizer that issues a new number after each rejection.
type scheme struct {
	token atomic.Int64
	retry bool
	err   error
}

func (s *scheme) Authorize(_ context.Context, h http.Header) error {
	h.Set("Authorization", strconv.FormatInt(s.token.Load(), 10))
	return s.err
}

func (s *scheme) Rejected(http.Header) bool {
	s.token.Add(1)
	return s.retry
}

func TestRejectedTokenIsRetriedOnce(t *testing.T) {
	for _, c := range []struct {
		name     string
		retry    bool
		valid    string
		attempts int
		class    target.Class
	}{
		{"a new token helps", true, "1", 2, target.Success},
		{"a new token does not help", true, "never", 2, target.AuthError},
		{"no retry asked for", false, "1", 1, target.AuthError},
	} {
		t.Run(c.name, func(t *testing.T) {
			address, _ := listen(t, "plain", func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != c.valid {
					w.WriteHeader(http.StatusUnauthorized)
				}
			})
			s := &scheme{retry: c.retry}
			x := newClient(t, address, func(o *Options) { o.Auth = s }).Do(context.Background(), one)
			if len(x.Attempts) != c.attempts || x.Outcome.Class != c.class {
				t.Errorf("%d attempts, class %q; want %d, %q", len(x.Attempts), x.Outcome.Class, c.attempts, c.class)
			}
		})
	}
}

func TestNothingIsSentWithoutACredential(t *testing.T) {
	var seen atomic.Int64
	address, _ := listen(t, "plain", statuses(&seen, 200))
	s := &scheme{err: fmt.Errorf("the token endpoint is down")}
	x := newClient(t, address, func(o *Options) { o.Auth = s }).Do(context.Background(), one)
	if seen.Load() != 0 || len(x.Attempts) != 0 || x.Outcome.Class != target.AuthError || x.Outcome.Failed != 1 {
		t.Errorf("%d requests sent, outcome %+v; want none, auth", seen.Load(), x.Outcome)
	}
}

func TestSlotsLimitConcurrentRequests(t *testing.T) {
	var now atomic.Int64
	var over atomic.Bool
	address, _ := listen(t, "plain", func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if now.Add(1) > 3 {
			over.Store(true)
		}
		now.Add(-1)
	})
	c := newClient(t, address, func(o *Options) { o.Client.InFlight = 3 })
	concurrently(t, 60, func() error {
		if x := c.Do(context.Background(), one); x.Outcome.Class != target.Success {
			return fmt.Errorf("%+v", x.Outcome)
		}
		return nil
	})
	if over.Load() {
		t.Error("more than 3 requests were in flight")
	}
}

// The only slot is held for longer than the timeout of the request that waits for it.
func TestTimeoutStartsWhenTheSlotIsAcquired(t *testing.T) {
	const hold = 1500 * time.Millisecond
	address, _ := listen(t, "plain", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	c := newClient(t, address, func(o *Options) { o.Client.InFlight, o.Client.Timeout = 1, 30*time.Second })
	if err := c.gate.Acquire(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.Client.Timeout = hold * 9 / 10
	time.AfterFunc(hold, c.gate.Free)
	x := c.Do(context.Background(), one)
	if x.Outcome.Class != target.Success || x.SlotWait < hold*9/10 {
		t.Errorf("class %q (%s) after waiting %v for the slot", x.Outcome.Class, x.Outcome.Detail, x.SlotWait)
	}
}

func TestFailuresAreClassified(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		class   target.Class
	}{
		{"no response in time", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		}, target.Timeout},
		{"a body that stalls half-way", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		}, target.Timeout},
		{"a connection closed before the response", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, target.Transport},
		{"a connection closed half-way through the body", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		}, target.Transport},
	} {
		onBoth(t, c.name, func(t *testing.T, transport string) {
			address, _ := listen(t, "plain", c.handler)
			client := newClient(t, address, func(o *Options) {
				o.Client.Transport, o.Client.Timeout = transport, time.Minute
				if c.class == target.Timeout {
					o.Client.Timeout = 200 * time.Millisecond
				}
			})
			x := client.Do(context.Background(), one)
			if x.Outcome.Class != c.class || x.Outcome.Failed != 1 || len(x.Attempts) != 1 || x.Attempts[0].Status != 0 {
				t.Errorf("class %q, %+v; want %q and one attempt without a status", x.Outcome.Class, x.Attempts, c.class)
			}
		})
	}
}

func TestWrongProtocolIsAContractFailure(t *testing.T) {
	address, _ := listen(t, "plain", func(http.ResponseWriter, *http.Request) {})
	c := newClient(t, address)
	c.Connections.protocol = "HTTP/2.0" // pretend that HTTP/2 was configured
	x := c.Do(context.Background(), one)
	if x.Outcome.Class != target.Contract || x.WrongProtocol != 1 || x.Protocol != "HTTP/1.1" {
		t.Errorf("class %q, %d responses in the wrong protocol, the last in %s", x.Outcome.Class, x.WrongProtocol, x.Protocol)
	}
}

func TestServerTimingHeaderOrTrailer(t *testing.T) {
	for _, trailer := range []bool{false, true} {
		address, _ := listen(t, "plain", func(w http.ResponseWriter, _ *http.Request) {
			name := "Server-Timing"
			if trailer {
				w.Header().Set("Trailer", name)
				_, _ = io.WriteString(w, strings.Repeat("x", 5000))
			}
			w.Header().Set(name, "total;dur=3")
		})
		x := newClient(t, address).Do(context.Background(), one)
		if got := x.Attempts[0].Timings; len(got) != 1 || got[0] != (Timing{"total", 3 * time.Millisecond}) {
			t.Errorf("trailer %v: %v", trailer, got)
		}
	}
}

func TestReplaysOfBrokenConnectionsAreCounted(t *testing.T) {
	onBoth(t, "GET", replaysAreCounted)
}

func replaysAreCounted(t *testing.T, transport string) {
	var seen atomic.Int64
	address, _ := listen(t, "plain", func(http.ResponseWriter, *http.Request) {
		if seen.Add(1) == 2 {
			panic(http.ErrAbortHandler) // a GET is sent again if its kept connection breaks
		}
	})
	c := newClient(t, address, func(o *Options) {
		o.Dialect, o.Client.Transport = plainDialect{http.MethodGet}, transport
	})
	c.Do(context.Background(), one)
	x := c.Do(context.Background(), one)
	if x.Outcome.Class != target.Success || len(x.Attempts) != 1 || x.Attempts[0].Replays != 1 || seen.Load() != 3 {
		t.Errorf("class %q, %+v, %d requests reached the server; want one attempt, replayed once", x.Outcome.Class, x.Attempts, seen.Load())
	}
}
