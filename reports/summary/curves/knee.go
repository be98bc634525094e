package curves

import "slices"

// Knee is where an axis's throughput over latency, Kleinrock's power (ICC 1979), is highest.
type Knee struct {
	Level string
	// First and Last say that the knee is not inside the range, because the power is highest at the first
	// or the last level, or hardly higher between: Level is then that level.
	First, Last bool
}

// kneeBy is the share by which the power at a knee must exceed the power at both ends.
const kneeBy = 0.1

// KneeOf finds the knee of two curves of an axis; nil if the power hardly changes, or if fewer
// than three levels have both figures.
func KneeOf(rate, latency Curve) *Knee {
	var levels []string
	var power []float64
	for i, level := range rate.Levels {
		if k := slices.Index(latency.Levels, level); k >= 0 {
			levels, power = append(levels, level), append(power, rate.Values[i]/latency.Values[k])
		}
	}
	if len(power) < fewestSteps {
		return nil
	}
	at, last := 0, len(power)-1
	for i, v := range power {
		if v > power[at] {
			at = i
		}
	}
	exceeds := func(end int) bool { return power[at] > power[end]*(1+kneeBy) }
	switch {
	case exceeds(0) && exceeds(last):
		return &Knee{Level: levels[at]}
	case exceeds(0):
		return &Knee{Level: levels[last], Last: true}
	case exceeds(last):
		return &Knee{Level: levels[0], First: true}
	}
	return nil
}
