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
	"weighbridge/target"
)

// At 1,000 requests/s, against a server on the same cores that answers at once, the send
// lag is at most 0.4 times that of plain vegeta at p50 and 0.5 times at p99, and its p99 at
// most 3 ms. Both take turns, and the medians of the rounds count.
func TestProveSendLagAgainstVegeta(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "{}")
	}))
	defer server.Close()
	const rounds = 5
	var p50, p99 []float64
	var late []time.Duration
	for range rounds {
		theirs, ours := vegetaLags(t, server.URL), ourLags(t, server.URL)
		t.Logf("vegeta p50 %v p99 %v; ours p50 %v p99 %v", quantile(theirs, 0.5), quantile(theirs, 0.99), quantile(ours, 0.5), quantile(ours, 0.99))
		p50 = append(p50, float64(quantile(ours, 0.5))/float64(quantile(theirs, 0.5)))
		p99 = append(p99, float64(quantile(ours, 0.99))/float64(quantile(theirs, 0.99)))
		late = append(late, quantile(ours, 0.99))
	}
	slices.Sort(p50)
	slices.Sort(p99)
	t.Logf("ratio of ours to vegeta's: p50 %.2f, p99 %.2f", p50[rounds/2], p99[rounds/2])
	if p50[rounds/2] > 0.4 || p99[rounds/2] > 0.5 {
		t.Error("want at most 0.4 and 0.5")
	}
	if typical := quantile(late, 0.5); typical > 3*time.Millisecond {
		t.Errorf("our send lag p99 is %v in the median round, want at most 3ms", typical)
	}
}

const (
	proveRate     = 1000
	proveDuration = 6 * time.Second
)

// vegetaLags returns the send lags of plain vegeta at a constant rate. By its own
// schedule vegeta sends every request one gap late, which does not count as lag.
func vegetaLags(t *testing.T, url string) []time.Duration {
	t.Helper()
	attacker := vegeta.NewAttacker(vegeta.Workers(10))
	targeter := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodPost, URL: url, Body: []byte(`{"p":"x"}`)})
	var sent []time.Time
	for result := range attacker.Attack(targeter, vegeta.ConstantPacer{Freq: proveRate, Per: time.Second}, proveDuration, "") {
		sent = append(sent, result.Timestamp)
	}
	slices.SortFunc(sent, time.Time.Compare)
	// Vegeta does not report its start: take the latest one by which no request is early.
	const gap = time.Second / proveRate
	start := sent[0]
	for i, at := range sent {
		if implied := at.Add(-time.Duration(i) * gap); implied.Before(start) {
			start = implied
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
	deck, err := schedule.SyntheticDeck(arm.Prompts, 1)
	if err != nil {
		t.Fatal(err)
	}
	work := schedule.Work{Seed: 1, Arm: arm.Name, Deck: deck}
	a, err := New(arm, Endpoint{URL: url}, work, time.Now(), &target.Redactor{})
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
	lags := make([]time.Duration, 1000) // evenly spaced quantiles of the histogram stand for the lags
	for i := range lags {
		lags[i] = lag.Quantile((float64(i) + 0.5) / float64(len(lags)))
	}
	return lags
}

// quantile returns the q-quantile of lags.
func quantile(lags []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(lags))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
