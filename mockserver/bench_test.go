package mockserver_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"weighbridge/mockserver"
	"weighbridge/mockserver/fault"
)

// BenchmarkMock compares the mock, without faults and latency, with a bare handler that
// answers the same bytes, over HTTP/1.1 and HTTP/2 without TLS. The two take turns, so that
// noise of the machine affects both; mock/bare is the median over the turns of the ratio of
// their requests/s. An operation is a request to each.
//
//	go test ./mockserver -run '^$' -bench Mock -count 6
func BenchmarkMock(b *testing.B) {
	for _, protocol := range []string{"http1", "h2c"} {
		b.Run("protocol="+protocol, func(b *testing.B) {
			p := newPair(b, protocol == "h2c")
			b.ReportAllocs()
			b.ResetTimer()
			var turns []turn
			for remaining := b.N; remaining > 0; remaining -= perTurn {
				turns = append(turns, p.takeTurn(b, min(remaining, perTurn), len(turns)%2 == 0))
			}
			mock, bare, ratio := summarize(turns)
			b.ReportMetric(mock, "mock-requests/s")
			b.ReportMetric(bare, "bare-requests/s")
			b.ReportMetric(ratio, "mock/bare")
		})
	}
}

// perTurn is the number of requests to each of the two in a turn. It is small enough that
// a turn is shorter than typical fluctuations of the machine's speed.
const perTurn = 2000

// pair is the mock and the bare handler, each with its own server and client.
type pair struct{ mock, bare *handlerServer }

func newPair(tb testing.TB, h2c bool) pair {
	config := mockserver.DefaultConfig()
	config.Seed, config.Slots, config.Latency = 1, 1000, mockserver.Latency{}
	config.Tokens.Output.Constant = 64
	mock, err := mockserver.New(config, mockserver.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	sample := serve(mock, single(0))
	return pair{newHandlerServer(tb, mock, h2c), newHandlerServer(tb, newBareHandler(sample), h2c)}
}

// turn is how long each of the two took for n requests.
type turn struct {
	n          int
	mock, bare time.Duration
}

func (p pair) takeTurn(tb testing.TB, n int, mockFirst bool) turn {
	t := turn{n: n}
	if mockFirst {
		t.mock = p.mock.timeRequests(tb, n)
	}
	t.bare = p.bare.timeRequests(tb, n)
	if !mockFirst {
		t.mock = p.mock.timeRequests(tb, n)
	}
	return t
}

// summarize returns the requests/s of each, and the median of their ratios.
func summarize(turns []turn) (mock, bare, ratio float64) {
	var n int
	var mocks, bares time.Duration
	ratios := make([]float64, len(turns))
	for i, t := range turns {
		n, mocks, bares = n+t.n, mocks+t.mock, bares+t.bare
		ratios[i] = t.bare.Seconds() / t.mock.Seconds()
	}
	slices.Sort(ratios)
	return float64(n) / mocks.Seconds(), float64(n) / bares.Seconds(), ratios[len(ratios)/2]
}

// newBareHandler returns a handler that reads the body and sends the given response of the mock.
func newBareHandler(sample *httptest.ResponseRecorder) http.Handler {
	body := sample.Body.Bytes()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for name, values := range sample.Header() {
			w.Header()[name] = values
		}
		w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
		w.WriteHeader(sample.Code)
		_, _ = w.Write(body)
	})
}

// handlerServer serves a handler like the mock in a run, and has a client for it.
type handlerServer struct {
	url       string
	transport *http.Transport
}

func newHandlerServer(tb testing.TB, handler http.Handler, h2c bool) *handlerServer {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Handler: handler, Protocols: protocols, ConnContext: fault.ConnContext}
	go func() { _ = server.Serve(fault.NewListener(listener, nil)) }()
	tb.Cleanup(func() { server.Close() })
	transport := &http.Transport{Protocols: new(http.Protocols), MaxIdleConnsPerHost: 64}
	transport.Protocols.SetHTTP1(!h2c)
	transport.Protocols.SetUnencryptedHTTP2(h2c)
	tb.Cleanup(transport.CloseIdleConnections)
	return &handlerServer{"http://" + listener.Addr().String() + "/v1/completions", transport}
}

// timeRequests sends n requests, 16 at a time, and returns how long they took.
func (r *handlerServer) timeRequests(tb testing.TB, n int) time.Duration {
	const concurrency = 16
	begun := time.Now()
	var wg sync.WaitGroup
	for i := range concurrency {
		wg.Go(func() {
			for range (n + i) / concurrency {
				if err := r.send(); err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(begun)
}

func (r *handlerServer) send() error {
	request, err := http.NewRequest(http.MethodPost, r.url, strings.NewReader(`{"prompt":"weigh this"}`))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Api-Key", "key")
	answer, err := r.transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}
