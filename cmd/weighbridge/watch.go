package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"sync"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/attack/live"
)

// watchEvery is the interval at which the page of a run is brought up to date.
const watchEvery = time.Second

//go:embed page
var watchPage embed.FS

// watcher serves a page that shows a run while it is on.
type watcher struct {
	mu       sync.Mutex
	scenario string
	arms     []live.Arm
	progress bench.Progress
	moments  moments
	// runs counts the scenarios that were shown.
	runs int
	// ended is closed when there is nothing more to come.
	ended chan struct{}
}

func newWatcher() *watcher { return &watcher{ended: make(chan struct{})} }

// handle adds the page and its events to a server.
func (w *watcher) handle(mux *http.ServeMux) {
	files, err := fs.Sub(watchPage, "page")
	if err != nil {
		panic(err) // the path is valid
	}
	page := func(name string) http.HandlerFunc {
		return func(to http.ResponseWriter, r *http.Request) {
			to.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'")
			to.Header().Set("X-Content-Type-Options", "nosniff")
			http.ServeFileFS(to, r, files, name)
		}
	}
	mux.HandleFunc("GET /{$}", page("watch.html"))
	mux.HandleFunc("GET /watch.js", page("watch.js"))
	mux.HandleFunc("GET /watch.css", page("watch.css"))
	mux.HandleFunc("GET /events", w.events)
}

// show makes the page show the arms of a scenario.
func (w *watcher) show(scenario string, arms []live.Arm) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.scenario, w.arms, w.progress, w.moments = scenario, arms, bench.Progress{}, moments{}
	w.runs++
}

// observe is a bench.Observer.
func (w *watcher) observe(now bench.Progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.progress = now
	w.moments.add(now)
}

// events sends the state of the run as server-sent events, until it ends.
func (w *watcher) events(to http.ResponseWriter, r *http.Request) {
	to.Header().Set("Content-Type", "text/event-stream")
	to.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(to).Flush
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	at := seen{run: -1}
	for {
		text, err := json.Marshal(w.state(&at))
		if err != nil {
			return
		}
		if _, err := fmt.Fprintf(to, "data: %s\n\n", text); err != nil || flush() != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-r.Context().Done():
			return
		case <-w.ended:
			fmt.Fprint(to, "event: end\ndata:\n\n")
			return
		}
	}
}

// watched is the state of a run, as the page reads it. What is not known is null.
type watched struct {
	Scenario string   `json:"scenario"`
	Where    string   `json:"where"`
	Waiting  string   `json:"waiting"`
	InFlight int64    `json:"in_flight"`
	Answered uint64   `json:"answered"`
	Failed   uint64   `json:"failed"`
	P50      *float64 `json:"p50_ms"`
	P99      *float64 `json:"p99_ms"`
	Elapsed  float64  `json:"elapsed_s"`
	Left     float64  `json:"left_s"`
	// Moments are the moments that this page has not been sent yet; all of them after a Restart.
	Moments []moment     `json:"moments"`
	Restart bool         `json:"restart"`
	Arms    []watchedArm `json:"arms"`
}

// watchedArm is what an arm has measured so far.
type watchedArm struct {
	Arm       string   `json:"arm"`
	Due       uint64   `json:"due"`
	Answered  uint64   `json:"answered"`
	Failed    uint64   `json:"failed"`
	NeverSent uint64   `json:"never_sent"`
	InFlight  int64    `json:"in_flight"`
	P50       *float64 `json:"p50_ms"`
	P99       *float64 `json:"p99_ms"`
}

// seen is how much a page has been sent: the number of a run, and of its moments.
type seen struct{ run, moments int }

// state is the state of the run for a page that has seen some of it.
func (w *watcher) state(at *seen) watched {
	w.mu.Lock()
	scenario, arms, now := w.scenario, w.arms, w.progress
	restart := at.run != w.runs
	if restart {
		*at = seen{run: w.runs}
	}
	var fresh []moment
	fresh, at.moments = w.moments.since(at.moments)
	w.mu.Unlock()
	out := watched{
		Scenario: scenario, Where: whereIs(now), Waiting: now.Waiting, InFlight: now.InFlight, Answered: now.Answered, Failed: now.Failed,
		P50: inMS(now.P50, now.P50 > 0), P99: inMS(now.P99, now.P99 > 0), Elapsed: now.Elapsed.Seconds(), Left: now.Left.Seconds(), Arms: []watchedArm{},
		Moments: fresh, Restart: restart,
	}
	for _, a := range arms {
		var responses live.Snapshot
		responses.Add(&a.Counts.Response)
		c := a.Counts
		out.Arms = append(out.Arms, watchedArm{
			Arm: a.Name, Due: c.Due.Load(), Answered: c.Answered.Load(), Failed: c.Failures(), NeverSent: c.NeverSent.Load(), InFlight: c.InFlight.Load(),
			P50: inMS(responses.Quantile(0.5)), P99: inMS(responses.Quantile(0.99)),
		})
	}
	return out
}

// inMS is a duration in ms; nil if it is not known.
func inMS(d time.Duration, known bool) *float64 {
	if !known {
		return nil
	}
	return new(float64(d) / float64(time.Millisecond))
}
