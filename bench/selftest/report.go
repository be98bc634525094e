package selftest

import (
	"time"

	"weighbridge/bench/gate"
	"weighbridge/bench/record"
)

// Schema names the version of the report.
const Schema = "weighbridge.selftest/v1"

// Report is how true a machine can measure. Latencies are in milliseconds,
// rates in prompts per second; an unknown figure is nil.
type Report struct {
	Schema   string     `json:"schema"`
	Tool     string     `json:"tool"`
	Started  time.Time  `json:"started"`
	Env      record.Env `json:"env"`
	Pacing   *Pacing    `json:"pacing"`
	Overhead *Overhead  `json:"overhead"`
	Climb    *Climb     `json:"climb"`
	Stall    []Stall    `json:"stall"`
	Same     *Same      `json:"same"`
	Gate     *Gate      `json:"gate"`
	// Problems say why figures taken on this machine are not to be trusted; none is good.
	Problems []string `json:"problems"`
}

// Pacing is how late prompts leave, against their due moments.
type Pacing struct {
	RatePerS  float64 `json:"rate_per_s"`
	SendLagMS Spread  `json:"send_lag_ms"`
	// Due is how many prompts there were, Absent how many attempts only one of
	// harness and mock has seen.
	Due    uint64 `json:"due"`
	Absent uint64 `json:"absent"`
}

// Overhead is what the client saw less what the mock says it took, by attempt.
type Overhead struct {
	RatePerS float64 `json:"rate_per_s"`
	ErrorMS  Spread  `json:"error_ms"`
}

// Spread is two percentiles in milliseconds.
type Spread struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// Climb is the highest rate of one arm at which send lag stays in bounds.
type Climb struct {
	// HeldPerS is the highest rate tried that did; FailedPerS the lowest that did
	// not, nil where all did.
	HeldPerS   float64  `json:"held_per_s"`
	FailedPerS *float64 `json:"failed_per_s"`
	// Why is what was out of bounds.
	Why string `json:"why"`
}

// Stall is a server frozen for 1 s in every 5 s, as the response latency has it
// beside the truth: a fifth of the prompts waits evenly between 0 and 1 s, so
// that p90 is 500 ms and p99 is 950 ms.
type Stall struct {
	InFlight       int     `json:"in_flight"`
	P90MS          float64 `json:"p90_ms"`
	P99MS          float64 `json:"p99_ms"`
	ExpectedP90MS  float64 `json:"expected_p90_ms"`
	ExpectedP99MS  float64 `json:"expected_p99_ms"`
	OffShare       float64 `json:"off_share"`
	ToleratedShare float64 `json:"tolerated_share"`
}

// Same is an arm measured against itself. Its metrics are tps, p50, p90 and p99.
type Same struct {
	Blocks int `json:"blocks"`
	// Spread is the standard deviation between blocks of the log ratio, by metric, and
	// Bursts how many blocks it leaves out, as a gate does; 0.02 is 2%.
	Spread map[string]*float64 `json:"spread"`
	Bursts map[string]*int     `json:"bursts"`
	// Visible is the smallest relative effect that a gate of 15 blocks sees, by
	// metric: the first of Gate's.
	Visible map[string]*float64 `json:"visible"`
	// Verdicts are the gate's, by metric, error_rate too; null for what is not judged, as
	// so few blocks and prompts could not have it called.
	Verdicts map[string]gate.Verdict `json:"verdicts"`
}

// Gate is what a gate makes of delays that are known, and can see on this machine.
type Gate struct {
	// Figures is how many it judges together, which share its alpha.
	Figures int       `json:"figures"`
	Planted []Planted `json:"planted"`
	// Visible are for more and more blocks, of as many prompts as here.
	Visible []Visible `json:"visible"`
	// Invalid says why the run does not count; empty is valid.
	Invalid []string `json:"invalid"`
}

// Planted is an arm whose server takes longer by the share.
type Planted struct {
	Share float64 `json:"share"`
	// Called are the metrics called a regression.
	Called   []string                `json:"called"`
	Verdicts map[string]gate.Verdict `json:"verdicts"`
}

// Visible is the smallest relative effect, by metric, that a gate of so many blocks
// calls a regression with a chance of 95%.
type Visible struct {
	Blocks  int                 `json:"blocks"`
	Effects map[string]*float64 `json:"effects"`
}
