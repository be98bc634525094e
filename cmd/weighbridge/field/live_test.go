package field

import (
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"weighbridge/bench"
	"weighbridge/bench/attack/live"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// What a run tells while it is on is what its record has in the end.
func TestLiveCountsAreThoseOfTheRecord(t *testing.T) {
	t.Parallel()
	var seen atomic.Int32
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		switch seen.Add(1) % 5 {
		case 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 1:
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			_, _ = io.WriteString(w, `{}`)
		}
	}))
	yaml := `
name: live
target: {dialect: http, url: "` + s.URL + `", http: {method: POST, path: /x, body: '{}', success: 'status == 200'}}
client: {retry: {policy: fixed, multiplier: 1ms, attempts: 2}}
load: {warmup: 50ms, open: {rate: 200, duration: 200ms}, closed: {in_flight: 2, duration: 50ms}, stop: {on: []}}
experiment: {blocks: 2}
matrix: {sent: {one: {client.timeout: 30s}, two: {client.timeout: 31s}}}
`
	parsed, err := scenarios.Parse("field.yaml", []byte(yaml), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	var arms []live.Arm
	rec, err := bench.Run(t.Context(), bench.Options{
		Scenario: parsed, Source: []byte(yaml), Observe: func(bench.Progress) {},
		Events: bench.Events{Start: func(all []live.Arm) { arms = all }},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, arm := range rec.Arms {
		if arms[i].Name != arm.Name {
			t.Fatalf("arm %s is told as %s", arm.Name, arms[i].Name)
		}
		checkLive(t, arms[i], arm)
	}
}

func checkLive(t *testing.T, told live.Arm, arm record.Arm) {
	t.Helper()
	var want record.Slice
	var responses []*record.Hist
	for _, b := range arm.Blocks {
		for _, s := range []*record.Slice{b.Open, b.Closed} {
			want.Due += s.Due
			want.Answered += s.Answered
			want.Failed += s.Failed
			want.NeverSent += s.NeverSent
			want.CutOff += s.CutOff
			want.Attempts += s.Attempts - s.Replays
			responses = append(responses, s.Response)
		}
	}
	got := told.Counts
	for what, pair := range map[string][2]uint64{
		"due": {got.Due.Load(), want.Due}, "answered": {got.Answered.Load(), want.Answered}, "failed": {got.Failed.Load(), want.Failed},
		"never sent": {got.NeverSent.Load(), want.NeverSent}, "cut off": {got.CutOff.Load(), want.CutOff}, "in flight": {uint64(got.InFlight.Load()), 0},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: told that %d were %s, and the record has %d", told.Name, pair[0], what, pair[1])
		}
	}
	if want.Answered == 0 || want.Failed == 0 {
		t.Errorf("%s: %d answered, %d failed: expected some of both", told.Name, want.Answered, want.Failed)
	}
	calls, attempts := map[int]uint64{}, uint64(0)
	for status, n := range got.Calls {
		calls[status] = n
		attempts += n
	}
	if attempts != want.Attempts || calls[200] != want.Answered || calls[503] == 0 || calls[429] == 0 {
		t.Errorf("%s: told of calls %v, and the record has %d attempts and %d answers", told.Name, calls, want.Attempts, want.Answered)
	}
	var latencies live.Snapshot
	latencies.Add(&got.Response)
	all := record.Merged(responses...)
	longest, _ := latencies.Quantile(1)
	if exact := all.Max(); latencies.Count() != all.Count() || longest < exact-exact/100 || longest > exact+exact/8 {
		t.Errorf("%s: told of %d answers in at most %v, and the record has %d in at most %v", told.Name, latencies.Count(), longest, all.Count(), exact)
	}
}
