package outages

import "time"

// availabilityStep is the resolution of an Availability.
const availabilityStep = 100 * time.Millisecond

// unavailableFailures is the fewest prompts that fail in a stretch in which all do, for it to count as time
// without service: of a server that fails every second prompt at random, one stretch in a thousand is as long.
const unavailableFailures = 10

// Availability follows for how long every prompt of a slice that was due failed. A nil *Availability
// follows nothing.
type Availability struct {
	from, duration time.Duration
	steps          []stepOutcome
}

// stepOutcome counts the prompts due in a step.
type stepOutcome struct{ failed, answered uint32 }

// NewAvailability returns that of a slice which begins at an offset from the start of its attack.
func NewAvailability(from, duration time.Duration) *Availability {
	return &Availability{from, duration, make([]stepOutcome, (duration+availabilityStep-1)/availabilityStep)}
}

// Add counts a prompt by when it was due, an offset from the start of the attack.
func (a *Availability) Add(due time.Duration, failed bool) {
	if a == nil {
		return
	}
	step := &a.steps[min(max(int((due-a.from)/availabilityStep), 0), len(a.steps)-1)]
	if failed {
		step.failed++
	} else {
		step.answered++
	}
}

// Unavailable returns the total time of the stretches of steps in which every prompt that was due failed, ten
// or more. A step in which none was due belongs to the stretch before it.
func (a *Availability) Unavailable() (total time.Duration) {
	var stretch time.Duration
	failed := uint32(0)
	end := func() {
		if failed >= unavailableFailures {
			total += stretch
		}
		stretch, failed = 0, 0
	}
	for i, step := range a.steps {
		if step.answered > 0 {
			end()
		} else if failed += step.failed; failed > 0 {
			stretch += min(availabilityStep, a.duration-time.Duration(i)*availabilityStep)
		}
	}
	end()
	return total
}
