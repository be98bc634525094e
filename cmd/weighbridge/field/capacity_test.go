package field

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestCapacityOfSlowAnswers: the scenario's probes end before the first answer has come back. Two
// slots with answers of 20 ms carry at most 100 prompts/s.
func TestCapacityOfSlowAnswers(t *testing.T) {
	oneOf(t, func(r reporter) {
		slots := make(chan struct{}, 2)
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			slots <- struct{}{}
			defer func() { <-slots }()
			time.Sleep(20 * time.Millisecond)
			fmt.Fprint(w, "ok")
		})
		rec := run(t, fmt.Sprintf(`
name: slow-capacity
target: {dialect: http, url: %q}
load: {warmup: 0s, capacity: {from: 60, to: 240, step: 20ms, confirm: 1, precision: 1, arrivals: constant}}
`, s.URL))
		c := rec.Arms[0].Capacity
		if c.HeldPerS != 60 || c.FailedPerS != 120 {
			r.Errorf("the capacity is %.4g to %.4g prompts/s, where 100 are possible: %+v", c.HeldPerS, c.FailedPerS, c.Probes)
		}
		if c.AskedStepMS != 20 || c.StepMS < 150 {
			r.Errorf("probes of %g ms, where %g were asked for and an answer takes 20", c.StepMS, c.AskedStepMS)
		}
		if said := strings.Join(summarize(t, rec).Warnings, "\n"); !strings.Contains(said, "instead of load.capacity.step (20ms)") {
			r.Errorf("the warnings do not say that probes lasted longer: %s", said)
		}
	})
}
