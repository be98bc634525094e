package summary

import (
	"cmp"
	"slices"

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
	// OverTime counts all of them by when they ended; nil if some moments are not known.
	OverTime *reasons.Times `json:"over_time"`
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
	out := Failure{Phase: f.Phase, Class: f.Class, Requests: f.Count, FirstMS: f.FirstMS, OverTime: f.OverTime, Said: f.Said()}
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

// Span is a time, in ms after the start of the run.
type Span struct{ From, To float64 }

// Ran is when a phase of arms ran, in order: while some block of some arm did. It is nil if that is not
// known: of the warm-up and of searches for a capacity.
func Ran(phase string, arms ...*record.Arm) (all []Span) {
	for _, arm := range arms {
		for _, b := range arm.Blocks {
			if s := map[string]*record.Slice{"open": b.Open, "closed": b.Closed, "batch": b.Batch}[phase]; s != nil {
				all = append(all, Span{s.StartMS, s.StartMS + s.DurationMS})
			}
		}
	}
	slices.SortFunc(all, func(a, b Span) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	kept := all[:0]
	for _, s := range all {
		if n := len(kept); n > 0 && s.From <= kept[n-1].To {
			kept[n-1].To = max(kept[n-1].To, s.To)
			continue
		}
		kept = append(kept, s)
	}
	return kept
}

// Within is how much of the spans, in ms, lies between two times.
func Within(spans []Span, from, to float64) (long float64) {
	for _, s := range spans {
		long += max(min(s.To, to)-max(s.From, from), 0)
	}
	return long
}

// When is when requests failed.
type When struct {
	// Times counts them; nil if their moments are not known.
	Times *reasons.Times
	// Ran is when their load ran; nil if that is not known.
	Ran []Span
	// EndMS is when the run ended, in ms after its start.
	EndMS float64
}

// Throughout reports whether requests failed in nearly all of the time in which the load ran.
func (w When) Throughout() bool {
	const fewest, share = 3, 0.9
	if w.Times == nil || len(w.Times.AtSteps) < fewest {
		return false
	}
	failing, ran := 0.0, 0.0
	for i := range w.Times.AtSteps {
		at := w.Times.AtMS(i)
		failing += Within(w.Ran, at, at+w.Times.StepMS)
	}
	for _, s := range w.Ran {
		ran += s.To - s.From
	}
	return ran > 0 && failing >= share*ran
}

// Stretches are the times in which requests failed, in whole steps. One ends where the load ran for a step
// in which none failed or, if that is not known, with a step without failures.
func (w When) Stretches() (all []Span) {
	if w.Times == nil {
		return nil
	}
	for i := range w.Times.AtSteps {
		at := w.Times.AtMS(i)
		if n := len(all); n > 0 {
			before := all[n-1].To
			if before == at || w.Ran != nil && Within(w.Ran, before, at) < 0.999*w.Times.StepMS {
				all[n-1].To = at + w.Times.StepMS
				continue
			}
		}
		all = append(all, Span{at, at + w.Times.StepMS})
	}
	return all
}

// EndOf is when a run ended, in ms after its start, or the latest time in its record if that is later.
func EndOf(rec *record.Record) float64 {
	end := record.Milliseconds(rec.Ended.Sub(rec.Started))
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		for _, phase := range []string{"open", "closed", "batch"} {
			if spans := Ran(phase, arm); len(spans) > 0 {
				end = max(end, spans[len(spans)-1].To)
			}
		}
		for _, f := range arm.Failures {
			if t := f.OverTime; t != nil && len(t.AtSteps) > 0 {
				end = max(end, t.AtMS(len(t.AtSteps)-1)+t.StepMS)
			}
		}
	}
	return end
}
