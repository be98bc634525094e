package selftest

// The scenarios, all on loopback; against the bundled mock, except generator.
const (
	// pacing offers 1,000 prompts/s to a mock that answers at once.
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
	// climb is run at each rate of climbTo. Without a limit of connections, one is opened for each prompt that is due until
	// the first handshakes are over, which takes both cores of a small machine more than a second; 16,000 prompts/s
	// of 5 ms each need 80.
	climb = `
name: selftest-climb
target: {dialect: article}
prompts: {length: 40, max_tokens: 8}
client: {in_flight: 100000, connections: 200}
load: {warmup: 2s, open: {rate: 1000, arrivals: constant, duration: 2s}}
mock: {slots: 100000, latency: {request: 5ms}}
`
	// generator is run at each rate of climbTo, against a server that only answers.
	generator = `
name: selftest-generator
target: {dialect: http, http: {method: GET, body: "", success: "status == 200"}}
client: {protocol: http/1.1, in_flight: 100000}
load: {warmup: 1s, open: {rate: 1000, arrivals: constant, duration: 2s}}
`
	// stalled freezes all answers for 1 s in every 5 s: a fifth of all prompts waits between 0
	// and 1 s, uniformly.
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
	// planted has an arm, the same again, and arms that are 5, 10 and 20% slower. Each mock has
	// its own seed: mocks with the same seed would draw the same latencies, and be more alike
	// than servers are. A block has enough prompts for p90, also under Poisson arrivals: at least
	// 10 beyond it.
	planted = `
name: selftest-planted
target: {dialect: article}
prompts: {length: 40, max_tokens: 8}
load:
  warmup: 1s
  open: {rate: 200, arrivals: poisson, duration: 1s}
  closed: {in_flight: 20, duration: 300ms}
experiment: {blocks: 15}
matrix:
  side:
    base:   {mock.seed: 1, mock.latency.request: {lognormal: {p50: 20ms, p99: 30ms}}}
    same:   {mock.seed: 2, mock.latency.request: {lognormal: {p50: 20ms, p99: 30ms}}}
    plus5:  {mock.seed: 3, mock.latency.request: {lognormal: {p50: 21ms, p99: 31500us}}}
    plus10: {mock.seed: 4, mock.latency.request: {lognormal: {p50: 22ms, p99: 33ms}}}
    plus20: {mock.seed: 5, mock.latency.request: {lognormal: {p50: 24ms, p99: 36ms}}}
`
)

// climbTo returns the rates, in prompts/s, at which climb and generator run.
func climbTo() []int {
	return []int{1000, 2000, 3000, 4000, 6000, 8000, 12000, 16000, 24000, 32000, 48000}
}

// quickly returns, by scenario, the fields that a quick selftest sets so that each takes seconds.
func quickly() map[string][]string {
	return map[string][]string{
		pacing:    {"load.open.duration=1s", "load.warmup=500ms"},
		overhead:  {"load.open.duration=1s", "load.warmup=500ms"},
		climb:     {"load.open.duration=300ms", "load.warmup=100ms"},
		generator: {"load.open.duration=300ms", "load.warmup=100ms"},
		stalled:   {"load.open.duration=5s", "load.warmup=500ms"},
		// The fewest blocks with which a gate of these figures can call a regression, with enough
		// prompts for p50 only.
		planted: {"experiment.blocks=12", "load.warmup=300ms", "load.open.duration=200ms", "load.closed.duration=50ms", "load.closed.ramp=30ms"},
	}
}
