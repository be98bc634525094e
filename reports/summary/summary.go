// Package summary makes the figures of a record: numbers alone, printed by others. It is
// pure: the same record gives the same summary whenever and wherever it is made.
package summary

import (
	"sync"
	"time"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
)

// Schema names the version of the summary.
const Schema = "weighbridge.summary/v1"

// Summary is the stable short form of a record, as --format json prints it. A
// figure that is not known is nil, never 0.
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
	// SendLag and LatencyError are over all arms; nil where nothing was measured.
	SendLag      *Latency      `json:"-"`
	LatencyError *LatencyError `json:"-"`
}

// Rule is a rule of the scenario and what became of it.
type Rule struct {
	Name    string       `json:"name"`
	Verdict gate.Verdict `json:"verdict"`
	// Measured is the figure that decided, with its bounds.
	Measured *float64 `json:"measured"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
	// Why says in one line what decided.
	Why string `json:"why"`
}

// Arm is an arm's figures. Prompts (Due to NeverSent, Offered, TPS, ErrorRate),
// requests, attempts, errors and latencies are of its open slices, or of the
// closed ones where it has no open load; TPS is of the closed ones where it has
// any. Tokens, connections and the ledger cover the whole run.
type Arm struct {
	Arm       string            `json:"arm"`
	Levels    map[string]string `json:"levels"`
	Due       uint64            `json:"due"`
	Answered  uint64            `json:"answered"`
	Failed    uint64            `json:"failed"`
	NeverSent uint64            `json:"never_sent"`
	Requests  uint64            `json:"requests"`
	Attempts  uint64            `json:"attempts"`
	// Offered is prompts/s truly due under open load.
	Offered *float64 `json:"offered"`
	// TPS is prompts/s answered; TPSFrom says by which load, closed or open.
	TPS     *float64 `json:"tps"`
	TPSFrom *string  `json:"tps_from"`
	// ErrorRate is failed over due prompts, 0…1.
	ErrorRate *float64          `json:"error_rate"`
	Errors    map[string]uint64 `json:"errors"`
	Response  *Latency          `json:"response_ms"`
	Service   *Latency          `json:"service_ms"`
	// FailedMS is due to failure, per failed prompt.
	FailedMS *Latency `json:"failed_ms"`
	SlotWait *Latency `json:"slot_wait_ms"`
	SendLag  *Latency `json:"send_lag_ms"`
	// TTFT is due to first content and TPOT the time per output token after the first,
	// per answered prompt that was streamed.
	TTFT *Latency `json:"ttft_ms"`
	TPOT *Latency `json:"tpot_ms"`
	Auth Auth     `json:"auth_ms_per_request"`
	Wire Wire     `json:"wire_bytes_per_request"`
	// Connections is how many were opened.
	Connections   uint64  `json:"connections"`
	Protocol      *string `json:"protocol"`
	Tokens        Tokens  `json:"tokens"`
	TokenRequests uint64  `json:"token_requests"`
	Ledger        *Ledger `json:"ledger"`
	// FirstContent is request sent to first content, ChunkGap between the pieces of content,
	// per answered prompt that was streamed; FirstByte is request sent to first byte.
	FirstContent *Latency `json:"-"`
	ChunkGap     *Latency `json:"-"`
	FirstByte    *Latency `json:"-"`
	// Parts are where its response latency went; nil where that is not known.
	Parts *Parts `json:"-"`
	// Warnings are doubts about this arm's figures; the summary's name the arms.
	Warnings []string `json:"-"`

	// main is the slices of the latencies, merged; others are the figures of Others by name.
	main   *record.Slice
	others map[string]*float64
}

// Latency is a histogram's figures in milliseconds.
type Latency struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

// Auth is milliseconds that authentication costs a request: at the client a
// token's cost shared by the requests of its life, at the server what it reports.
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
}

// Tokens are those that answers billed; nil where no answer told of any.
type Tokens struct {
	Input  *uint64 `json:"input"`
	Output *uint64 `json:"output"`
}

// Ledger is how the mock's account agrees with ours.
type Ledger struct {
	Matches  bool   `json:"matches"`
	Attempts uint64 `json:"attempts"`
	Absent   uint64 `json:"absent"`
	// LatencyError is service latency less what the server reports, per attempt.
	LatencyError *LatencyError `json:"latency_error_ms"`
}

// LatencyError is the harness's own error in milliseconds.
type LatencyError struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// Judged is a record with what its rules and claims made of it, of a record alone where
// nothing judged it, and the summary of both.
type Judged struct {
	Record    *record.Record
	Judgement gate.Judgement
	Claims    []gate.ClaimResult

	once    sync.Once
	summary Summary
}

// Summary is made when it is first asked for, and once: its comparisons take most of the
// time of a report.
func (j *Judged) Summary() Summary {
	j.once.Do(func() { j.summary = summarize(j) })
	return j.summary
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
		Rules:       Rules(j.Verdict().Rules),
		Verdict:     j.Judgement.Verdict,
	}
	capacityOnly := CapacityOnly(rec)
	if !capacityOnly {
		s.Comparisons = j.Judgement.Mark(figures.Compare(rec))
	}
	var lags, errors []*record.Hist
	for i := range rec.Arms {
		arm := ofArm(&rec.Arms[i])
		arm.Warnings = []string{}
		if !capacityOnly {
			arm.Warnings = armWarnings(arm)
		}
		arm.Warnings = append(arm.Warnings, capacityWarnings(rec.Arms[i].Capacity)...)
		s.Arms = append(s.Arms, arm)
		lags, errors = append(lags, arm.main.SendLag), append(errors, arm.main.LatencyError)
	}
	s.SendLag, s.LatencyError = latency(record.Merged(lags...)), latencyErrorOf(record.Merged(errors...))
	s.Warnings = warnings(rec, s)
	s.Warnings = append(s.Warnings, JudgementWarnings(j.Judgement, s.Warnings)...)
	return s
}
