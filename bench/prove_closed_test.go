//go:build prove

package bench_test

import (
	"fmt"
	"testing"

	"weighbridge/scenarios"
)

// Ten workers whose requests take 150 ms complete 66.7 prompts/s, although only 3⅓
// requests of each fit into a slice: workers in step would yield 60 or 80.
func TestProveClosedTPS(t *testing.T) {
	const source = `
name: closed
target: {dialect: article}
load: {closed: {in_flight: 10, duration: 500ms}}
experiment: {blocks: 10}
mock: {latency: {request: 150ms}}
matrix: {wire: {h1: {client.protocol: http/1.1}, h2: {client.protocol: http/2}}}
`
	s, err := scenarios.Parse("closed.yaml", []byte(source), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	inOneRound(t, func() (wrong []string) {
		for _, arm := range run(t, s).Arms {
			prompts, seconds := 0.0, 0.0
			for _, b := range arm.Blocks {
				prompts += float64(b.Closed.InWindow)
				seconds += b.Closed.DurationMS / 1000
			}
			const truth = 10 / 0.150
			t.Logf("%s: %.1f prompts/s of %.1f", arm.Name, prompts/seconds, truth)
			off := prompts/seconds/truth - 1
			if off > 0.02 { // in no round, as requests never take less than 150 ms
				t.Errorf("%s: %.1f%% more than the server can answer", arm.Name, off*100)
			}
			if off < -0.04 {
				wrong = append(wrong, fmt.Sprintf("%s: %.1f%% off", arm.Name, off*100))
			}
		}
		return wrong
	})
}
