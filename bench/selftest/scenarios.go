package selftest

// The scenarios that are run, all against the bundled mock on loopback.
const (
	// pacing offers what a single arm is often asked for; the mock answers at once.
	pacing = `
name: selftest-pacing
target: {dialect: article}
prompts: {length: 40, max_tokens: 8}
load: {warmup: 1s, open: {rate: 1000, arrivals: constant, duration: 6s}}
mock: {slots: 1000, latency: {request: 0}}
`
	// overhead leaves the machine idle between requests.
	overhead = `
name: selftest-overhead
target: {dialect: article}
prompts: {length: 40, max_tokens: 8}
load: {warmup: 1s, open: {rate: 200, arrivals: poisson, duration: 6s}}
mock: {slots: 1000, latency: {request: {lognormal: {p50: 10ms, p99: 30ms}}}}
`
	// climb is run at one rate after another.
	climb = `
name: selftest-climb
target: {dialect: article}
prompts: {length: 40, max_tokens: 8}
client: {in_flight: 100000}
load: {warmup: 500ms, open: {rate: 1000, arrivals: constant, duration: 2s}}
mock: {slots: 100000, latency: {request: 5ms}}
`
	// stalled freezes all answers for 1 s in every 5 s: a fifth of all prompts waits
	// for between nothing and a second, evenly.
	stalled = `
name: selftest-stall
target: {dialect: article}
prompts: {length: 40, max_tokens: 8}
client: {timeout: 10s}
load: {warmup: 1s, drain: 3s, open: {rate: 200, arrivals: constant, duration: 15s}}
mock: {slots: 100000, latency: {request: 0}, faults: {stall: {every: 5s, for: 1s}}}
matrix:
  in_flight:
    few: {client.in_flight: 10}
    many: {client.in_flight: 2000}
`
	// same is one arm twice.
	same = `
name: selftest-same
target: {dialect: article}
load:
  warmup: 1s
  open: {rate: 100, arrivals: poisson, duration: 1s}
  closed: {in_flight: 20, duration: 400ms}
experiment: {blocks: 15}
mock: {latency: {request: {lognormal: {p50: 10ms, p99: 25ms}}}}
matrix:
  side:
    a: {target.batch.size: 1}
    b: {target.batch.size: 1}
`
)

// climbTo are the rates of climb in prompts/s.
func climbTo() []int { return []int{1000, 2000, 3000, 4000, 6000, 8000, 12000, 16000} }

// quickly are what a quick selftest sets, by scenario: a few seconds each.
func quickly() map[string][]string {
	return map[string][]string{
		pacing:   {"load.open.duration=1s"},
		overhead: {"load.open.duration=1s"},
		climb:    {"load.open.duration=300ms", "load.warmup=100ms"},
		stalled:  {"load.open.duration=5s"},
		same:     {"experiment.blocks=6", "load.open.duration=200ms", "load.closed.duration=100ms"},
	}
}
