package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// heldServer answers once it is released.
func heldServer(t *testing.T) (url string, arrived <-chan struct{}, release func()) {
	first, held := make(chan struct{}), make(chan struct{})
	var arrive, let sync.Once
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrive.Do(func() { close(first) })
		<-held
		fmt.Fprint(w, `{}`)
	}))
	release = func() { let.Do(func() { close(held) }) }
	t.Cleanup(func() {
		release()
		s.Close()
	})
	return s.URL, first, release
}

// open requests a page of a run as a browser would that names a host.
func open(t *testing.T, url, host string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		req.Host = host
	}
	transport := &http.Transport{DisableKeepAlives: true}
	return transport.RoundTrip(req)
}

// get reads a page.
func get(t *testing.T, url, host string) (status int, body string) {
	t.Helper()
	resp, err := open(t, url, host)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// start runs weighbridge in this process and returns what follows a word on standard error.
func startRun(t *testing.T, word string, args ...string) (found string, exit <-chan int) {
	t.Helper()
	reader, writer := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(t.Context(), args, strings.NewReader(""), io.Discard, writer)
		writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	for lines.Scan() {
		if _, after, ok := strings.Cut(lines.Text(), word); ok {
			go func() { _, _ = io.Copy(io.Discard, reader) }()
			return after, done
		}
		t.Log(lines.Text())
	}
	t.Fatalf("it ended with %d and did not say %q", <-done, word)
	return "", nil
}

// heldScenario keeps three requests in flight at the server of heldServer.
func heldScenario(target string) string {
	return `name: held
target: {dialect: http, url: "` + target + `", http: {method: GET, path: /}}
load: {warmup: 0s, closed: {in_flight: 3, duration: 50ms, ramp: 0s}}
experiment: {blocks: 1}
`
}

func TestConcurrentMetricsAreServedWhileARunIsOn(t *testing.T) {
	target, arrived, release := heldServer(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "held.yaml")
	write(t, file, heldScenario(target))
	url, exit := startRun(t, "metrics at ", "run", file, "--out", filepath.Join(dir, "out"), "--prometheus", "localhost:0", "--prometheus-linger", "1h")
	<-arrived
	if status, text := get(t, url, ""); status != http.StatusOK || !strings.Contains(text, `weighbridge_run_info{scenario="held"`) {
		t.Errorf("%d: %s", status, text)
	}
	for host, want := range map[string]int{
		"rebound.example": http.StatusForbidden, "rebound.example:80": http.StatusForbidden, "192.0.2.1": http.StatusForbidden, "": http.StatusOK,
		"localhost": http.StatusOK, "localhost:80": http.StatusOK, "127.0.0.2:80": http.StatusOK, "[::1]:80": http.StatusOK,
	} {
		if status, _ := get(t, url, host); status != want {
			t.Errorf("host %q: status %d, want %d", host, status, want)
		}
	}
	if status, _ := get(t, strings.TrimSuffix(url, "metrics"), ""); status != http.StatusNotFound {
		t.Errorf("status %d for another path", status)
	}
	release()
	// The run lingers until the metrics are read once more after its end, and so they can be complete.
	for {
		select {
		case code := <-exit:
			if code != exitDone {
				t.Errorf("exit code %d", code)
			}
			return
		default:
			if resp, err := open(t, url, ""); err == nil { // the server may have ended
				resp.Body.Close()
			}
		}
	}
}

func TestAServerThatShowsNothing(t *testing.T) {
	var none *liveServer
	none.close(context.Background())
	if events := none.observing("x", runEvents(&console{})); events.Start != nil {
		t.Error("it is told of the start of a run")
	}
	if l, err := serveLive(&console{}, "", liveFlags{}); l != nil || err != nil {
		t.Errorf("%v %v", l, err)
	}
}

// With --watch a page shows the run, by events that end with it.
func TestConcurrentARunCanBeWatched(t *testing.T) {
	target, arrived, release := heldServer(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "held.yaml")
	write(t, file, heldScenario(target))
	url, exit := startRun(t, "watch at ", "run", file, "--out", filepath.Join(dir, "out"), "--watch")
	<-arrived
	for path, says := range map[string]string{"": "<title>weighbridge</title>", "watch.js": "EventSource", "watch.css": "table", "metrics": "weighbridge_run_info"} {
		if status, text := get(t, url+path, ""); status != http.StatusOK || !strings.Contains(text, says) {
			t.Errorf("%q: %d: %s", path, status, text)
		}
	}
	if status, _ := get(t, url, "rebound.example"); status != http.StatusForbidden {
		t.Errorf("status %d for another host", status)
	}
	resp, err := open(t, url+"events", "")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	events := bufio.NewReader(resp.Body)
	first, err := events.ReadString('\n')
	if err != nil || !strings.Contains(first, `"scenario":"held"`) || !strings.Contains(first, `"arm":"all"`) {
		t.Errorf("the first event: %s, %v", first, err)
	}
	release()
	rest, err := io.ReadAll(events)
	if err != nil || !strings.HasSuffix(string(rest), "event: end\ndata:\n\n") {
		t.Errorf("the other events: %s, %v", rest, err)
	}
	if code := <-exit; code != exitDone {
		t.Errorf("exit code %d", code)
	}
}
