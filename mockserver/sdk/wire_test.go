package sdk_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// wire is a middleware of both SDKs: it keeps what went over the wire, attempt
// by attempt, and asks for faults.
type wire struct {
	mu       sync.Mutex
	attempts []*attempt
	// faults are asked for by the attempts in order; the last by all that follow too.
	faults []string
}

// attempt is a request that an SDK sent. The status of one without an answer is 0.
type attempt struct {
	path, protocol string
	sent           http.Header
	status         int
	got            http.Header
	began, ended   time.Time
	body           *tee
}

// once asks for a fault with the first attempt alone, always with each.
func once(fault string) *wire   { return &wire{faults: []string{fault, ""}} }
func always(fault string) *wire { return &wire{faults: []string{fault}} }

func (w *wire) middleware(r *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	a := &attempt{path: r.URL.Path, began: time.Now()}
	w.mu.Lock()
	if len(w.faults) > 0 {
		if fault := w.faults[min(len(w.attempts), len(w.faults)-1)]; fault != "" {
			r.Header.Set(faultHeader, fault)
		} else {
			r.Header.Del(faultHeader)
		}
	}
	a.sent = r.Header.Clone()
	w.attempts = append(w.attempts, a)
	w.mu.Unlock()

	answer, err := next(r)

	w.mu.Lock()
	defer w.mu.Unlock()
	a.ended = time.Now()
	if answer != nil {
		a.status, a.got, a.protocol = answer.StatusCode, answer.Header, answer.Proto
		a.body = &tee{body: answer.Body}
		answer.Body = a.body
	}
	return answer, err
}

// seen is the attempts so far.
func (w *wire) seen() []*attempt {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.attempts)
}

// last is the latest attempt.
func (w *wire) last(t *testing.T) *attempt {
	t.Helper()
	seen := w.seen()
	if len(seen) == 0 {
		t.Fatal("the SDK sent nothing")
	}
	return seen[len(seen)-1]
}

// expect checks how one call's attempts were answered, and that the SDK told the
// mock which retry each of them was.
func (w *wire) expect(t *testing.T, statuses ...int) {
	t.Helper()
	var got []int
	for i, a := range w.seen() {
		got = append(got, a.status)
		if count := a.sent.Get("X-Stainless-Retry-Count"); count != strconv.Itoa(i) {
			t.Errorf("attempt %d says it is retry %q", i, count)
		}
	}
	if !slices.Equal(got, statuses) {
		t.Errorf("the attempts were answered %v, want %v", got, statuses)
	}
}

// thrice is the attempts of an SDK that gives up.
func thrice(status int) []int { return []int{status, status, status} }

// tee keeps what is read of a body.
type tee struct {
	body io.ReadCloser
	mu   sync.Mutex
	kept bytes.Buffer
}

func (t *tee) Read(p []byte) (int, error) {
	n, err := t.body.Read(p)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept.Write(p[:n])
	return n, err
}

func (t *tee) Close() error { return t.body.Close() }

func (t *tee) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept.String()
}

// events are the types of a stream's events, also of those that an SDK keeps to
// itself; of a run of one type one is told.
func (t *tee) events() []string {
	var types []string
	for line := range strings.Lines(t.String()) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "event: "); ok {
			types = append(types, name)
		}
	}
	return slices.Compact(types)
}
