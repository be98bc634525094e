package mockserver_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"weighbridge/mockserver"
	"weighbridge/mockserver/fault"
)

// BenchmarkMock sets the mock, with no faults and no latency, beside a bare
// handler that answers the same bytes, over HTTP/1.1 and HTTP/2 without TLS: the
// mock is to serve at least 0.8× as many requests/s.
//
//	go test ./mockserver -run '^$' -bench Mock -count 6
func BenchmarkMock(b *testing.B) {
	config := mockserver.DefaultConfig()
	config.Seed, config.Slots, config.Latency = 1, 1000, mockserver.Latency{}
	config.Tokens.Output.Constant = 64
	mock, err := mockserver.New(config, mockserver.Options{})
	if err != nil {
		b.Fatal(err)
	}
	sample := serve(mock, single(0))
	for _, protocol := range []string{"http1", "h2c"} {
		for name, handler := range map[string]http.Handler{"mock": mock, "bare": bare(sample)} {
			b.Run("protocol="+protocol+"/server="+name, func(b *testing.B) { drive(b, handler, protocol == "h2c") })
		}
	}
}

// bare reads a body and answers what the mock did, header for header.
func bare(sample *httptest.ResponseRecorder) http.Handler {
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

func drive(b *testing.B, handler http.Handler, h2c bool) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Handler: handler, Protocols: protocols, ConnContext: fault.ConnContext}
	go func() { _ = server.Serve(fault.NewListener(listener, nil)) }()
	defer server.Close()
	transport := &http.Transport{Protocols: new(http.Protocols), MaxIdleConnsPerHost: 64}
	transport.Protocols.SetHTTP1(!h2c)
	transport.Protocols.SetUnencryptedHTTP2(h2c)
	defer transport.CloseIdleConnections()
	b.ReportAllocs()
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, _ := http.NewRequest(http.MethodPost, "http://"+listener.Addr().String()+"/v1/completions", strings.NewReader(`{"prompt":"weigh this"}`))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("X-Api-Key", "key")
			answer, err := transport.RoundTrip(r)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				b.Errorf("got %s", answer.Status)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
