package field

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weighbridge/bench/record"
)

// slow starts a healthy server that takes the same time for every answer.
func slow(t *testing.T, each time.Duration) *server {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(each):
			fmt.Fprint(w, "ok")
		case <-r.Context().Done():
		}
	})
}

// Answers take longer than the slice.
func TestSlowServerHasNoErrors(t *testing.T) {
	oneOf(t, func(r reporter) {
		s := slow(t, 300*time.Millisecond)
		sum := summarize(t, run(t, fmt.Sprintf(`
name: slow
target: {dialect: http, url: %q}
client: {timeout: 5s}
load: {warmup: 0s, open: {rate: 100, arrivals: constant, duration: 200ms}}
experiment: {blocks: 2}
validity: {send_lag: 1s, read_lag: 1s}
`, s.URL)))
		arm := sum.Arms[0]
		if arm.Due != 40 || arm.Answered != 40 || arm.CutOff != 0 || *arm.ErrorRate != 0 || !sum.Valid {
			r.Errorf("%d of %d prompts answered, %d cut off, error rate %v, invalid: %v; expected all 40 answered: %v",
				arm.Answered, arm.Due, arm.CutOff, *arm.ErrorRate, sum.Invalid, arm.Errors)
		}
		if arm.Response.P50 < 300 {
			r.Errorf("response p50 is %v ms, under what the server takes", arm.Response.P50)
		}
	})
}

func TestServerSlowerThanTheDrainMakesTheRunInvalid(t *testing.T) {
	oneOf(t, func(r reporter) {
		s := slow(t, 200*time.Millisecond)
		const advice = " still open when the drain of 50ms ended, over 1% of a slice: set load.drain to at least client.timeout (5s)"
		for _, c := range []struct{ load, says string }{
			{"open: {rate: 100, arrivals: constant, duration: 100ms}", " of 10 prompts were" + advice},
			{"closed: {in_flight: 4, duration: 100ms, ramp: 0s}", " prompts under closed load were" + advice},
		} {
			rec := run(t, fmt.Sprintf(`
name: slower
target: {dialect: http, url: %q}
client: {timeout: 5s}
load: {warmup: 0s, drain: 50ms, %s}
validity: {send_lag: 1s, read_lag: 1s}
`, s.URL, c.load))
			if len(rec.Invalid) != 1 || !strings.HasPrefix(rec.Invalid[0], "all: ") || !strings.HasSuffix(rec.Invalid[0], c.says) {
				r.Errorf("%s:\ninvalid: %q\nwant %q", c.load, rec.Invalid, c.says)
			}
			arm := summarize(t, rec).Arms[0]
			if arm.Failed != arm.CutOff || len(arm.Errors) > 1 || arm.FailedMS != nil || arm.ErrorRate != nil && *arm.ErrorRate != 0 {
				r.Errorf("%s: %d of %d failed prompts are cut off, errors %v, error rate %v", c.load, arm.CutOff, arm.Failed, arm.Errors, arm.ErrorRate)
			}
		}
	})
}

// Answers take half of the slice: where the slices' edges move TPS by more than 5%, it is not
// given.
func TestTPSOfShortClosedSlices(t *testing.T) {
	oneOf(t, func(r reporter) {
		s := slow(t, 100*time.Millisecond)
		sum := summarize(t, run(t, fmt.Sprintf(`
name: short
target: {dialect: http, url: %q}
load: {warmup: 0s, closed: {in_flight: 4, duration: 200ms, ramp: 0s}}
experiment: {blocks: 4}
`, s.URL)))
		arm, warnings := sum.Arms[0], strings.Join(sum.Warnings, "\n")
		if !strings.Contains(warnings, "load.closed.duration should be at least 1.") || (arm.TPS == nil) != strings.Contains(warnings, "TPS is not known") {
			r.Errorf("TPS %v, warnings:\n%s", arm.TPS, warnings)
		}
		if arm.TPS == nil {
			return
		}
		within(r, "TPS", *arm.TPS, 4000/meanBusy(s), 0)
	})
}

// meanBusy is the server's own mean time per answer, in ms.
func meanBusy(s *server) float64 {
	var sum time.Duration
	all := s.Account().Busy
	for _, d := range all {
		sum += d
	}
	return record.Milliseconds(sum / time.Duration(len(all)))
}

// Every fourth answer takes longer than the slice, and counts in the mean as often as it was
// asked for.
func TestClosedLoadCountsSlowAnswersToo(t *testing.T) {
	oneOf(t, func(r reporter) {
		var n atomic.Uint64
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			each := 10 * time.Millisecond
			if n.Add(1)%4 == 0 {
				each = 410 * time.Millisecond
			}
			time.Sleep(each)
			fmt.Fprint(w, "ok")
		})
		sum := summarize(t, run(t, fmt.Sprintf(`
name: mixed
target: {dialect: http, url: %q}
client: {timeout: 5s}
load: {warmup: 0s, closed: {in_flight: 16, duration: 300ms, ramp: 0s}}
experiment: {blocks: 2}
`, s.URL)))
		arm := sum.Arms[0]
		if arm.Failed > 0 || arm.Answered < 20 || !sum.Valid {
			r.Errorf("%d answered, %d failed, invalid: %q", arm.Answered, arm.Failed, sum.Invalid)
			return
		}
		want := meanBusy(s)
		within(r, "mean", arm.Response.Mean, want, 0.2*want)
	})
}
