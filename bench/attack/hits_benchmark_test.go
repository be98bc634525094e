//go:build unix

package attack

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
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

// TestServeForBenchmarks is the server of BenchmarkHits, in a process of its own.
func TestServeForBenchmarks(t *testing.T) {
	if os.Getenv(serveVariable) == "" {
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answer := []byte(strings.Repeat("x", 300))
	fmt.Println("http://" + listener.Addr().String())
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Protocols: protocols, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(answer)
	})}
	_ = server.Serve(listener) // until the benchmark kills it
}

// BenchmarkHits measures what a request costs this process, from the pacer to the tally, beside
// vegeta itself: 50 requests in flight for a second against a server in another process.
func BenchmarkHits(b *testing.B) {
	url := startServer(b)
	b.Run("vegeta", func(b *testing.B) {
		for b.Loop() {
			measureCost(b, func() (hits uint64) {
				attacker := vegeta.NewAttacker(vegeta.Workers(50), vegeta.MaxWorkers(50), vegeta.Connections(50))
				targets := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: url})
				var metrics vegeta.Metrics
				for result := range attacker.Attack(targets, vegeta.ConstantPacer{}, time.Second, "") {
					metrics.Add(result)
					hits++
				}
				return hits
			})
		}
	})
	for name, sets := range map[string][]string{
		"standard": {"client.transport=standard"}, "lean": {"client.transport=lean"}, "h2c": {"client.protocol=h2c", "client.connections=1"},
	} {
		b.Run(name, func(b *testing.B) {
			arm := newArm(b, scenario(b, url, append(sets, "target.http.method=GET", `target.http.body=""`, "load.closed={in_flight: 50, duration: 1s}")...), 1)
			for b.Loop() {
				measureCost(b, func() uint64 {
					slice, _, err := arm.Closed(context.Background(), 0)
					if err != nil || slice.Failed > 0 {
						b.Fatal(slice.Errors, err)
					}
					return slice.Requests
				})
			}
		})
	}
}

// measureCost reports what each of the hits cost this process.
func measureCost(b *testing.B, hit func() (hits uint64)) {
	var memoryBefore, memory runtime.MemStats
	runtime.ReadMemStats(&memoryBefore)
	before, began := processorTime(b), time.Now()
	n := float64(hit())
	b.ReportMetric(n/time.Since(began).Seconds(), "hits/s")
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/n, "cpu-µs/hit")
	runtime.ReadMemStats(&memory)
	b.ReportMetric(float64(memory.Mallocs-memoryBefore.Mallocs)/n, "allocs/hit")
	b.ReportMetric(0, "ns/op")
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func startServer(b *testing.B) (url string) {
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
	url, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(url)
}
