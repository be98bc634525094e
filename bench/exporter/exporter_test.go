package exporter

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weighbridge/bench/attack/live"
	"weighbridge/bench/promtool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func read(t *testing.T, e *Exporter) string {
	t.Helper()
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestMetricsOfARun(t *testing.T) {
	e, err := New("v1")
	if err != nil {
		t.Fatal(err)
	}
	if text := read(t, e); text != "" {
		t.Errorf("before a run: %s", text)
	}
	var a, b live.Counts
	for range 3 {
		a.BecameDue(1)
		a.Called(200)
		a.Ended(20*time.Millisecond, false, "")
		a.Lagged(time.Millisecond)
	}
	a.BecameDue(3)
	a.Called(503)
	a.Called(live.NoStatus)
	a.Ended(time.Second, true, "server")
	a.Ended(time.Second, true, "cut_off")
	a.WereNotSent(1)
	a.InFlight.Add(2)
	b.Began(300 * time.Millisecond)
	e.Show("matrix", []live.Arm{{Name: `say="a"`, Counts: &a}, {Name: "b", Counts: &b}})
	text := read(t, e)
	const arm = `arm="say=\"a\""`
	for _, line := range strings.Split(strings.TrimSpace(strings.ReplaceAll(`
weighbridge_run_info{scenario="matrix",version="v1"} 1
claude_api_calls_total{ARM,status="200"} 3
claude_api_calls_total{ARM,status="503"} 1
claude_api_calls_total{ARM,status="0"} 1
claude_api_calls_total{ARM,status="429"} 0
claude_api_calls_total{arm="b",status="200"} 0
weighbridge_prompts_due_total{ARM} 6
weighbridge_prompts_answered_total{ARM} 3
weighbridge_prompts_failed_total{ARM} 2
weighbridge_prompts_cut_off_total{ARM} 1
weighbridge_prompts_never_sent_total{ARM} 1
weighbridge_requests_in_flight{ARM} 2
weighbridge_response_seconds_bucket{ARM,le="0.01"} 0
weighbridge_response_seconds_bucket{ARM,le="0.025"} 3
weighbridge_response_seconds_bucket{ARM,le="+Inf"} 3
weighbridge_response_seconds_sum{ARM} 0.06
weighbridge_response_seconds_count{ARM} 3
weighbridge_response_seconds_count{arm="b"} 0
weighbridge_send_lag_seconds_bucket{ARM,le="0.0005"} 0
weighbridge_send_lag_seconds_bucket{ARM,le="0.001"} 3
weighbridge_ttft_seconds_bucket{arm="b",le="0.25"} 0
weighbridge_ttft_seconds_bucket{arm="b",le="0.5"} 1
`, "ARM", arm)), "\n") {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	for _, absent := range []string{"weighbridge_ttft_seconds_count{arm=\"say", "weighbridge_send_lag_seconds_count{arm=\"b\"}"} {
		if strings.Contains(text, absent) {
			t.Errorf("a line with %s, of which there is nothing", absent)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	if out, ok := promtool.Run(t, []byte(text), "check", "metrics"); !ok || strings.TrimSpace(out) != "" {
		t.Errorf("promtool check metrics: %s", out)
	}
	e.Show("next", []live.Arm{{Name: "c", Counts: &b}})
	if text := read(t, e); strings.Contains(text, "matrix") || !strings.Contains(text, `{arm="c"}`) {
		t.Errorf("of the next run: %s", text)
	}
}

// Buckets are counted exactly because each of their bounds is one of live.Histogram's own.
func TestBoundsAreExact(t *testing.T) {
	for _, bound := range bounds {
		var at, over live.Histogram
		at.Record(bound)
		over.Record(bound + 1)
		var s live.Snapshot
		s.Add(&at)
		s.Add(&over)
		if n := s.AtMost(bound); n != 1 {
			t.Errorf("%d of %v and a nanosecond more are at most %v", n, bound, bound)
		}
	}
}

// Who asks for OpenMetrics gets that, and everyone else the older text format.
func TestMetricsInTheFormatAskedFor(t *testing.T) {
	e, err := New("v1")
	if err != nil {
		t.Fatal(err)
	}
	var a live.Counts
	a.BecameDue(1)
	e.Show("matrix", []live.Arm{{Name: "a", Counts: &a}})
	for accept, want := range map[string]string{
		"": "text/plain; version=0.0.4", "*/*": "text/plain; version=0.0.4", "text/plain": "text/plain; version=0.0.4",
		"application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5": "application/openmetrics-text; version=1.0.0",
	} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		open := strings.HasPrefix(want, "application/")
		if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, want) || strings.HasSuffix(w.Body.String(), "\n# EOF\n") != open ||
			strings.Contains(w.Body.String(), "# TYPE weighbridge_prompts_due counter\n") != open || !strings.Contains(w.Body.String(), `weighbridge_prompts_due_total{arm="a"} 1`) {
			t.Errorf("Accept %q: %s:\n%s", accept, got, w.Body)
		}
	}
}
