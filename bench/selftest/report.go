package selftest

import (
	"time"

	"weighbridge/bench/gate"
	"weighbridge/bench/record"
)

// Schema names the version of the report.
const Schema = "weighbridge.selftest/v1"

// Report is how accurately a machine can measure. Latencies are in milliseconds and rates in
// prompts per second; a figure that is not known is nil.
type Report struct {
	Schema   string     `json:"schema"`
	Tool     string     `json:"tool"`
	Started  time.Time  `json:"started"`
	Env      record.Env `json:"env"`
	Pacing   *Pacing    `json:"pacing"`
	Overhead *Overhead  `json:"overhead"`
	// Generator is the highest rate against a server that only answers, over HTTP/1.1 without TLS;
	// Climb through the mock, with TLS.
	Generator *Climb  `json:"generator"`
	Climb     *Climb  `json:"climb"`
	Stall     []Stall `json:"stall"`
	Same      *Same   `json:"same"`
	Gate      *Gate   `json:"gate"`
	// Problems say why figures measured on this machine cannot be trusted; empty where they can.
	Problems []string `json:"problems"`
}

// Pacing is how late prompts leave after the moments they are due.
type Pacing struct {
	RatePerS  float64 `json:"rate_per_s"`
	SendLagMS Spread  `json:"send_lag_ms"`
	// Due is the number of prompts, and Absent the number of attempts that only the harness or
	// only the mock has seen.
	Due    uint64 `json:"due"`
	Absent uint64 `json:"absent"`
}

// Overhead is the latency that the client measured minus what the mock reports, per attempt.
type Overhead struct {
	RatePerS float64 `json:"rate_per_s"`
	ErrorMS  Spread  `json:"error_ms"`
}

// Spread is two percentiles in milliseconds.
type Spread struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// Climb is the search for the highest rate at which the send lag of one arm stays within its limit, and its run is valid.
type Climb struct {
	// HeldPerS is the highest rate that passed, FailedPerS the lowest that failed, or nil if none
	// did.
	HeldPerS   float64  `json:"held_per_s"`
	FailedPerS *float64 `json:"failed_per_s"`
	// Why is which limit FailedPerS exceeds.
	Why string `json:"why"`
}

// Stall is the response latency measured of a server that freezes for 1 s in every 5 s, and the
// expected one: a fifth of the prompts waits between 0 and 1 s, uniformly, so that p90 is
// 500 ms and p99 is 950 ms, later by a half and a twentieth of the time that the waiting ones take
// to drain.
type Stall struct {
	InFlight int `json:"in_flight"`
	// DrainMS is how long the prompts that waited take once the freeze is over, as the mock's
	// own account and the latency that the harness adds say. The expected latencies include it.
	DrainMS        float64 `json:"drain_ms"`
	P90MS          float64 `json:"p90_ms"`
	P99MS          float64 `json:"p99_ms"`
	ExpectedP90MS  float64 `json:"expected_p90_ms"`
	ExpectedP99MS  float64 `json:"expected_p99_ms"`
	OffShare       float64 `json:"off_share"`
	ToleratedShare float64 `json:"tolerated_share"`
}

// Same is an A/A comparison: an arm against one that is the same.
type Same struct {
	Blocks int `json:"blocks"`
	// Spread is the standard deviation of the log ratio between blocks, by metric; 0.02 is 2%.
	// Bursts is how many blocks it leaves out, as a gate does.
	Spread map[string]*float64 `json:"spread"`
	Bursts map[string]*int     `json:"bursts"`
	// Visible is the smallest relative effect that a gate of 15 blocks detects, by metric: the
	// first of Gate's.
	Visible map[string]*float64 `json:"visible"`
	// Verdicts are the gate's, by metric, including error_rate; null for metrics that are not
	// judged because so few blocks and prompts could never show a regression.
	Verdicts map[string]gate.Verdict `json:"verdicts"`
}

// Gate is how a gate judges servers with known delays, and what it can detect on this machine.
type Gate struct {
	// Figures is how many figures it judges together; they share its alpha.
	Figures int       `json:"figures"`
	Planted []Planted `json:"planted"`
	// Visible are for increasing numbers of blocks, with as many prompts per block as measured.
	Visible []Visible `json:"visible"`
	// Invalid says why the run is invalid; empty where it is valid.
	Invalid []string `json:"invalid"`
}

// Planted is an arm whose server is slower by Share.
type Planted struct {
	Share float64 `json:"share"`
	// Called are the metrics that the gate calls a regression.
	Called   []string                `json:"called"`
	Verdicts map[string]gate.Verdict `json:"verdicts"`
}

// Visible is the smallest relative effect, by metric, that a gate of Blocks blocks calls a
// regression with a chance of 95%.
type Visible struct {
	Blocks  int                 `json:"blocks"`
	Effects map[string]*float64 `json:"effects"`
}
