// Package doctor sends one cheap request for each arm of a scenario, tells what it saw on the way,
// and what would go wrong in the run.
package doctor

import (
	"context"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/attack"
	"weighbridge/bench/forecast"
	"weighbridge/scenarios"
	"weighbridge/target/budget"
)

// Schema names the form of a Report as JSON.
const Schema = "weighbridge.doctor/v1"

// Report is what was seen of the servers of a scenario's arms. What was not seen is null.
type Report struct {
	Schema   string `json:"schema"`
	Scenario string `json:"scenario"`
	Arms     []Arm  `json:"arms"`
	// Problems would make the run fail or its figures useless, Doubts may.
	Problems []Finding `json:"problems"`
	Doubts   []Finding `json:"doubts"`
}

// Finding is something that would go wrong.
type Finding struct {
	// Arms are the arms concerned; empty if the whole run is.
	Arms []string `json:"arms"`
	Says string   `json:"says"`
}

// Arm is what was seen for one arm.
type Arm struct {
	Arm string `json:"arm"`
	// Server is mock, or SCHEME://HOST:PORT, and Proxy the proxy before it, masked.
	Server     string     `json:"server"`
	Proxy      string     `json:"proxy,omitempty"`
	DNS        *DNS       `json:"dns"`
	Connect    *Connect   `json:"connect"`
	TLS        *TLS       `json:"tls"`
	Credential Credential `json:"credential"`
	Response   *Response  `json:"response"`
	Clock      *Clock     `json:"clock"`
	Limits     []Limit    `json:"limits"`
	Model      *Model     `json:"model"`
	Output     *Output    `json:"output"`
	Stream     *Stream    `json:"stream"`
	// Failed is the stage that failed: look-up, connect, tls, credential or request; "" if none did.
	// Error says why.
	Failed string `json:"failed"`
	Error  string `json:"error"`
}

// The stages that follow once a connection is open.
const (
	stageCredential = "credential"
	stageRequest    = "request"
)

// DNS is the lookup of the host, or of its proxy's.
type DNS struct {
	Host      string   `json:"host"`
	Addresses []string `json:"addresses"`
	TookMS    float64  `json:"took_ms"`
}

// Connect is the connection to the server, or through its proxy.
type Connect struct {
	Address string  `json:"address"`
	TookMS  float64 `json:"took_ms"`
}

// TLS is what was negotiated, and the certificate of the server.
type TLS struct {
	Version string `json:"version"`
	// ALPN is the protocol negotiated; "" for none.
	ALPN    string  `json:"alpn"`
	Subject string  `json:"subject"`
	Issuer  string  `json:"issuer"`
	TookMS  float64 `json:"took_ms"`
	// NotAfter is when the certificate expires, and DaysLeft how many days from now.
	NotAfter time.Time `json:"not_after"`
	DaysLeft float64   `json:"days_left"`
	// SelfSigned says that the certificate's issuer is itself; Verified that it was accepted.
	SelfSigned bool `json:"self_signed"`
	Verified   bool `json:"verified"`
}

// Credential is how requests authenticate.
type Credential struct {
	Scheme string `json:"scheme"`
	// TookMS is how long it took to fetch, print or sign it; null if it is given. LifeMS is how long
	// it is valid from then on; null if that is not known.
	TookMS *float64 `json:"took_ms"`
	LifeMS *float64 `json:"life_ms"`
	// Endpoint is the path or the URL that issued it, and Requests the number of requests to it; ""
	// and 0 if none did.
	Endpoint string `json:"endpoint"`
	Requests uint64 `json:"requests"`
	// Accepted is null if the answer does not say.
	Accepted *bool `json:"accepted"`
}

// Response is the answer to the request.
type Response struct {
	Status   int    `json:"status"`
	Protocol string `json:"protocol"`
	// ServiceMS is from when the request was sent, on a connection that was open, to the last byte.
	ServiceMS float64 `json:"service_ms"`
	// Class is the kind of failure, and Detail the server's words; "" for an answer.
	Class string `json:"class"`
	// Page says that it is an HTML page, of which only the status was judged.
	Page   bool   `json:"page,omitempty"`
	Detail string `json:"detail"`
	// InputTokens and OutputTokens are what the answer reports; null if it does not.
	InputTokens  *uint64  `json:"input_tokens"`
	OutputTokens *uint64  `json:"output_tokens"`
	RetryAfterMS *float64 `json:"retry_after_ms"`
}

// Clock is how far the server's clock is ahead of this machine's, by the header Date of its answer,
// which has whole seconds.
type Clock struct {
	OffsetMS float64 `json:"offset_ms"`
	// ErrorMS is by how much that may be off in either direction.
	ErrorMS float64 `json:"error_ms"`
}

// Limit is a rate limit that the answer tells of.
type Limit struct {
	Name string `json:"name"`
	// Counts is requests, input_tokens, output_tokens, tokens or other.
	Counts    string   `json:"counts"`
	Limit     *uint64  `json:"limit"`
	Remaining *uint64  `json:"remaining"`
	ResetMS   *float64 `json:"reset_ms"`
	// WindowMS is in which time the limit refills; null if that is not known.
	WindowMS *float64 `json:"window_ms"`
}

// Model is the model that requests name, and the one that the answer names; "" if it names none.
type Model struct {
	Asked    string `json:"asked"`
	Answered string `json:"answered"`
	// Found is null if the answer does not say.
	Found *bool `json:"found"`
}

// Output is how long the answer was.
type Output struct {
	// Asked is the most output tokens that the request asked for; null if it asked for no number.
	Asked  *uint64 `json:"asked"`
	Finish string  `json:"finish_reason"`
	// Honoured is null if the answer does not say.
	Honoured *bool `json:"honoured"`
}

// Stream is how an event stream arrived.
type Stream struct {
	// Pieces is how many pieces of output came, FirstMS when the first, and SpreadMS how long after
	// it the last.
	Pieces   int      `json:"pieces"`
	FirstMS  *float64 `json:"first_ms"`
	SpreadMS *float64 `json:"spread_ms"`
	// Streams says whether the pieces arrived apart; null if they were too few, or too early, to tell.
	Streams *bool `json:"streams"`
}

// Options are the options of bench.Run that matter to the doctor.
type Options struct {
	bench.Options
	// Forecast is what the run will do.
	Forecast *forecast.Forecast
	// FreeFiles is how many more files and connections this process may open; 0 if that is not known.
	FreeFiles uint64
	// Each, unless nil, is called before each arm, with its number from 0.
	Each func(i int, arm string)
	// Now is the time; nil is time.Now.
	Now func() time.Time
}

// ofBudget is how many attempts an arm may make: the first, and one with a renewed credential.
const ofBudget = 2

// Examine sends one request for each arm, one after another, and reports what it saw. An error says
// that there is nothing to report; if ctx ends, it is ctx's.
func Examine(ctx context.Context, o Options) (*Report, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	arms, end, err := bench.Open(ctx, o.Options, func(a *scenarios.Arm) { a.Client.Retry.Policy = "none" })
	if err != nil {
		return nil, err
	}
	limits := o.Scenario.Budget.Limits()
	if limits == (budget.Amount{}) {
		limits.Requests = uint64(ofBudget * len(arms))
	}
	account := budget.New(limits, func(string) {})
	charged, _, err := bench.Prices(o.Scenario)
	if err != nil {
		_ = end() // the error says more
		return nil, err
	}
	report := &Report{Schema: Schema, Scenario: o.Scenario.Name, Arms: []Arm{}, Problems: []Finding{}, Doubts: []Finding{}}
	for i, a := range arms {
		if o.Each != nil {
			o.Each(i, a.Name)
		}
		e := &examination{arm: a, way: a.Way(), now: o.Now, secrets: o.Secrets}
		e.limit(account, charged[i])
		report.Arms = append(report.Arms, e.examine(ctx))
		if ctx.Err() != nil {
			break
		}
	}
	if err := end(); err != nil && ctx.Err() == nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	report.judge(o)
	return report, nil
}

// phase is the phase of the doctor's requests in the mock's ledger.
const phase = attack.PhaseWarmup
