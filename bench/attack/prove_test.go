//go:build prove

package attack

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
)

// At 1,000 requests/s against a server that answers at once on the same cores,
// requests leave closer to their due moment than plain vegeta's: at most 0.4× as
// late at p50 and 0.5× at p99. Both send over and over in turn, and the medians
// of the ratios count.
func TestProveSendLagAgainstVegeta(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "{}")
	}))
	defer server.Close()
	const rounds = 5
	var p50, p99 []float64
	for range rounds {
		theirs, ours := vegetaLags(t, server.URL), ourLags(t, server.URL)
		t.Logf("vegeta p50 %v p99 %v; ours p50 %v p99 %v", at(theirs, 0.5), at(theirs, 0.99), at(ours, 0.5), at(ours, 0.99))
		p50 = append(p50, float64(at(ours, 0.5))/float64(at(theirs, 0.5)))
		p99 = append(p99, float64(at(ours, 0.99))/float64(at(theirs, 0.99)))
		if late := at(ours, 0.99); late > 3*time.Millisecond {
			t.Errorf("our send lag p99 is %v, want under 3ms", late)
		}
	}
	slices.Sort(p50)
	slices.Sort(p99)
	t.Logf("ours over vegeta's: p50 %.2f, p99 %.2f", p50[rounds/2], p99[rounds/2])
	if p50[rounds/2] > 0.4 || p99[rounds/2] > 0.5 {
		t.Error("want at most 0.4 and 0.5")
	}
}

const (
	proveRate     = 1000
	proveDuration = 6 * time.Second
)

// vegetaLags are vegeta's at a constant rate. It sends the n-th request a gap
// after its due moment by its own schedule, which is not held against it.
func vegetaLags(t *testing.T, url string) []time.Duration {
	t.Helper()
	attacker := vegeta.NewAttacker(vegeta.Workers(10))
	targeter := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodPost, URL: url, Body: []byte(`{"p":"x"}`)})
	var sent []time.Time
	for result := range attacker.Attack(targeter, vegeta.ConstantPacer{Freq: proveRate, Per: time.Second}, proveDuration, "") {
		sent = append(sent, result.Timestamp)
	}
	slices.SortFunc(sent, time.Time.Compare)
	// Its start is not told: the schedule is laid so that no request is early.
	const gap = time.Second / proveRate
	start := sent[0]
	for i, at := range sent {
		if begun := at.Add(-time.Duration(i) * gap); begun.Before(start) {
			start = begun
		}
	}
	lags := make([]time.Duration, len(sent))
	for i, at := range sent {
		lags[i] = at.Sub(start.Add(time.Duration(i) * gap))
	}
	return lags
}

func ourLags(t *testing.T, url string) []time.Duration {
	t.Helper()
	source := `
name: prove
target: {dialect: http, url: "` + url + `", http: {body: '{"p": {{json .Prompt}}}'}}
prompts: {length: 1}
load: {warmup: 500ms, open: {rate: 1000, arrivals: constant, duration: 6s}}
`
	s, err := scenarios.Parse("prove.yaml", []byte(source), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	arm := s.Arms()[0]
	work := schedule.Work{Seed: 1, Arm: arm.Name, Deck: schedule.SyntheticDeck(arm.Prompts, 1)}
	a, err := New(arm, Endpoint{URL: url}, work, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.WarmupOpen(context.Background(), time.Now()); err != nil {
		t.Fatal(err)
	}
	slices, _, err := a.Open(context.Background(), time.Now().Add(10*time.Millisecond), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	lag := slices[0].SendLag
	lags := make([]time.Duration, 1000) // its quantiles, which are all that is asked
	for i := range lags {
		lags[i] = lag.Quantile((float64(i) + 0.5) / float64(len(lags)))
	}
	return lags
}

// at is a quantile of lags.
func at(lags []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(lags))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
