// Package ratelimit is the part of a record about the rate limits of servers, as answers told of
// them.
package ratelimit

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// Limit is what the answers of a slice told of one rate limit.
type Limit struct {
	// Name is the name of its headers without the words limit, remaining and reset.
	Name string `json:"name"`
	// Answers is how many told of it.
	Answers uint64 `json:"answers"`
	// Least is the level at which the least remained; nil if no answer told what remained. Last is the
	// level that the last answer told.
	Least *Level `json:"least,omitempty"`
	Last  Level  `json:"last"`
}

// Level is the state of a limit as one answer tells it. Fields that the answer does not report are nil.
type Level struct {
	// AtMS is when the answer began, in ms after the start of the run.
	AtMS float64 `json:"at_ms"`
	// Limit is how many there may be, Remaining how many of these are left.
	Limit     *uint64 `json:"limit,omitempty"`
	Remaining *uint64 `json:"remaining,omitempty"`
	// ResetMS is how long after the answer the limit is whole again.
	ResetMS *float64 `json:"reset_ms,omitempty"`
}

// Limits are the rate limits of one slice, in order of their names: at most 16, as servers choose the names.
type Limits []Limit

// most is how many limits are kept.
const most = 16

// Unknown is the name under which refusals are counted whose answer does not name the limit, and
// RetryAfter that of requests which waited because such a refusal asked for it.
const (
	Unknown    = "unknown"
	RetryAfter = "Retry-After"
)

// Add adds what one answer tells of one limit.
func (l *Limits) Add(name string, level Level) {
	one := Limit{Name: name, Answers: 1, Last: level}
	if level.Remaining != nil {
		one.Least = &level
	}
	l.add(one)
}

// Merge adds the limits of another slice of the same arm.
func (l *Limits) Merge(other Limits) {
	all := slices.Clone(*l)
	for _, one := range other {
		all.add(one)
	}
	*l = all
}

func (l *Limits) add(one Limit) {
	i, known := slices.BinarySearchFunc(*l, one.Name, func(a Limit, name string) int { return cmp.Compare(a.Name, name) })
	if !known {
		if *l = slices.Insert(*l, i, one); len(*l) > most { // the same ones remain in whatever order they come
			*l = (*l)[:most]
		}
		return
	}
	mine := &(*l)[i]
	mine.Answers += one.Answers
	if one.Least != nil && (mine.Least == nil || compareLeast(*one.Least, *mine.Least) < 0) {
		mine.Least = one.Least
	}
	if compareLast(one.Last, mine.Last) > 0 {
		mine.Last = one.Last
	}
}

// compareLeast orders levels by what remains, and then by time.
func compareLeast(a, b Level) int {
	return cmp.Or(cmp.Compare(*a.Remaining, *b.Remaining), cmp.Compare(a.AtMS, b.AtMS), compareRest(a, b))
}

// compareLast orders levels by time.
func compareLast(a, b Level) int { return cmp.Or(cmp.Compare(a.AtMS, b.AtMS), compareRest(a, b)) }

// compareRest orders levels that are otherwise the same, so that their order does not matter.
func compareRest(a, b Level) int {
	return cmp.Or(compareKnown(a.Limit, b.Limit), compareKnown(a.Remaining, b.Remaining), compareKnown(a.ResetMS, b.ResetMS))
}

func compareKnown[T cmp.Ordered](a, b *T) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return cmp.Compare(*a, *b)
}

// Headroom is the share of the limit that was left when the least remained, 0…1; nil if that is
// not known.
func (l Limit) Headroom() *float64 {
	if l.Least == nil || l.Least.Limit == nil || *l.Least.Limit == 0 {
		return nil
	}
	return new(math.Min(float64(*l.Least.Remaining)/float64(*l.Least.Limit), 1))
}

const (
	// firstStep is the initial length of a step of a series, in ms.
	firstStep = 1000
	// mostPoints bounds a series: half an hour in steps of a second, longer runs in longer steps.
	mostPoints = 2000
)

// Series is what remained of limits over a run. Points are in order of time; a step in which no
// answer told of a limit has no point. The zero Series is empty.
type Series struct {
	// StepMS is the length of a step: a second, doubled until there are few enough points.
	StepMS float64 `json:"step_ms"`
	Points []Point `json:"points"`
}

// Point is the least that remained within one step.
type Point struct {
	// AtMS is when the step began, in ms after the start of the run: a multiple of the step.
	AtMS float64 `json:"at_ms"`
	// Remaining is what remained, by the name of the limit.
	Remaining map[string]uint64 `json:"remaining"`
}

// Add counts what remained of a limit at a time in ms after the start of the run.
func (s *Series) Add(atMS float64, name string, remaining uint64) {
	s.StepMS = max(s.StepMS, firstStep)
	atMS = s.stepOf(atMS)
	i := len(s.Points)
	for i > 0 && s.Points[i-1].AtMS >= atMS { // from the end, because answers come almost in order
		i--
	}
	if i == len(s.Points) || s.Points[i].AtMS != atMS {
		s.Points = slices.Insert(s.Points, i, Point{atMS, map[string]uint64{}})
	}
	s.Points[i].add(name, remaining)
	for len(s.Points) > mostPoints {
		s.widen()
	}
}

func (s *Series) stepOf(ms float64) float64 { return math.Floor(ms/s.StepMS) * s.StepMS }

// widen doubles the step, and joins the points within one.
func (s *Series) widen() {
	s.StepMS *= 2
	kept := s.Points[:0]
	for _, p := range s.Points {
		p.AtMS = s.stepOf(p.AtMS)
		last := len(kept) - 1
		if last < 0 || kept[last].AtMS != p.AtMS {
			kept = append(kept, p)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(p.Remaining)) {
			kept[last].add(name, p.Remaining[name])
		}
	}
	s.Points = kept
}

func (p Point) add(name string, remaining uint64) {
	before, known := p.Remaining[name]
	switch {
	case known:
		p.Remaining[name] = min(before, remaining)
	case len(p.Remaining) < most:
		p.Remaining[name] = remaining
	}
}
