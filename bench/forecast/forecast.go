// Package forecast tells what a run will send, how long it will take and what it will cost,
// before anything is sent: from the scenario, its prompts and its prices alone.
package forecast

import (
	"cmp"
	"math"
	"time"

	"weighbridge/bench"
	"weighbridge/scenarios"
	"weighbridge/target/budget"
)

// Schema names the form of a Forecast as JSON.
const Schema = "weighbridge.forecast/v1"

// Forecast is what a run of a scenario will do. Expected figures suppose that every request is
// answered at its first attempt, nothing waits, and answers are as long as they may be. Figures
// that depend on the server are nil, and Unknown says why.
type Forecast struct {
	Schema   string `json:"schema"`
	Scenario string `json:"scenario"`
	Arms     []Arm  `json:"arms"`
	// Total is the sum of all arms; its Most is at most the budget.
	Total Amounts `json:"total"`
	// TimeMS is how long the run takes in ms, Most without the time until the servers are ready.
	TimeMS Figure `json:"time_ms"`
	// Hosts are the servers off loopback that the run connects to, as SCHEME://HOST:PORT.
	Hosts []string `json:"hosts"`
	// Budget is the limits of the run; nil for none.
	Budget *Limits `json:"budget"`
	// EndsEarly says that the budget ends the run early even if no attempt fails.
	EndsEarly bool `json:"ends_early"`
	// Unknown says why figures are nil, Warnings what would go wrong, and Notes what the figures
	// rest on.
	Unknown  []string `json:"unknown"`
	Warnings []string `json:"warnings"`
	Notes    []string `json:"notes"`
}

// Arm is what is sent for one arm.
type Arm struct {
	Arm string `json:"arm"`
	// Server is where its requests go: mock, or SCHEME://HOST:PORT.
	Server string `json:"server"`
	Amounts
	// WarmupPrompts are the prompts that are sent before anything is measured, of Prompts.
	WarmupPrompts Figure `json:"warmup_prompts"`
	// InputPerPrompt and OutputPerPrompt are the tokens that a prompt is expected to have, in the mean;
	// nil if that is not known.
	InputPerPrompt  *float64 `json:"input_tokens_per_prompt"`
	OutputPerPrompt *float64 `json:"output_tokens_per_prompt"`
}

// Amounts are what attempts use up, counted as a budget counts them.
type Amounts struct {
	// Prompts counts those of retries again.
	Prompts Figure `json:"prompts"`
	// Attempts are HTTP exchanges, retries included.
	Attempts     Figure `json:"attempts"`
	InputTokens  Figure `json:"input_tokens"`
	OutputTokens Figure `json:"output_tokens"`
	USD          Figure `json:"usd"`
}

// Figure is what is expected of something, and the most that it can be; nil if that is not
// known.
type Figure struct {
	// Least is the part of it that is known if the rest depends on the server; else nil.
	Least    *float64 `json:"least,omitempty"`
	Expected *float64 `json:"expected"`
	Most     *float64 `json:"most"`
}

// Limits are the limits of a budget; 0 is no limit.
type Limits struct {
	Requests     uint64  `json:"requests,omitzero"`
	Prompts      uint64  `json:"prompts,omitzero"`
	InputTokens  uint64  `json:"input_tokens,omitzero"`
	OutputTokens uint64  `json:"output_tokens,omitzero"`
	USD          float64 `json:"usd,omitzero"`
}

// New forecasts what a run of the scenario will do. It reads the files of prompts, traces and
// prices, and nothing else.
func New(s *scenarios.Scenario) (*Forecast, error) {
	f := &Forecast{Schema: Schema, Scenario: s.Name, Hosts: []string{}, Unknown: []string{}, Warnings: []string{}, Notes: []string{}}
	works, err := bench.WorkOf(s)
	if err != nil {
		return nil, err
	}
	charged, unpriced, err := bench.Prices(s)
	if err != nil {
		return nil, err
	}
	f.Unknown = append(f.Unknown, unpriced...)
	r := &forecaster{scenario: s, forecast: f}
	for i, arm := range s.Arms() {
		if err := r.addArm(arm, works[i], charged[i]); err != nil {
			return nil, err
		}
	}
	f.sum()
	r.addDoubts()
	r.addTime()
	hosts, err := s.Elsewhere()
	if err != nil {
		return nil, err
	}
	f.Hosts = append(f.Hosts, hosts...)
	r.applyBudget()
	r.addNotes()
	return f, nil
}

// sum adds up the arms.
func (f *Forecast) sum() {
	for i, arm := range f.Arms {
		if i == 0 {
			f.Total = arm.Amounts
			continue
		}
		for n, figure := range f.Total.figures() {
			*figure = figure.plus(*arm.figures()[n])
		}
	}
}

// figures are all figures of the amounts, in the order of a budget's parts.
func (a *Amounts) figures() []*Figure {
	return []*Figure{&a.Attempts, &a.Prompts, &a.InputTokens, &a.OutputTokens, &a.USD}
}

func (f Figure) plus(g Figure) Figure {
	sum := Figure{nil, plus(f.Expected, g.Expected), plus(f.Most, g.Most)}
	if sum.Expected == nil {
		sum.Least = plus(cmp.Or(f.Least, f.Expected), cmp.Or(g.Least, g.Expected))
	}
	return sum
}

func plus(a, b *float64) *float64 {
	if a == nil || b == nil {
		return nil
	}
	return new(*a + *b)
}

// count is a figure of whole numbers that are both known.
func count(expected, most uint64) Figure {
	return Figure{nil, new(float64(expected)), new(float64(most))}
}

// milliseconds rounds a duration to whole milliseconds.
func milliseconds(d time.Duration) *float64 {
	return new(math.Round(float64(d) / float64(time.Millisecond)))
}

// limitsOf is a budget's limits; nil for none.
func limitsOf(b budget.Config) *Limits {
	if !b.Any() {
		return nil
	}
	return &Limits{b.Requests, b.Prompts, b.InputTokens, b.OutputTokens, b.USD}
}
