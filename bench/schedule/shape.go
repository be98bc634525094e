package schedule

import (
	"math"

	"weighbridge/scenarios"
)

// intensity is the rate over a block as its integral, the prompts expected by a moment.
type intensity struct {
	// expected is the prompts of the whole block.
	expected float64
	// when is the moment, in seconds, by which so many are expected, under those of
	// the whole block. It is asked for ever more.
	when func(prompts float64) float64
}

// newIntensity lays the shape over the block anew.
func newIntensity(o scenarios.Open) intensity {
	seconds := o.Duration.Seconds()
	switch s := o.Shape; {
	case s.Ramp != nil:
		return ramp(s.Ramp.From, s.Ramp.To, seconds)
	case s.Steps != nil:
		return steps(*s.Steps, seconds)
	case s.Sine != nil:
		return sine(o.Rate, s.Sine.Amplitude, s.Sine.Period.Seconds(), seconds)
	}
	return intensity{o.Rate * seconds, func(prompts float64) float64 { return prompts / o.Rate }}
}

// ramp expects from·t + slope·t²/2 prompts by t; the root is written so that
// nothing cancels where the slope is slight.
func ramp(from, to, seconds float64) intensity {
	slope := (to - from) / seconds
	return intensity{(from + to) / 2 * seconds, func(prompts float64) float64 {
		if prompts <= 0 {
			return 0
		}
		return 2 * prompts / (from + math.Sqrt(max(from*from+2*slope*prompts, 0)))
	}}
}

// steps walks along the parts of the block as prompts pass.
func steps(rates []float64, seconds float64) intensity {
	part := seconds / float64(len(rates))
	total := 0.0
	for _, rate := range rates {
		total += rate * part
	}
	step, before := 0, 0.0 // the part reached, and the prompts expected before it
	return intensity{total, func(prompts float64) float64 {
		for step < len(rates)-1 && prompts >= before+rates[step]*part {
			before += rates[step] * part
			step++
		}
		if rates[step] == 0 { // the last part, reached by rounding alone
			return seconds
		}
		return float64(step)*part + (prompts-before)/rates[step]
	}}
}

// sine swings around rate. The block holds a whole number of periods, the nearest
// where a short run or a warm-up cut it, so that rate is its mean.
func sine(rate, amplitude, period, seconds float64) intensity {
	swings := 1.0
	if period > 0 {
		swings = max(1, math.Round(seconds/period))
	}
	period = seconds / swings
	perPeriod := rate * period
	return intensity{rate * seconds, func(prompts float64) float64 {
		whole := math.Floor(prompts / perPeriod)
		return period * (whole + swing(prompts/perPeriod-whole, amplitude))
	}}
}

// swing solves t + amplitude·(1 − cos 2πt)/2π = share for t in a period of 1. The
// left side never falls: Newton's steps, or halves where one would leave the bracket.
func swing(share, amplitude float64) float64 {
	low, high := max(0, share-amplitude/math.Pi), share
	t := (low + high) / 2
	for range 100 {
		sin, cos := math.Sincos(2 * math.Pi * t)
		over := t + amplitude*(1-cos)/(2*math.Pi) - share
		if over > 0 {
			high = t
		} else {
			low = t
		}
		next := t - over/(1+amplitude*sin)
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
