package bench_test

import (
	"testing"

	"weighbridge/bench"
	"weighbridge/bench/hosted"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// With each cache the ledger has every attempt and every token that we count, and no other: what the
// client's cache answers is no attempt, and what the edge answers bills nothing.
func TestLedgerKnowsWhatCachesAnswered(t *testing.T) {
	source := []byte(`
name: caches
target: {dialect: article}
prompts: {length: 50, distinct: 20, zipf: 1, max_tokens: 4}
load: {warmup: 100ms, open: {rate: 150, duration: 300ms}}
experiment: {blocks: 2}
mock: {latency: {request: 1ms}, content: {changes_every: 50ms}}
matrix:
  client: {without: {client.cache.entries: 0}, with: {client.cache.entries: 15, client.cache.single_flight: true}}
  edge: {without: {mock.edge.entries: 0}, with: {mock.edge.entries: 18}}
`)
	s, err := scenarios.Parse("caches.yaml", source, scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := bench.Run(t.Context(), bench.Options{Scenario: s, Source: source, Servers: &hosted.Local{}, Observe: func(bench.Progress) {}})
	if err != nil {
		t.Fatal(err)
	}
	for _, arm := range rec.Arms {
		var all record.Slice
		for _, b := range arm.Blocks {
			all.Merge(b.Open)
		}
		l := arm.Ledger
		if !l.Matches || l.Attempts != arm.Totals.Attempts || l.Tokens.Input != arm.Totals.Tokens.Input || l.Tokens.Output != arm.Totals.Tokens.Output {
			t.Errorf("%s: the ledger is %+v, the totals %+v", arm.Name, l, arm.Totals)
		}
		c := all.Caches
		client, edge := arm.Levels["client"] == "with", arm.Levels["edge"] == "with"
		switch {
		case c == nil || all.Failed > 0:
			t.Errorf("%s: %+v, %d failed", arm.Name, c, all.Failed)
		case client != (c.Client > 0), !edge && l.EdgeHits > 0, edge && !client && c.Edge == 0, c.Edge > l.EdgeHits:
			t.Errorf("%s: %+v, and the edge answered %d attempts", arm.Name, c, l.EdgeHits)
		case c.Current+c.Stale != all.Answered, (client || edge) != (c.Stale > 0):
			t.Errorf("%s: %+v of %d answered", arm.Name, c, all.Answered)
		case (client || edge) && c.Client+c.Edge+c.Server != all.Answered, all.Requests != all.Answered-c.Client:
			t.Errorf("%s: %+v, %d requests for %d answers", arm.Name, c, all.Requests, all.Answered)
		}
	}
}
