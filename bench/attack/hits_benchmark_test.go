//go:build unix

package attack

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

const serveVariable = "WEIGHBRIDGE_BENCHMARK_SERVER"

// TestServeForBenchmarks is the server of BenchmarkHits, in a process of its own. It prints its
// addresses, without TLS and with it.
func TestServeForBenchmarks(t *testing.T) {
	if os.Getenv(serveVariable) == "" {
		return
	}
	answer := []byte(strings.Repeat("x", 300))
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(answer)
	})
	plain, secure := httptest.NewUnstartedServer(handler), httptest.NewUnstartedServer(handler)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	plain.Config.Protocols = protocols
	plain.Start()
	secure.EnableHTTP2 = true
	secure.StartTLS()
	fmt.Printf("%s %s\n", plain.URL, secure.URL)
	select {} // until the benchmark kills it
}

// BenchmarkHits measures what a request costs this process, from the pacer to the tally, beside
// vegeta itself: 50 requests in flight for a second against a server in another process. Over
// HTTP/2, one connection carries all of them, except where the name says that there are 50.
func BenchmarkHits(b *testing.B) {
	url, secure := startServer(b)
	for _, c := range []struct {
		name, url string
		options   []func(*vegeta.Attacker)
	}{
		{"vegeta", url, nil},
		{"vegeta-h2c", url, []func(*vegeta.Attacker){vegeta.H2C(true)}},
		{"vegeta-h2", secure, []func(*vegeta.Attacker){vegeta.HTTP2(true)}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				measureCost(b, func() (hits uint64) {
					options := []func(*vegeta.Attacker){vegeta.Workers(50), vegeta.MaxWorkers(50), vegeta.Connections(50), vegeta.TLSConfig(&tls.Config{InsecureSkipVerify: true})}
					attacker := vegeta.NewAttacker(append(options, c.options...)...)
					targets := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: c.url})
					var metrics vegeta.Metrics
					for result := range attacker.Attack(targets, vegeta.ConstantPacer{}, time.Second, "") {
						metrics.Add(result)
						hits++
					}
					if metrics.Close(); metrics.Success < 1 {
						b.Fatal(metrics.Errors)
					}
					return hits
				})
			}
		})
	}
	for _, c := range []struct {
		name, url string
		client    []string
	}{
		{"standard", url, []string{"transport=standard"}},
		{"lean", url, nil},
		{"standard-h2c", url, []string{"transport=standard", "protocol=h2c"}},
		{"lean-h2c", url, []string{"protocol=h2c"}},
		{"lean-h2c-50", url, []string{"protocol=h2c", "streams=1"}},
		{"standard-h2", secure, []string{"transport=standard", "protocol=http/2"}},
		{"lean-h2", secure, []string{"protocol=http/2"}},
		{"lean-h2-50", secure, []string{"protocol=http/2", "streams=1"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			sets := []string{
				"client.in_flight=50", "client.connections=50", "client.tls={insecure: true}", "target.http.method=GET", `target.http.body=""`,
				"load.closed={in_flight: 50, duration: 1s}",
			}
			for _, set := range c.client {
				sets = append(sets, "client."+set)
			}
			arm := newArm(b, scenario(b, c.url, sets...), 1)
			for b.Loop() {
				measureCost(b, func() uint64 {
					slice, _, err := arm.Closed(context.Background(), 0)
					if err != nil || slice.Failed > 0 {
						b.Fatal(slice.Errors, err)
					}
					return slice.Requests
				})
			}
			b.ReportMetric(float64(arm.pool.Traffic().Connections), "connections")
		})
	}
}

// BenchmarkOpenHits measures the same under open load, for two seconds each, and how late requests
// are sent. How late vegeta sends them it does not say.
func BenchmarkOpenHits(b *testing.B) {
	url, _ := startServer(b)
	for _, rate := range []int{1000, 2000, 5000, 10_000} {
		b.Run(fmt.Sprintf("vegeta-%d", rate), func(b *testing.B) {
			for b.Loop() {
				measureCost(b, func() (hits uint64) {
					targets := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: url})
					var metrics vegeta.Metrics
					for result := range vegeta.NewAttacker().Attack(targets, vegeta.ConstantPacer{Freq: rate, Per: time.Second}, 2*time.Second, "") {
						metrics.Add(result)
						hits++
					}
					return hits
				})
			}
		})
		b.Run(fmt.Sprintf("lean-%d", rate), func(b *testing.B) {
			arm := newArm(b, scenario(b, url, "target.http.method=GET", `target.http.body=""`, fmt.Sprintf("load.open={rate: %d, arrivals: constant, duration: 2s}", rate), "client.in_flight=10000"), 1)
			for b.Loop() {
				measureCost(b, func() uint64 {
					slices, _, err := arm.Open(context.Background(), time.Now().Add(50*time.Millisecond), 0, 1)
					if err != nil || slices[0].Failed > 0 {
						b.Fatal(slices[0].Errors, err)
					}
					lag := slices[0].SendLag
					b.ReportMetric(float64(lag.Quantile(0.5).Microseconds()), "lag-p50-µs")
					b.ReportMetric(float64(lag.Quantile(0.99).Microseconds()), "lag-p99-µs")
					return slices[0].Requests
				})
			}
		})
	}
}

// measureCost reports what each of the hits cost this process.
func measureCost(b *testing.B, hit func() (hits uint64)) {
	var memoryBefore, memory runtime.MemStats
	runtime.ReadMemStats(&memoryBefore)
	before, switchesBefore := processorTime(b)
	began := time.Now()
	n := float64(hit())
	b.ReportMetric(n/time.Since(began).Seconds(), "hits/s")
	used, switches := processorTime(b)
	b.ReportMetric(float64((used-before).Microseconds())/n, "cpu-µs/hit")
	b.ReportMetric(float64(switches-switchesBefore)/n, "switches/hit")
	runtime.ReadMemStats(&memory)
	b.ReportMetric(float64(memory.Mallocs-memoryBefore.Mallocs)/n, "allocs/hit")
	b.ReportMetric(0, "ns/op")
}

// processorTime is what this process has used so far, and how often its threads have slept.
func processorTime(b *testing.B) (used time.Duration, switches int64) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), int64(u.Nvcsw)
}

// startServer starts the server of TestServeForBenchmarks, and returns its addresses.
func startServer(b *testing.B) (plain, secure string) {
	b.Helper()
	server := exec.Command(os.Args[0], "-test.run=^TestServeForBenchmarks$")
	server.Env = append(os.Environ(), serveVariable+"=1")
	out, err := server.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it was killed
	})
	if _, err := fmt.Fscanln(bufio.NewReader(out), &plain, &secure); err != nil {
		b.Fatal(err)
	}
	return plain, secure
}
