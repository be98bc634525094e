package scenarios

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"weighbridge/scenarios/tree"
)

// Shape is how the rate of open load changes within a block. Every block repeats the whole
// shape, so that blocks can be compared; a warm-up does too, over its own length.
type Shape struct {
	// Name is flat, a constant rate; default flat.
	Name string `yaml:",scalar" check:"enum=flat"`
	// Ramp changes the rate linearly. It takes the place of load.open.rate.
	Ramp *Ramp `yaml:"ramp"`
	// Steps are 1 to 1000 rates in prompts per second, each held for an equal part of the block, 0…1000000, with a mean of at least 0.001. They take the place of load.open.rate.
	Steps *[]float64 `yaml:"steps" check:"min=0,max=1000000"`
	// Sine swings around load.open.rate, rising first.
	Sine *Sine `yaml:"sine"`
}

// Ramp changes the rate linearly between two rates with a mean of at least 0.001.
type Ramp struct {
	// From is the rate at the start of a block, in prompts per second, 0…1000000; default 0.
	From float64 `yaml:"from" check:"min=0,max=1000000"`
	// To is the rate at the end of a block, in prompts per second, 0…1000000; default 0.
	To float64 `yaml:"to" check:"min=0,max=1000000"`
}

// Sine swings around the rate, which remains the mean.
type Sine struct {
	// Amplitude is the amplitude as a share of the rate, above 0 and at most 1; required.
	Amplitude float64 `yaml:"amplitude" check:"min=0,max=1"`
	// Period is the length of one period, 0…24h; default 0, the whole block. load.open.duration must be a multiple of it.
	Period time.Duration `yaml:"period" check:"min=0,max=24h"`
}

// maxSteps is the most steps in a block; minRate is the lowest mean of steps or a ramp, the
// same as the lowest load.open.rate.
const (
	maxSteps = 1000
	minRate  = 0.001
)

// Validate checks what the checks of single fields cannot.
func (s Shape) Validate() error {
	given := 0
	for _, is := range []bool{s.Ramp != nil, s.Steps != nil, s.Sine != nil} {
		if is {
			given++
		}
	}
	switch {
	case given > 1:
		return errors.New("expected one of ramp, steps, sine, found several")
	case s.Steps != nil && len(*s.Steps) > maxSteps:
		return fmt.Errorf("steps: expected at most %d rates, found %d", maxSteps, len(*s.Steps))
	case s.Steps != nil && len(*s.Steps) == 0:
		return errors.New("steps: expected at least one rate, found none")
	case (s.Ramp != nil || s.Steps != nil) && s.rate() < minRate:
		return fmt.Errorf("expected rates with a mean of at least %g, found %g", minRate, s.rate())
	case s.Sine != nil && s.Sine.Amplitude == 0:
		return errors.New("sine: expected an amplitude above 0, found 0")
	}
	return nil
}

func sum(rates []float64) float64 {
	total := 0.0
	for _, rate := range rates {
		total += rate
	}
	return total
}

// rate is the mean rate of a ramp or of steps, in prompts per second; 0 for other shapes.
func (s Shape) rate() float64 {
	switch {
	case s.Ramp != nil:
		return (s.Ramp.From + s.Ramp.To) / 2
	case s.Steps != nil:
		return sum(*s.Steps) / float64(len(*s.Steps))
	}
	return 0
}

// String describes the shape for reports.
func (s Shape) String() string {
	switch {
	case s.Ramp != nil:
		return fmt.Sprintf("ramp from %g to %g", s.Ramp.From, s.Ramp.To)
	case s.Steps != nil && len(*s.Steps) > 8:
		return fmt.Sprintf("%d steps from %g to %g", len(*s.Steps), slices.Min(*s.Steps), slices.Max(*s.Steps))
	case s.Steps != nil:
		return "steps of " + strings.Trim(fmt.Sprint(*s.Steps), "[]")
	case s.Sine != nil && s.Sine.Period > 0:
		return fmt.Sprintf("sine of ±%g%% in %s", 100*s.Sine.Amplitude, tree.DurationText(s.Sine.Period))
	case s.Sine != nil:
		return fmt.Sprintf("sine of ±%g%%", 100*s.Sine.Amplitude)
	}
	return "flat"
}

// defaultRate is the rate of open load without a ramp, steps or trace.
const defaultRate = 50

// fillRate sets the rate of open load from its shape, where the scenario gives none. A trace
// replaces both.
func fillRate(o *Open) {
	switch {
	case o == nil:
	case o.Trace != "":
		o.Rate, o.Shape = 0, defaultOpen().Shape
	case o.Rate > 0:
	case o.Shape.rate() > 0:
		o.Rate = o.Shape.rate()
	default:
		o.Rate = defaultRate
	}
}

// validateOpen checks that the rate and duration agree with the shape.
func (a *Arm) validateOpen(report reporter) {
	o := a.Load.Open
	if o == nil {
		return
	}
	if own := o.Shape.rate(); own > 0 && math.Abs(o.Rate/own-1) > 1e-6 {
		report("load.open.rate", "rate conflicts with shape (%s): expected no rate, or the mean of the shape (%g), found %g", o.Shape, own, o.Rate)
	}
	for _, key := range []struct {
		name  string
		given bool
	}{{"trace_format", o.TraceFormat != ""}, {"speed", o.Speed != defaultOpen().Speed}} {
		if key.given && o.Trace == "" {
			report("load.open."+key.name, "expected load.open.trace as well, which it is about")
		}
	}
	if sine := o.Shape.Sine; sine != nil && sine.Period > 0 && o.Duration%sine.Period != 0 {
		report("load.open.shape", "sine: load.open.duration must be a whole number of periods: %s is not a multiple of %s",
			tree.DurationText(o.Duration), tree.DurationText(sine.Period))
	}
}
