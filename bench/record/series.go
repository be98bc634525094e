package record

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"weighbridge/bench/record/sketch"
)

const (
	// seriesStep is the initial length of a step.
	seriesStep = time.Second
	// maxPoints bounds a series: an hour in steps of a second, longer runs in longer steps.
	maxPoints = 3600
)

// Series counts the outcomes of an arm's prompts over the run. Points are in order of time; a step
// in which no prompt was due has no point. The zero Series is empty.
type Series struct {
	// StepMS is the length of a step: a second, doubled until there are few enough points.
	StepMS float64 `json:"step_ms"`
	Points []Point `json:"points"`
}

// Point is the prompts due in one step: Due = Answered + Failed + those never sent.
type Point struct {
	// AtMS is when the step began, in ms after the start of the run: a multiple of the step.
	AtMS     float64 `json:"at_ms"`
	Due      uint64  `json:"due"`
	Answered uint64  `json:"answered"`
	Failed   uint64  `json:"failed"`
	// Own is how many of the Failed prompts the harness ended itself: cut off, or not sent for
	// want of a file, port or connection.
	Own uint64 `json:"own,omitempty"`
	// ResponseTotalMS and ResponseMaxMS are the sum and the maximum of last byte − due, over
	// the answered prompts.
	ResponseTotalMS float64 `json:"response_total_ms"`
	ResponseMaxMS   float64 `json:"response_max_ms"`
	// Response is last byte − due, over the answered prompts, and TTFT first content − due, over those
	// that were answered by a stream; nil if there were none, and in older records.
	Response *sketch.Sketch `json:"response,omitempty"`
	TTFT     *sketch.Sketch `json:"ttft,omitempty"`
	// Kinds counts the Failed prompts by class and status, such as rate_limit 429, or by class alone
	// where there was no status; nil if there were none, and in older records.
	Kinds map[string]uint64 `json:"kinds,omitempty"`
}

// Add counts p in the step at the given time after the start of the run.
func (s *Series) Add(at time.Duration, p Point) { s.at(at).add(p) }

// AddAnswered counts a prompt that was due at the given time after the start of the run and answered.
// ttft is negative if the answer was no stream.
func (s *Series) AddAnswered(at, response, ttft time.Duration) {
	p := s.at(at)
	p.Due++
	p.Answered++
	ms := Milliseconds(response)
	p.ResponseTotalMS, p.ResponseMaxMS = addMS(p.ResponseTotalMS, ms), max(p.ResponseMaxMS, ms)
	addTo(&p.Response, response)
	if ttft >= 0 {
		addTo(&p.TTFT, ttft)
	}
}

func addTo(in **sketch.Sketch, d time.Duration) {
	if *in == nil {
		*in = &sketch.Sketch{}
	}
	(*in).Add(d)
}

// AddFailed counts a prompt that was due at the given time and failed, by its class and status, which is
// 0 for none. own says that the harness ended it.
func (s *Series) AddFailed(at time.Duration, class string, status int, own bool) {
	p := s.at(at)
	p.Due++
	p.Failed++
	if own {
		p.Own++
	}
	if status > 0 {
		class += " " + strconv.Itoa(status)
	}
	if p.Kinds == nil {
		p.Kinds = map[string]uint64{}
	}
	p.Kinds[class]++
}

// at is the point of a moment after the start of the run, until the next call.
func (s *Series) at(moment time.Duration) *Point {
	if s.StepMS == 0 {
		s.StepMS = Milliseconds(seriesStep)
	}
	for {
		step := s.stepOf(Milliseconds(moment))
		i := len(s.Points)
		for i > 0 && s.Points[i-1].AtMS > step { // from the end, because hits come back almost in order
			i--
		}
		if i > 0 && s.Points[i-1].AtMS == step {
			return &s.Points[i-1]
		}
		s.Points = slices.Insert(s.Points, i, Point{AtMS: step})
		s.coarsenTo(maxPoints)
	}
}

// Merge adds another series of the same run, at the coarser of both steps.
func (s *Series) Merge(other *Series) { s.merge(other, maxPoints) }

// merge adds another series and leaves at most n points.
func (s *Series) merge(other *Series, n int) {
	if other == nil {
		return
	}
	s.Points = append(slices.Clone(s.Points), other.Points...)
	for i := range s.Points { // nothing is shared
		p := &s.Points[i]
		p.Response, p.TTFT, p.Kinds = sketch.Merged(p.Response, nil), sketch.Merged(p.TTFT, nil), maps.Clone(p.Kinds)
	}
	slices.SortFunc(s.Points, func(a, b Point) int { return cmp.Compare(a.AtMS, b.AtMS) })
	if step := max(s.StepMS, other.StepMS); step > 0 {
		s.widen(step)
	}
	s.coarsenTo(n)
}

// Coarse returns the series in at most n points, n at least 1.
func (s *Series) Coarse(n int) Series {
	out := Series{StepMS: s.StepMS, Points: slices.Clone(s.Points)}
	out.coarsenTo(n)
	return out
}

// coarsenTo doubles the step until there are at most n points.
func (s *Series) coarsenTo(n int) {
	for len(s.Points) > n {
		s.widen(2 * s.StepMS)
	}
}

// widen sets the length of steps, in ms, and adds up the points within one step.
func (s *Series) widen(step float64) {
	s.StepMS = step
	kept := s.Points[:0]
	for _, p := range s.Points {
		p.AtMS = s.stepOf(p.AtMS)
		if last := len(kept) - 1; last >= 0 && kept[last].AtMS == p.AtMS {
			kept[last].add(p)
			continue
		}
		kept = append(kept, p)
	}
	s.Points = kept
}

// stepOf is the start of the step that holds the moment, both in ms.
func (s *Series) stepOf(ms float64) float64 { return math.Floor(ms/s.StepMS) * s.StepMS }

// With is the prompts of two points as one, at the time of p.
func (p Point) With(q Point) Point {
	p.add(q)
	return p
}

func (p *Point) add(q Point) {
	p.Due += q.Due
	p.Answered += q.Answered
	p.Failed += q.Failed
	p.Own += q.Own
	p.ResponseTotalMS = addMS(p.ResponseTotalMS, q.ResponseTotalMS)
	p.ResponseMaxMS = max(p.ResponseMaxMS, q.ResponseMaxMS)
	p.Response, p.TTFT = sketch.Merged(p.Response, q.Response), sketch.Merged(p.TTFT, q.TTFT)
	p.Kinds = mergedMaps(p.Kinds, q.Kinds, addCounts)
}

// Percentile is a percentile of the response latency of the point's prompts, 0…1, precise to 2%; false
// if it is not known of all that were answered, or none was.
func (p Point) Percentile(q float64) (time.Duration, bool) {
	return p.Response.Quantile(q), p.Answered > 0 && p.Response.Count() == p.Answered
}

// check finds points that are out of order, or whose counts do not add up.
func (s *Series) check() error {
	if s == nil {
		return nil
	}
	if len(s.Points) > 0 && s.StepMS < 1 {
		return fmt.Errorf("the step is %v ms long", s.StepMS)
	}
	for i, p := range s.Points {
		if i == 0 && p.AtMS < 0 {
			return fmt.Errorf("the first point is at %v ms", p.AtMS)
		}
		if i > 0 && p.AtMS <= s.Points[i-1].AtMS {
			return fmt.Errorf("the point at %v ms follows one at %v ms", p.AtMS, s.Points[i-1].AtMS)
		}
		if err := p.check(); err != nil {
			return fmt.Errorf("at %v ms, %w", p.AtMS, err)
		}
	}
	return nil
}

func (p Point) check() error {
	if most := max(p.Due, p.Answered, p.Failed, p.Own); most > maxCount {
		return fmt.Errorf("%d prompts are more than any run has", most)
	}
	if p.Own > p.Failed {
		return fmt.Errorf("the harness ended %d prompts, more than the %d that failed", p.Own, p.Failed)
	}
	if n := max(p.Response.Count(), p.TTFT.Count()); n > p.Answered {
		return fmt.Errorf("%d latencies are more than the %d prompts answered", n, p.Answered)
	}
	kinds := uint64(0)
	for _, n := range p.Kinds {
		kinds += min(n, maxCount)
	}
	if kinds > p.Failed {
		return fmt.Errorf("%d failures by kind are more than the %d prompts that failed", kinds, p.Failed)
	}
	if p.Answered+p.Failed > p.Due {
		return fmt.Errorf("%d prompts answered and %d failed are more than the %d due", p.Answered, p.Failed, p.Due)
	}
	return nil
}
