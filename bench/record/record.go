// Package record is everything a run measured, as it lies on disk. It is what
// reports, comparisons and gates read; none of them touches the network.
package record

import "time"

// Schema names the version of the format.
const Schema = "weighbridge.record/v1"

// Record is one run of one scenario.
type Record struct {
	Schema string `json:"schema"`
	// Tool is the version of weighbridge that measured.
	Tool     string    `json:"tool"`
	Scenario Scenario  `json:"scenario"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	// Complete is false when the run was interrupted; Stopped then says by what.
	Complete bool   `json:"complete"`
	Stopped  string `json:"stopped,omitempty"`
	// Quick marks the short run of --quick, which is indicative only.
	Quick bool `json:"quick,omitempty"`
	Env   Env  `json:"env"`
	// Harness is what measuring took of the machine.
	Harness Harness `json:"harness"`
	// Validity is the thresholds that Invalid was judged by; nil in older records.
	Validity *Validity `json:"validity,omitempty"`
	Plan     Plan      `json:"plan"`
	Axes     []Axis    `json:"axes"`
	// Rules and Claims are the scenario's.
	Rules  []Rule  `json:"rules,omitempty"`
	Claims []Claim `json:"claims,omitempty"`
	Arms   []Arm   `json:"arms"`
	// Invalid says why the figures do not count, one reason each; empty is valid.
	Invalid []string `json:"invalid"`
	// Warnings are doubts that travel with the figures.
	Warnings []string `json:"warnings"`
}

// Scenario is what was run: its source as written (references, never secrets)
// and the patches and axes given beside it.
type Scenario struct {
	Name   string   `json:"name"`
	Title  string   `json:"title"`
	About  string   `json:"about,omitempty"`
	Source string   `json:"source"`
	Set    []string `json:"set"`
	Axis   []string `json:"axis"`
}

// Env is the machine that measured.
type Env struct {
	Go     string `json:"go"`
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	CPU    string `json:"cpu"`
	CPUs   int    `json:"cpus"`
	Kernel string `json:"kernel"`
}

// Harness is what measuring took of the machine that did it; nil is unknown.
type Harness struct {
	// CPUShare is what harness and mocks used of all cores while all arms ran at once, drains
	// apart, 0…1; nil in sequential order.
	CPUShare *float64 `json:"cpu_share"`
	// Process is the harness's own, during the measured part.
	Process
	// ClockStepMS is the largest step of the wall clock against the monotonic one within a second.
	ClockStepMS *float64 `json:"clock_step_ms"`
	// Mocks is the process that hosts the mocks, from its start; nil without one.
	Mocks *Process `json:"mocks,omitempty"`
}

// Process is what one process took of the machine; nil is unknown.
type Process struct {
	// GCPauses is how often the garbage collector stopped the process, GCPauseP99MS the
	// 99th percentile of these pauses.
	GCPauses     uint64   `json:"gc_pauses"`
	GCPauseP99MS *float64 `json:"gc_pause_p99_ms"`
	// GCStopP999MS is the length of the pause under way, at the 99.9th percentile of all
	// moments: 0 where the process was paused for less than 0.1% of the time.
	GCStopP999MS *float64 `json:"gc_stop_p999_ms"`
	// FilesPeak is the most files the process had open, sockets included, of FilesLimit.
	FilesPeak  *uint64 `json:"files_peak"`
	FilesLimit uint64  `json:"files_limit"`
}

// The orders in which the arms of a block may run.
const (
	Concurrent = "concurrent"
	Sequential = "sequential"
)

// Plan is how the blocks were laid out.
type Plan struct {
	// Order is Concurrent or Sequential.
	Order string `json:"order"`
	// Blocks is how many were planned, MaxBlocks how many a rule that does not tell yet
	// may bring them to; 0 is Blocks.
	Blocks    int `json:"blocks"`
	MaxBlocks int `json:"max_blocks,omitempty"`
	// RestartEvery is after how many blocks the mocks were started anew; 0 is never.
	RestartEvery int     `json:"restart_every,omitempty"`
	Seed         uint64  `json:"seed"`
	WarmupMS     float64 `json:"warmup_ms"`
}

// Axis is one question of the scenario, its levels in the order written; the
// first is the base.
type Axis struct {
	Name   string   `json:"axis"`
	Levels []string `json:"levels"`
}

// Arm is one level of every axis, and what it measured.
type Arm struct {
	// Name is axis=level for every axis in order, joined by commas; "all" without axes.
	Name   string            `json:"arm"`
	Levels map[string]string `json:"levels"`
	// Protocol is the one spoken, as in HTTP/1.1; empty when no answer came.
	Protocol string  `json:"protocol"`
	Load     Load    `json:"load"`
	Blocks   []Block `json:"blocks"`
	// Points are of the response latencies of all complete blocks, in a slim record.
	Points *Points `json:"points,omitempty"`
	// OverTime is the prompts of the open slices by the second; nil without any.
	OverTime *Series `json:"over_time,omitempty"`
	Totals   Totals  `json:"totals"`
	// Capacity is nil where none was searched for.
	Capacity *Capacity `json:"capacity,omitempty"`
	// Ledger is the mock's account joined with ours; nil without the bundled mock.
	Ledger *Ledger `json:"ledger,omitempty"`
}

// Load is what was offered to an arm; zero where a kind of load was not run.
type Load struct {
	BatchSize int `json:"batch_size"`
	InFlight  int `json:"in_flight"`
	// OpenPerS is the mean over the blocks, whatever the shape; a trace's own.
	OpenPerS float64 `json:"open_prompts_per_s"`
	// Arrivals is constant, poisson, gamma (of a Burstiness) or trace.
	Arrivals   string  `json:"arrivals,omitempty"`
	Burstiness float64 `json:"burstiness,omitempty"`
	// Shape says in words how the rate moves within a block.
	Shape              string  `json:"shape,omitempty"`
	OpenDurationMS     float64 `json:"open_duration_ms"`
	ClosedInFlight     int     `json:"closed_in_flight"`
	ClosedDurationMS   float64 `json:"closed_duration_ms"`
	ClosedRampMS       float64 `json:"closed_ramp_ms"`
	RequestedProtocol  string  `json:"requested_protocol"`
	RequestedTimeoutMS float64 `json:"timeout_ms"`
}

// Totals cover an arm's whole run, warm-up included, unless they say otherwise.
type Totals struct {
	// Attempts is how many tries left the client.
	Attempts uint64 `json:"attempts"`
	// Connections is how many were opened to the target, and Opening what that took.
	Connections uint64  `json:"connections"`
	Opening     Opening `json:"opening"`
	// PeakStreams is the most requests under way on one connection at once.
	PeakStreams uint64 `json:"peak_streams"`
	// TokenRequests is how many OAuth tokens were fetched.
	TokenRequests uint64 `json:"token_requests"`
	// Tokens are those that the answers billed.
	Tokens Tokens `json:"tokens"`
	// Wire is the bytes of the measured slices.
	Wire Wire `json:"wire"`
	// ClientAuth is what getting credentials cost the client.
	ClientAuth ClientAuth `json:"client_auth"`
	// WrongProtocol is how many answers spoke another protocol than the one asked for.
	WrongProtocol uint64 `json:"wrong_protocol"`
}

// Tokens are billed tokens.
type Tokens struct {
	Input  uint64 `json:"input"`
	Output uint64 `json:"output"`
}

// Opening is the parts of opening connections: name look-ups, TCP connects, TLS handshakes.
type Opening struct {
	DNS     Sum `json:"dns"`
	Connect Sum `json:"connect"`
	TLS     Sum `json:"tls"`
}

// Wire is the bytes of both directions, and the requests they carried.
type Wire struct {
	Sent     Bytes  `json:"sent"`
	Received Bytes  `json:"received"`
	Requests uint64 `json:"requests"`
}

// Bytes is one direction: under TLS with handshakes, above TLS, and of these the
// headers (for HTTP/2 as HPACK encodes them) and the bodies.
type Bytes struct {
	WireBytes   uint64 `json:"wire_bytes"`
	PlainBytes  uint64 `json:"plain_bytes"`
	HeaderBytes uint64 `json:"header_bytes"`
	BodyBytes   uint64 `json:"body_bytes"`
}

// ClientAuth is the client's cost of credentials: fetched or signed Count times
// in TotalMS altogether, each good for LifeMS.
type ClientAuth struct {
	Count   uint64  `json:"count"`
	TotalMS float64 `json:"total_ms"`
	LifeMS  float64 `json:"life_ms"`
}

// Ledger is what the mock truly did for an arm, joined with what we sent by attempt id.
type Ledger struct {
	// Matches says that every answered attempt is in the ledger, that the ledger
	// holds none we did not send, and that the statuses agree.
	Matches bool `json:"matches"`
	// Unread says why the ledger, or that of one of several mocks in turn, could not be
	// read; the counts are without it, and Matches is false.
	Unread string `json:"unread,omitempty"`
	// Attempts is how many the mock saw.
	Attempts uint64 `json:"attempts"`
	// Absent is how many are on one side only, against the rule.
	Absent uint64 `json:"absent"`
	// Unanswered is how many of ours ended without an answer; the mock may or may not have seen them.
	Unanswered    uint64            `json:"unanswered"`
	Prompts       uint64            `json:"prompts"`
	Statuses      map[string]uint64 `json:"statuses"`
	Faults        map[string]uint64 `json:"faults"`
	Tokens        Tokens            `json:"tokens"`
	TokenRequests uint64            `json:"token_requests"`
	// Served are the mock's own durations per attempt.
	Served *Hist `json:"served,omitempty"`
}

// Block is one slice of time in which all arms were measured.
type Block struct {
	Index int `json:"block"`
	// Complete is false when the run ended inside the block.
	Complete bool   `json:"complete"`
	Open     *Slice `json:"open,omitempty"`
	Closed   *Slice `json:"closed,omitempty"`
}
