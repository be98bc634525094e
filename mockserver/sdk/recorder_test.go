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

// recorder is a middleware for both SDKs: it records the attempts, and asks the mock for
// faults.
type recorder struct {
	mu       sync.Mutex
	attempts []*attempt
	// faults are requested by the attempts, in order; the last one also by all later attempts.
	faults []string
}

// attempt is a request that an SDK sent. Its status is 0 if there was no answer.
type attempt struct {
	path, protocol string
	sent           http.Header
	status         int
	got            http.Header
	began, ended   time.Time
	body           *bodyRecorder
}

// faultOnce asks for a fault with the first attempt only, faultAlways with each.
func faultOnce(fault string) *recorder   { return &recorder{faults: []string{fault, ""}} }
func faultAlways(fault string) *recorder { return &recorder{faults: []string{fault}} }

func (w *recorder) middleware(r *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
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
		a.body = &bodyRecorder{body: answer.Body}
		answer.Body = a.body
	}
	return answer, err
}

// recorded returns the attempts so far.
func (w *recorder) recorded() []*attempt {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.attempts)
}

// last returns the latest attempt.
func (w *recorder) last(t *testing.T) *attempt {
	t.Helper()
	seen := w.recorded()
	if len(seen) == 0 {
		t.Fatal("the SDK sent nothing")
	}
	return seen[len(seen)-1]
}

// expect checks the statuses of one call's attempts, and the retry count that the SDK sent
// with each.
func (w *recorder) expect(t *testing.T, statuses ...int) {
	t.Helper()
	var got []int
	for i, a := range w.recorded() {
		got = append(got, a.status)
		if count := a.sent.Get("X-Stainless-Retry-Count"); count != strconv.Itoa(i) {
			t.Errorf("attempt %d has the retry count %q", i, count)
		}
	}
	if !slices.Equal(got, statuses) {
		t.Errorf("the statuses are %v, want %v", got, statuses)
	}
}

// threeTimes returns the statuses of the attempts of an SDK that gives up.
func threeTimes(status int) []int { return []int{status, status, status} }

// bodyRecorder records what is read of a body.
type bodyRecorder struct {
	body io.ReadCloser
	mu   sync.Mutex
	kept bytes.Buffer
}

func (t *bodyRecorder) Read(p []byte) (int, error) {
	n, err := t.body.Read(p)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept.Write(p[:n])
	return n, err
}

func (t *bodyRecorder) Close() error { return t.body.Close() }

func (t *bodyRecorder) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept.String()
}

// events returns the types of a stream's events, including those that an SDK does not
// deliver. Consecutive events of the same type count as one.
func (t *bodyRecorder) events() []string {
	var types []string
	for line := range strings.Lines(t.String()) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "event: "); ok {
			types = append(types, name)
		}
	}
	return slices.Compact(types)
}
