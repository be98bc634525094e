package schedule

import (
	"math"

	"weighbridge/scenarios"
)

// cumulativeRate is the integral of the rate over a block: the number of prompts
// expected by each moment.
type cumulativeRate struct {
	// total is the number of prompts expected in the whole block.
	total float64
	// inverse returns the time, in seconds, by which the given number of prompts is expected. Its
	// argument is less than total and never decreases from call to call.
	inverse func(prompts float64) float64
}

// newCumulativeRate integrates the rate of o over one block.
func newCumulativeRate(o scenarios.Open) cumulativeRate {
	seconds := o.Duration.Seconds()
	switch s := o.Shape; {
	case s.Ramp != nil:
		return ramp(s.Ramp.From, s.Ramp.To, seconds)
	case s.Steps != nil:
		return steps(*s.Steps, seconds)
	case s.Sine != nil:
		return sine(o.Rate, s.Sine.Amplitude, s.Sine.Period.Seconds(), seconds)
	}
	return cumulativeRate{o.Rate * seconds, func(prompts float64) float64 { return prompts / o.Rate }}
}

// ramp expects from·t + slope·t²/2 prompts by t. Its root is written in the form that
// does not cancel when the slope is small.
func ramp(from, to, seconds float64) cumulativeRate {
	slope := (to - from) / seconds
	return cumulativeRate{(from + to) / 2 * seconds, func(prompts float64) float64 {
		if prompts <= 0 {
			return 0
		}
		return 2 * prompts / (from + math.Sqrt(max(from*from+2*slope*prompts, 0)))
	}}
}

// steps divides the block into equal parts, one for each rate.
func steps(rates []float64, seconds float64) cumulativeRate {
	part := seconds / float64(len(rates))
	total := 0.0
	for _, rate := range rates {
		total += rate * part
	}
	step, before := 0, 0.0 // the current part, and the prompts expected before it
	return cumulativeRate{total, func(prompts float64) float64 {
		for step < len(rates)-1 && prompts >= before+rates[step]*part {
			before += rates[step] * part
			step++
		}
		if rates[step] == 0 { // the last part, reached only by a rounding error
			return seconds
		}
		return float64(step)*part + (prompts-before)/rates[step]
	}}
}

// sine oscillates around rate. The period is adjusted so that the block holds a whole
// number of them, and the mean over the block is rate.
func sine(rate, amplitude, period, seconds float64) cumulativeRate {
	periods := 1.0
	if period > 0 {
		periods = max(1, math.Round(seconds/period))
	}
	period = seconds / periods
	perPeriod := rate * period
	return cumulativeRate{rate * seconds, func(prompts float64) float64 {
		whole := math.Floor(prompts / perPeriod)
		return period * (whole + inverseSine(prompts/perPeriod-whole, amplitude))
	}}
}

// inverseSine solves t + amplitude·(1 − cos 2πt)/2π = share for t in [0, 1], by
// Newton's method, with a bisection step where Newton's would leave the bracket. The
// left side never decreases.
func inverseSine(share, amplitude float64) float64 {
	low, high := max(0, share-amplitude/math.Pi), share
	t := (low + high) / 2
	for range 100 {
		sin, cos := math.Sincos(2 * math.Pi * t)
		excess := t + amplitude*(1-cos)/(2*math.Pi) - share
		if excess > 0 {
			high = t
		} else {
			low = t
		}
		next := t - excess/(1+amplitude*sin)
		if !(next > low && next < high) {
			next = (low + high) / 2
		}
		if math.Abs(next-t) < 1e-15 {
			return next
		}
		t = next
	}
	return t
}
