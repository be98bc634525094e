// Package summary computes what a report says of a record, as numbers without formatting.
// It is pure: the same record always gives the same summary.
package summary

import (
	"slices"
	"time"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
)

// Schema is the name and version of the summary as JSON.
const Schema = "weighbridge.summary/v1"

// Summary is the stable short form of a record, as --format json prints it. A
// figure that is unknown is nil, never 0.
type Summary struct {
	Schema      string             `json:"schema"`
	Scenario    string             `json:"scenario"`
	Started     time.Time          `json:"started"`
	Complete    bool               `json:"complete"`
	Valid       bool               `json:"valid"`
	Invalid     []string           `json:"invalid"`
	Warnings    []string           `json:"warnings"`
	Arms        []Arm              `json:"arms"`
	Comparisons []gate.Comparison  `json:"comparisons"`
	Claims      []gate.ClaimResult `json:"claims"`
	Rules       []Rule             `json:"rules"`
	Verdict     gate.Verdict       `json:"verdict"`
	// Budget is what the run might use up, and did; nil without a budget.
	Budget *record.Budget `json:"budget"`
	// Measured is how the run was measured.
	Measured Measured `json:"measured"`
	// SendLag, ReadLag and LatencyError are over all arms; nil if nothing was measured. LatencyError is
	// service latency minus what the server reports.
	SendLag      *Latency      `json:"send_lag_ms,omitempty"`
	ReadLag      *Latency      `json:"read_lag_ms,omitempty"`
	LatencyError *LatencyError `json:"latency_error_ms,omitempty"`
	// Answers says in sentences what the run found out, errors first, as the report does.
	Answers []string `json:"answers,omitempty"`
}

// Claim is a claim of the scenario and what was measured.
type Claim = gate.ClaimResult

// Rule is a rule of the scenario with its verdict.
type Rule struct {
	Name    string       `json:"name"`
	Verdict gate.Verdict `json:"verdict"`
	// Measured is the figure that decided, Low and High its bounds.
	Measured *float64 `json:"measured"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
	// Why says in one line what decided.
	Why string `json:"why"`
}

// Arm holds an arm's figures. Prompts (Due to NeverSent, Offered, ErrorRate), requests,
// attempts, errors and latencies come from its open slices, or from the closed ones if it
// has no open load; TPS comes from the closed ones if it has any. Tokens, connections and
// the ledger cover the whole run. Latencies are over answered prompts.
type Arm struct {
	Arm    string            `json:"arm"`
	Levels map[string]string `json:"levels"`
	Counts
	Rates
	Times
	// Remarks counts the answered prompts with something unusual: refused, filtered, empty,
	// content_type, no_usage, hidden_tokens, dense_tokens, few_tokens, several_choices, padded.
	Remarks map[string]uint64 `json:"remarks"`
	// Finish counts the answered prompts by the reason why the answer ended, in the API's words.
	Finish map[string]uint64 `json:"finish_reasons"`
	WholeRun
	ClosedFailures
	// Failures is what the failed requests were told, the most frequent of each phase first.
	Failures []Failure `json:"failures"`
	// Batches is what became of the arm's batches; none without load.batch.
	Batches *Batches `json:"batches,omitempty"`
	// Replays is how many of the Attempts sent a request again because the server had not
	// processed it.
	Replays uint64 `json:"replays"`
	Limits
	// Caches is the answered prompts by the cache that answered them; nil if no cache tells.
	Caches *Caches `json:"caches,omitempty"`
	// Conversations is what became of the conversations whose turns are the prompts; nil if prompts are
	// no turns.
	Conversations *Conversations `json:"conversations,omitempty"`
	// FirstContent is the time from sent to the first content and ChunkGap the time between
	// pieces of content, of streams; FirstByte is the time from sent to the first byte.
	FirstContent *Latency `json:"first_content_ms,omitempty"`
	ChunkGap     *Latency `json:"chunk_gap_ms,omitempty"`
	FirstByte    *Latency `json:"first_byte_ms,omitempty"`
	// Parts says where the response latency went; nil if unknown.
	Parts *Parts `json:"parts,omitempty"`
	Further
	// Warnings are about this arm's figures. Summary.Warnings repeats them with the arms' names.
	Warnings []string `json:"-"`

	// main is the slices that the latencies come from, merged; further holds the figures of
	// FurtherMetrics by name.
	main    *record.Slice
	further map[string]*float64
}

// Counts are an arm's prompts, requests and attempts.
type Counts struct {
	Due       uint64 `json:"due"`
	Answered  uint64 `json:"answered"`
	Failed    uint64 `json:"failed"`
	NeverSent uint64 `json:"never_sent"`
	// CutOff and Generator are how many of the Failed prompts the harness ended itself: at the
	// end of a drain, or for lack of a file, port or connection. No error rate has them.
	CutOff    uint64 `json:"cut_off"`
	Generator uint64 `json:"generator"`
	Requests  uint64 `json:"requests"`
	Attempts  uint64 `json:"attempts"`
}

// Rates are an arm's prompts per second, and the share of them that failed.
type Rates struct {
	// Offered is prompts due per second under open load.
	Offered *float64 `json:"offered"`
	// TPS is prompts answered per second; TPSFrom is the load it comes from: closed, open or batch.
	TPS     *float64 `json:"tps"`
	TPSFrom *string  `json:"tps_from"`
	// ErrorRate is the share of the prompts due that failed, 0…1.
	ErrorRate *float64          `json:"error_rate"`
	Errors    map[string]uint64 `json:"errors"`
}

// Times are an arm's latencies.
type Times struct {
	Response *Latency `json:"response_ms"`
	Service  *Latency `json:"service_ms"`
	// FailedMS is the time from due to failure, per failed prompt.
	FailedMS *Latency `json:"failed_ms"`
	SlotWait *Latency `json:"slot_wait_ms"`
	SendLag  *Latency `json:"send_lag_ms"`
	// TTFT is the time from due to the first content, TTFO that to the first which is not
	// reasoning, and TPOT the time per output token after the first content, per prompt that
	// was answered by a stream.
	TTFT *Latency `json:"ttft_ms"`
	TTFO *Latency `json:"ttfo_ms"`
	TPOT *Latency `json:"tpot_ms"`
}

// WholeRun is what is counted over the whole run of an arm.
type WholeRun struct {
	Auth Auth `json:"auth_ms_per_request"`
	Wire Wire `json:"wire_bytes_per_request"`
	// Connections counts those opened.
	Connections   uint64  `json:"connections"`
	Protocol      *string `json:"protocol"`
	Tokens        Tokens  `json:"tokens"`
	TokenRequests uint64  `json:"token_requests"`
	Ledger        *Ledger `json:"ledger"`
}

// ClosedFailures is what failed under closed load.
type ClosedFailures struct {
	// ClosedErrorRate is the share of the prompts due under closed load that failed, 0…1, and
	// ClosedErrors the failed requests by class; nil unless the arm has open load too.
	ClosedErrorRate *float64          `json:"closed_error_rate"`
	ClosedErrors    map[string]uint64 `json:"closed_errors"`
}

// Latency holds the statistics of a histogram in milliseconds.
type Latency struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	// Max is nil if only percentiles are known, as of a slim record.
	Max *float64 `json:"max"`
}

// Auth is the time in milliseconds that authentication costs a request. At the client it is
// the cost of a token spread over the requests of its life; at the server, what it reports.
type Auth struct {
	Client *float64 `json:"client"`
	Server *float64 `json:"server"`
}

// Wire is bytes on the wire per request.
type Wire struct {
	Sent           *float64 `json:"sent"`
	Received       *float64 `json:"received"`
	HeaderSent     *float64 `json:"header_sent"`
	HeaderReceived *float64 `json:"header_received"`
	BodySent       *float64 `json:"body_sent"`
	BodyReceived   *float64 `json:"body_received"`
}

// Tokens counts what answers billed; nil if not every answer reported it.
type Tokens struct {
	Input  *uint64 `json:"input"`
	Output *uint64 `json:"output"`
}

// Ledger compares the mock's ledger with the hits of the harness.
type Ledger struct {
	Matches  bool   `json:"matches"`
	Attempts uint64 `json:"attempts"`
	Absent   uint64 `json:"absent"`
	// Unread says that the mock's ledger could not be read; then it does not match.
	Unread bool `json:"-"`
	// LatencyError is service latency minus what the server reports, per attempt; negative
	// if the server reports more than passed.
	LatencyError *LatencyError `json:"latency_error_ms"`
}

// LatencyError is the harness's own error in milliseconds.
type LatencyError struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

func summarize(j *Judged) Summary {
	rec := j.Record
	s := Summary{
		Schema:      Schema,
		Scenario:    rec.Scenario.Name,
		Started:     rec.Started.UTC(),
		Complete:    rec.Complete,
		Valid:       len(rec.Invalid) == 0,
		Invalid:     append([]string{}, rec.Invalid...),
		Arms:        []Arm{},
		Comparisons: []gate.Comparison{},
		Claims:      claims(j.Claims),
		Rules:       Rules(j.Outcome().Rules),
		Verdict:     j.RunVerdict.Verdict,
		Budget:      rec.Budget,
		Measured:    measuredOf(rec),
	}
	if !CapacityOnly(rec) && !j.Apart {
		s.Comparisons = j.RunVerdict.Mark(figures.Compare(rec))
	}
	var lags, readLags, errors, overstated []*record.Hist
	for i := range rec.Arms {
		arm := ofArm(&rec.Arms[i])
		arm.Warnings = armWarnings(rec, &rec.Arms[i], arm)
		s.Arms = append(s.Arms, arm)
		lags, readLags = append(lags, arm.main.SendLag), append(readLags, arm.main.ReadLag)
		errors, overstated = append(errors, arm.main.LatencyError), append(overstated, arm.main.Overstated)
	}
	s.SendLag, s.ReadLag = latency(record.Merged(lags...)), latency(record.Merged(readLags...))
	s.LatencyError = latencyErrorOf(&record.Slice{LatencyError: record.Merged(errors...), Overstated: record.Merged(overstated...)})
	s.Warnings = warnings(rec, s)
	s.Warnings = append(s.Warnings, VerdictWarnings(j.RunVerdict, slices.Concat(s.Warnings, ofArms(s.Arms)))...)
	return s
}
