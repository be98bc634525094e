package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/attack/live"
	"weighbridge/bench/exporter"
	"weighbridge/target/outbound"
)

// liveFlags say where a run is shown while it is running.
type liveFlags struct {
	prometheus string
	linger     time.Duration
	watch      bool
	// serve is the address of --serve.
	serve string
}

// liveServer shows a run while it is on. A nil one shows nothing.
type liveServer struct {
	exporter *exporter.Exporter
	server   *http.Server
	linger   time.Duration
	// watcher serves the page; nil without --watch and --serve.
	watcher *watcher
	// scraped has a signal for each time that the metrics were read.
	scraped chan struct{}
	serving sync.WaitGroup
}

// address checks the flags, and returns the address to listen on; "" for none.
func (f liveFlags) address() (string, error) {
	switch {
	case f.linger < 0:
		return "", usagef("--prometheus-linger %v: expected a duration of at least 0s", f.linger)
	case f.prometheus == "" && f.linger > 0:
		return "", usagef("--prometheus-linger: expected --prometheus as well")
	case f.serve != "" && f.prometheus != "" && f.serve != f.prometheus:
		return "", usagef("--serve %s: expected the address of --prometheus, %s, at which both are served", f.serve, f.prometheus)
	case f.serve != "":
		return loopbackAddress("--serve", f.serve, outbound.Dialer{})
	case f.prometheus == "" && f.watch:
		return "127.0.0.1:0", nil
	case f.prometheus == "":
		return "", nil
	}
	return loopbackAddress("--prometheus", f.prometheus, outbound.Dialer{})
}

// shown reports whether the page is served.
func (f liveFlags) shown() bool { return f.watch || f.serve != "" }

// named is the flag that the address came from.
func (f liveFlags) named() string {
	if f.serve != "" {
		return "--serve"
	}
	return "--prometheus"
}

// serveLive starts to serve what the flags ask for; it returns nil without an address.
func serveLive(to *console, address string, f liveFlags) (*liveServer, error) {
	if address == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.named(), err)
	}
	metrics, err := exporter.New(thisBuild().String())
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	l := &liveServer{exporter: metrics, linger: f.linger, scraped: make(chan struct{}, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", l.metrics)
	if f.shown() {
		l.watcher = newWatcher()
		l.watcher.handle(mux)
	}
	l.server = &http.Server{Handler: fromHere(mux), ReadHeaderTimeout: 10 * time.Second}
	l.serving.Go(func() {
		if err := l.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			to.printf("warning: the run is not shown any more: %v", err)
		}
	})
	if f.prometheus != "" {
		to.printf("metrics at http://%s/metrics", listener.Addr())
	}
	if f.shown() {
		to.printf("watch at http://%s/", listener.Addr())
	}
	return l, nil
}

func (l *liveServer) metrics(w http.ResponseWriter, r *http.Request) {
	l.exporter.ServeHTTP(w, r)
	select {
	case l.scraped <- struct{}{}:
	default:
	}
}

// fromHere refuses requests whose Host header is neither localhost nor a loopback address: with DNS
// rebinding, a web page could otherwise read what is served here.
func fromHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		ip, err := netip.ParseAddr(host)
		if host != "localhost" && (err != nil || !ip.IsLoopback()) {
			http.Error(w, "expected localhost or a loopback address as the host", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// observing returns events that, in addition, show the arms of a scenario when its run starts.
func (l *liveServer) observing(scenario string, events bench.Events) bench.Events {
	if l != nil {
		events.Start = func(arms []live.Arm) {
			l.exporter.Show(scenario, arms)
			if l.watcher != nil {
				l.watcher.show(scenario, arms)
			}
		}
	}
	return events
}

// watching returns an observer that also tells the page.
func (l *liveServer) watching(observe bench.Observer) bench.Observer {
	if l == nil || l.watcher == nil {
		return observe
	}
	return func(now bench.Progress) {
		l.watcher.observe(now)
		observe(now)
	}
}

// close ends the server. With --prometheus-linger it first waits until the metrics have been read once more.
func (l *liveServer) close(ctx context.Context) {
	if l == nil {
		return
	}
	select { // one that began before the run had ended
	case <-l.scraped:
	default:
	}
	timer := time.NewTimer(l.linger)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.scraped:
	case <-ctx.Done():
	}
	if l.watcher != nil {
		close(l.watcher.ended)
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if l.server.Shutdown(ending) != nil {
		_ = l.server.Close() // of connections that are still open
	}
	l.serving.Wait()
}
