// Package record is the format of everything that a run measured, on disk and in memory.
// Reports, comparisons and gates read records alone; none of them touches the network.
package record

import (
	"time"

	"weighbridge/bench/record/billing"
	"weighbridge/bench/record/byregion"
	"weighbridge/bench/record/ratelimit"
	"weighbridge/bench/record/reasons"
)

// Schema names the format and its version.
const Schema = "weighbridge.record/v1"

// Record is one run of one scenario.
type Record struct {
	Schema string `json:"schema"`
	// Tool is the version of weighbridge that measured.
	Tool     string    `json:"tool"`
	Scenario Scenario  `json:"scenario"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	// Complete is false when the run ended early; Stopped then says why.
	Complete bool   `json:"complete"`
	Stopped  string `json:"stopped,omitempty"`
	// Quick marks a short run by --quick, whose figures are only indicative.
	Quick bool `json:"quick,omitempty"`
	Env   Env  `json:"env"`
	// Harness is the load that measuring itself put on the machine.
	Harness Harness `json:"harness"`
	// Validity is the thresholds that Invalid was judged by; nil in older records.
	Validity *Validity `json:"validity,omitempty"`
	Plan     Plan      `json:"plan"`
	Axes     []Axis    `json:"axes"`
	// Rules and Claims are the scenario's.
	Rules  []Rule  `json:"rules,omitempty"`
	Claims []Claim `json:"claims,omitempty"`
	Arms   []Arm   `json:"arms"`
	// Budget is what the run might use up, and did; nil without a budget.
	Budget *Budget `json:"budget,omitempty"`
	// Allowed is the hosts off loopback that the command line allowed; empty in older records.
	Allowed []string `json:"allowed_hosts,omitempty"`
	// Invalid is the reasons why the figures do not count; a valid run has none.
	Invalid []string `json:"invalid"`
	// Warnings are limits of the figures that a reader should know.
	Warnings []string `json:"warnings"`
}

// Scenario is the scenario that ran: its source as written, which holds references to secrets but
// no secrets, and the patches (Set) and axes (Axis) given on the command line.
type Scenario struct {
	Name   string   `json:"name"`
	Title  string   `json:"title"`
	About  string   `json:"about,omitempty"`
	Source string   `json:"source"`
	Set    []string `json:"set"`
	Axis   []string `json:"axis"`
}

// Env is the machine that measured, and the Go version.
type Env struct {
	Go     string `json:"go"`
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	CPU    string `json:"cpu"`
	CPUs   int    `json:"cpus"`
	Kernel string `json:"kernel"`
}

// The orders in which the arms of a block may run.
const (
	Concurrent = "concurrent"
	Sequential = "sequential"
)

// Plan is the layout of the blocks.
type Plan struct {
	// Order is Concurrent or Sequential.
	Order string `json:"order"`
	// Blocks is how many blocks were planned. An inconclusive rule may extend the run to
	// MaxBlocks; 0 means that it may not.
	Blocks    int `json:"blocks"`
	MaxBlocks int `json:"max_blocks,omitempty"`
	// RestartEvery is the number of blocks after which the mocks were restarted; 0 is never.
	RestartEvery int     `json:"restart_every,omitempty"`
	Seed         uint64  `json:"seed"`
	WarmupMS     float64 `json:"warmup_ms"`
}

// Axis is one axis of the scenario. Its levels are in the order written; the first is the base.
type Axis struct {
	Name   string   `json:"axis"`
	Levels []string `json:"levels"`
	// Sets is what each level sets, by the path of the key: numbers and durations as written, and ""
	// for anything else. Nil in older records.
	Sets []map[string]string `json:"sets,omitempty"`
}

// Arm is one level of every axis, and what was measured of it.
type Arm struct {
	// Name joins axis=level of every axis, in order, by commas; "all" without axes.
	Name   string            `json:"arm"`
	Levels map[string]string `json:"levels"`
	// Protocol is the protocol spoken, such as HTTP/1.1; empty when there was no answer.
	Protocol string `json:"protocol"`
	Load     Load   `json:"load"`
	// Price is what the arm's model charges; nil if that is unknown.
	Price *Price `json:"price,omitempty"`
	// Objectives are the latencies that Slice.Good counts within; nil if there were none.
	Objectives *Objectives `json:"objectives,omitempty"`
	// Alert is the alert on the arm's success rate; nil if there was none.
	Alert  *Alert  `json:"alert,omitempty"`
	Blocks []Block `json:"blocks"`
	// Percentiles is over the response latencies of all complete blocks, in a slim record.
	Percentiles *Percentiles `json:"points,omitempty"`
	// OverTime is the prompts of the open slices over time; nil without open load.
	OverTime *Series `json:"over_time,omitempty"`
	// LimitsOverTime is what remained of the server's rate limits over the measured time; nil if
	// no answer told, and in older records.
	LimitsOverTime *ratelimit.Series `json:"limits_over_time,omitempty"`

	Totals Totals `json:"totals"`
	// Failures is the most frequent kinds of failure of each phase, with what the server said;
	// nil if nothing failed, and in older records.
	Failures []reasons.Failure `json:"failures,omitempty"`
	// Calibration is how many tokens the server counts in texts; nil if it was not asked.
	Calibration *Calibration `json:"calibration,omitempty"`
	// Capacity is the search for the arm's capacity; nil if there was none.
	Capacity *Capacity `json:"capacity,omitempty"`
	// Ledger compares the attempts that the arm's mock saw with those sent; nil without the mock.
	Ledger *Ledger `json:"ledger,omitempty"`
	// Billing is the accounts kept by usage callbacks; nil if there were none.
	Billing *billing.Accounts `json:"billing,omitempty"`
	// Network is where the arm's connections went; nil for the mock without a proxy, and in
	// older records.
	Network *Network `json:"network,omitempty"`
}

// Network is where the connections of an arm went.
type Network struct {
	// Proxy is the URL of the proxy, its user and password masked; "" for none.
	Proxy string `json:"proxy,omitempty"`
	// Insecure says that no certificate was verified.
	Insecure bool `json:"insecure,omitempty"`
	// Reached counts the connections, those for tokens too, by the address that they were opened
	// to: an IP address and port, or the path of a unix socket. Behind a proxy, that is the
	// proxy's. Of more than 100 addresses the rest are counted together.
	Reached map[string]uint64 `json:"reached,omitempty"`
}

// Load is the load offered to an arm; the fields of a kind of load that was not run are zero.
type Load struct {
	BatchSize int `json:"batch_size"`
	InFlight  int `json:"in_flight"`
	// OpenPerS is the mean rate over all blocks, whatever its shape.
	OpenPerS float64 `json:"open_prompts_per_s"`
	// Conversations says that prompts are turns of conversations, which start at that rate, and that
	// ClosedInFlight is how many are under way.
	Conversations bool `json:"conversations,omitempty"`
	// Tokenizer is what counted the tokens of generated prompts; "" if nothing did.
	Tokenizer string `json:"tokenizer,omitempty"`
	// Arrivals is constant, poisson, gamma (with a Burstiness) or trace.
	Arrivals   string  `json:"arrivals,omitempty"`
	Burstiness float64 `json:"burstiness,omitempty"`
	// Shape describes how the rate changes within a block.
	Shape            string  `json:"shape,omitempty"`
	OpenDurationMS   float64 `json:"open_duration_ms"`
	ClosedInFlight   int     `json:"closed_in_flight"`
	ClosedDurationMS float64 `json:"closed_duration_ms"`
	ClosedRampMS     float64 `json:"closed_ramp_ms"`
	// BatchPrompts is the prompts of a batch that is submitted to an API for batches, BatchPollMS the
	// time from one poll to the next, and BatchWaitMS the longest wait for its end.
	BatchPrompts       int     `json:"batch_prompts,omitempty"`
	BatchPollMS        float64 `json:"batch_poll_ms,omitempty"`
	BatchWaitMS        float64 `json:"batch_wait_ms,omitempty"`
	RequestedProtocol  string  `json:"requested_protocol"`
	RequestedTimeoutMS float64 `json:"timeout_ms"`
	// DrainMS is the longest wait for outstanding answers after a slice; 0 in older records.
	DrainMS float64 `json:"drain_ms,omitempty"`
	// LimitShare is the share of the server's rate limits that the load kept to; 0 if it kept to
	// none, and in older records.
	LimitShare float64 `json:"limit_share,omitempty"`
}

// Totals covers an arm's whole run, warm-up included, unless a field says otherwise.
type Totals struct {
	// Attempts is the number of attempts that left the client.
	Attempts uint64 `json:"attempts"`
	// Connections is the number opened to the target, and Opening the time that took.
	Connections uint64  `json:"connections"`
	Opening     Opening `json:"opening"`
	// PeakStreams is the most requests in flight on one connection at once.
	PeakStreams uint64 `json:"peak_streams"`
	// Pushes is the number of resources that the target promised to push (HTTP/2 server push); 0 in
	// older records.
	Pushes uint64 `json:"pushes,omitempty"`
	// TokenRequests is the number of OAuth tokens fetched.
	TokenRequests uint64 `json:"token_requests"`
	// Tokens is the tokens billed by the answers, as they report them.
	Tokens Tokens `json:"tokens"`
	// Answered is the number of prompts answered; 0 in older records.
	Answered uint64 `json:"answered,omitempty"`
	// Unsettled is the number of attempts that no answer tells the tokens of: they got none, or one
	// that broke off. 0 in older records.
	Unsettled uint64 `json:"unsettled,omitempty"`
	// Unreported is the answered requests that did not report their input, or their output.
	Unreported Tokens `json:"unreported,omitzero"`
	// Wire is the bytes of the measured slices, without warm-up.
	Wire Wire `json:"wire"`
	// ClientAuth is the client's cost of credentials.
	ClientAuth ClientAuth `json:"client_auth"`
	// Limits counts the measured requests that the harness could not send, by the limit of its
	// own that was reached; nil if there were none.
	Limits map[string]uint64 `json:"limits,omitempty"`
	// WrongProtocol is the number of answers in another protocol than the one asked for.
	WrongProtocol uint64 `json:"wrong_protocol"`
}

// Tokens is a number of billed tokens.
type Tokens struct {
	Input  uint64 `json:"input"`
	Output uint64 `json:"output"`
	// CacheRead and CacheWrite are the parts of Input that were read from the provider's prompt cache and
	// written to it.
	CacheRead  uint64 `json:"cache_read,omitempty"`
	CacheWrite uint64 `json:"cache_write,omitempty"`
}

// Price is what a model charges, in USD per million tokens.
type Price struct {
	Model      string  `json:"model"`
	Input      float64 `json:"input"`
	Output     float64 `json:"output"`
	CacheRead  float64 `json:"cache_read"`
	CacheWrite float64 `json:"cache_write"`
}

// Cost is the price of some tokens, in USD.
func (p Price) Cost(t Tokens) float64 {
	read := min(t.CacheRead, t.Input)
	write := min(t.CacheWrite, t.Input-read)
	return (float64(t.Input-read-write)*p.Input + float64(read)*p.CacheRead + float64(write)*p.CacheWrite + float64(t.Output)*p.Output) / 1e6
}

// Opening is the time that opening connections took: DNS lookups, TCP connects, TLS handshakes.
type Opening struct {
	DNS     Sum `json:"dns"`
	Connect Sum `json:"connect"`
	TLS     Sum `json:"tls"`
}

// Wire is the bytes sent and received, and the number of requests they carried.
type Wire struct {
	Sent     Bytes  `json:"sent"`
	Received Bytes  `json:"received"`
	Requests uint64 `json:"requests"`
}

// Bytes is the bytes in one direction: on the wire with TLS and its handshakes, in plain
// text, and of the latter those of headers (compressed by HPACK in HTTP/2) and of bodies.
type Bytes struct {
	WireBytes   uint64 `json:"wire_bytes"`
	PlainBytes  uint64 `json:"plain_bytes"`
	HeaderBytes uint64 `json:"header_bytes"`
	BodyBytes   uint64 `json:"body_bytes"`
}

// ClientAuth is the client's cost of credentials: Count of them were fetched or signed, in
// TotalMS altogether, and each was valid for LifeMS.
type ClientAuth struct {
	Count   uint64  `json:"count"`
	TotalMS float64 `json:"total_ms"`
	LifeMS  float64 `json:"life_ms"`
	// PerRequest says that every request signed one of its own, which LifeMS says nothing about.
	PerRequest bool `json:"per_request,omitempty"`
}

// Ledger compares the mock's own account of an arm with what was sent, attempt by attempt.
type Ledger struct {
	// Matches says that the ledger has every answered attempt and none that was not sent, and
	// that the statuses agree.
	Matches bool `json:"matches"`
	// Unread says why the ledger, or that of one of several mocks in turn, could not be
	// read; the counts are without it, and Matches is false.
	Unread string `json:"unread,omitempty"`
	// Attempts is the number of attempts that the mock saw.
	Attempts uint64 `json:"attempts"`
	// Absent is the number of attempts that one side lacks and should have.
	Absent uint64 `json:"absent"`
	// Unanswered is the number sent that got no answer: the mock may or may not have seen them.
	Unanswered    uint64            `json:"unanswered"`
	Prompts       uint64            `json:"prompts"`
	Statuses      map[string]uint64 `json:"statuses"`
	Faults        map[string]uint64 `json:"faults"`
	Tokens        Tokens            `json:"tokens"`
	TokenRequests uint64            `json:"token_requests"`
	// Pushes is what became of the resources that the mock wanted to push; zero if it wanted
	// none, and in older records.
	Pushes Pushes `json:"pushes,omitzero"`
	// Callbacks is the mock's usage callbacks; nil if it sent none, and in older records.
	Callbacks *billing.Sent `json:"callbacks,omitempty"`
	EdgeHits  uint64        `json:"edge_hits,omitempty"` // attempts that the mock's edge cache answered (mock.edge)
	// Served is how long the mock took for each attempt, by its own clock.
	Served *Hist `json:"served,omitempty"`
	// Regions are the accounts of the mock's regions; nil without regions.
	Regions byregion.Ledgers `json:"regions,omitempty"`
}

// Block is one arm's part of a period in which all arms were measured.
type Block struct {
	Index int `json:"block"`
	// Complete is false when the run ended inside the block.
	Complete bool   `json:"complete"`
	Open     *Slice `json:"open,omitempty"`
	Closed   *Slice `json:"closed,omitempty"`
	// Batch is what was submitted to an API for batches. A prompt of it is due when the submission
	// begins, and answered when the results have been read after the batch was seen to have ended.
	// Its Duration is from the first of these to the last.
	Batch *Slice `json:"batch,omitempty"`
}

// Budget is what all arms of a run might use up together, and what they did.
type Budget struct {
	// Limits are the scenario's; 0 is no limit.
	Limits Spending `json:"limits"`
	// Used is what attempts used up: as their answers report, or else as it was reserved.
	Used Spending `json:"used"`
	// Assumed is the part of Used that no answer reports, and AssumedAttempts the number of attempts that used it.
	Assumed         Spending `json:"assumed,omitzero"`
	AssumedAttempts uint64   `json:"assumed_attempts,omitempty"`
}

// Spending is what attempts use up: themselves, the prompts in them, and their tokens with the
// cost of these, which is 0 if the models' prices are unknown.
type Spending struct {
	Requests     uint64  `json:"requests,omitempty"`
	Prompts      uint64  `json:"prompts,omitempty"`
	InputTokens  uint64  `json:"input_tokens,omitempty"`
	OutputTokens uint64  `json:"output_tokens,omitempty"`
	USD          float64 `json:"usd,omitempty"`
}

// AuthMS is the cost of authentication per request, in ms. The client's is the cost of a
// credential over the requests made during its lifetime, so that a short run does not
// overstate it; the server's is what it reports as auth. Nil where unknown.
func (a *Arm) AuthMS() (client, server *float64) {
	var reported Sum
	requests, seconds := uint64(0), 0.0
	for i := range a.Blocks {
		s := a.Main(&a.Blocks[i])
		if s == nil {
			continue
		}
		reported.Count += s.Server["auth"].Count
		reported.TotalMS += s.Server["auth"].TotalMS
		if a.Blocks[i].Complete { // how long a slice lasted that was cut short is unknown
			requests, seconds = requests+s.Requests, seconds+s.DurationMS/1000
		}
	}
	auth := a.Totals.ClientAuth
	if auth.PerRequest && auth.Count > 0 {
		client = new(auth.TotalMS / float64(auth.Count))
	} else if life := float64(requests) / seconds * auth.LifeMS / 1000; auth.Count > 0 && life > 0 {
		client = new(auth.TotalMS / float64(auth.Count) / life)
	}
	if reported.Count > 0 {
		server = new(reported.TotalMS / float64(reported.Count))
	}
	return client, server
}
