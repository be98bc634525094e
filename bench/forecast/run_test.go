package forecast_test

import (
	"fmt"
	"strings"
	"testing"

	"weighbridge/bench"
	"weighbridge/bench/forecast"
	"weighbridge/bench/hosted"
	"weighbridge/scenarios"
)

// parse reads a scenario and sets fields of it.
func parse(t *testing.T, source string, sets ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("test.yaml", []byte(source), scenarios.Changes{Set: sets})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func forecastOf(t *testing.T, s *scenarios.Scenario) *forecast.Forecast {
	t.Helper()
	f, err := forecast.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// opens is a scenario of open load whose arms differ in what changes the number of requests.
const opens = `
name: opens
target: {dialect: openai, model: small}
prompts: {length: {lognormal: {p50: 40, p99: 400}}, max_tokens: {uniform: {min: 4, max: 12}}, distinct: 50}
load: {warmup: 50ms, drain: 5m, open: {rate: 80, duration: 60ms}}
client: {timeout: 5m}
experiment: {blocks: 3, order: concurrent}
prices: {models: {small: {input: 1, output: 4}}}
mock: {latency: {request: 1ms}}
matrix:
  kind:
    single: {target.model: small}
    batch: {target.dialect: article, target.batch: {size: 4, linger: 20ms}, target.model: small}
    constant: {load.open.arrivals: constant}
    prefix: {prompts.prefix: {tokens: 20, pool: 3}, prompts.cache_bust: request}
    short: {mock.tokens: {output: 3, per_char: 0.5}}
    system: {target.dialect: anthropic, target.system: be brief, load.open.shape: {ramp: {from: 40, to: 120}}, load.open.rate: 80}
`

// What is expected of open load is what a run on the mock then does, to the prompt and the token.
func TestForecastIsWhatTheRunDoes(t *testing.T) {
	t.Parallel()
	for name, sets := range map[string][]string{
		"contiguous blocks": nil,
		"sequential":        {"experiment.order=sequential", "load.warmup=0s"},
		"restarts":          {"experiment.restart_every=2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := parse(t, opens, sets...)
			f := forecastOf(t, s)
			// A generator that is seconds late sends less than is due: on a busy machine that may happen.
			var differs []string
			for range 3 {
				if differs = differences(t, s, f); len(differs) == 0 {
					return
				}
			}
			t.Error(strings.Join(differs, "\n"))
		})
	}
}

// caching is a scenario whose client keeps the answer to each of 20 prompts, or none.
const caching = `
name: caching
target: {dialect: article}
prompts: {length: 40, max_tokens: 4, distinct: 20, zipf: 0.8}
client: {timeout: 5m, cache: {ttl: 1h, single_flight: true}}
load: {warmup: 50ms, drain: 5m, open: {rate: 100, duration: 100ms}}
experiment: {blocks: 3}
mock: {latency: {request: 1ms}}
matrix: {cache: {all: {client.cache.entries: 100}, none: {client.cache.entries: 0}}}
`

// What the client's cache answers is not sent, in the run as in the forecast.
func TestForecastKnowsTheClientsCache(t *testing.T) {
	t.Parallel()
	s := parse(t, caching)
	f := forecastOf(t, s)
	var differs []string
	for range 3 {
		rec, err := bench.Run(t.Context(), bench.Options{Scenario: s, Servers: &hosted.Local{}, Observe: func(bench.Progress) {}})
		if err != nil {
			t.Fatal(err)
		}
		differs = nil
		for i, arm := range rec.Arms {
			attempts, output := *f.Arms[i].Attempts.Expected, *f.Arms[i].OutputTokens.Expected
			if attempts != float64(arm.Totals.Attempts) || output != float64(arm.Totals.Tokens.Output) {
				differs = append(differs, fmt.Sprintf("%s: %v attempts and %v tokens were expected, the run had %d and %d", arm.Name, attempts, output, arm.Totals.Attempts, arm.Totals.Tokens.Output))
			}
		}
		if len(differs) == 0 {
			return
		}
	}
	t.Error(strings.Join(differs, "\n"))
}

// differences runs a scenario on mocks and returns where it was not as forecast.
func differences(t *testing.T, s *scenarios.Scenario, f *forecast.Forecast) (all []string) {
	t.Helper()
	rec, err := bench.Run(t.Context(), bench.Options{Scenario: s, Servers: &hosted.Local{}, Observe: func(bench.Progress) {}})
	if err != nil {
		t.Fatal(err)
	}
	for i, arm := range rec.Arms {
		told := f.Arms[i]
		for what, figures := range map[string]struct {
			expected forecast.Figure
			did      uint64
		}{
			"attempts":      {told.Attempts, arm.Totals.Attempts},
			"prompts":       {told.Prompts, arm.Totals.Answered},
			"input tokens":  {told.InputTokens, arm.Totals.Tokens.Input},
			"output tokens": {told.OutputTokens, arm.Totals.Tokens.Output},
		} {
			if expected := figures.expected.Expected; expected == nil || *expected != float64(figures.did) || *figures.expected.Most < *expected {
				all = append(all, fmt.Sprintf("%s: %v %s were expected (at most %v), the run had %d", arm.Name, value(expected), what, value(figures.expected.Most), figures.did))
			}
		}
	}
	return all
}

func value(v *float64) any {
	if v == nil {
		return "unknown"
	}
	return *v
}

func has(lines []string, text string) bool { return strings.Contains(strings.Join(lines, "\n"), text) }
