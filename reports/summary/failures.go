package summary

import (
	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
)

// Failure is one kind of failure of an arm, in one phase of its run.
type Failure struct {
	// Phase is open, closed, capacity, batch or warmup. The failures of the warm-up are in no figure.
	Phase string `json:"phase"`
	// Class is the class of the failure; others stands for all that are beyond the most frequent.
	Class string `json:"class"`
	// Status is the HTTP status; nil without a complete response, and for others.
	Status *int `json:"status"`
	// Words is what the server said, or what went wrong without a response, with "…" for the
	// numbers and ids in which several texts differ; Example is the first of these texts.
	Words *string `json:"words"`
	// Requests is the number of requests that failed so.
	Requests uint64 `json:"requests"`
	// FirstMS is when the first of them ended, in ms after the start of the run.
	FirstMS float64 `json:"first_ms"`
	Example *string `json:"example"`
	// Said is the status and the words in one text; empty for others.
	Said string `json:"-"`
}

// failures returns the most frequent kinds of failure of each phase of an arm.
func failures(arm *record.Arm) []Failure {
	out := []Failure{}
	for _, f := range reasons.Top(arm.Failures, reasons.Most) {
		out = append(out, failureOf(f))
	}
	return out
}

func failureOf(f reasons.Failure) Failure {
	out := Failure{Phase: f.Phase, Class: f.Class, Requests: f.Count, FirstMS: f.FirstMS, Said: f.Said()}
	if f.Status > 0 {
		out.Status = &f.Status
	}
	if f.Words != "" {
		out.Words = &f.Words
	}
	if f.Example != "" {
		out.Example = &f.Example
	}
	return out
}

// Main is the phase that an arm's figures of latency and errors come from.
func Main(arm *record.Arm) string {
	main := "capacity"
	for _, b := range arm.Blocks {
		switch {
		case b.Open != nil:
			return "open"
		case b.Closed != nil:
			main = "closed"
		}
	}
	return main
}
