package field

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
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
	s := slow(t, 300*time.Millisecond)
	sum := summarize(t, run(t, fmt.Sprintf(`
name: slow
target: {dialect: http, url: %q}
client: {timeout: 5s}
load: {warmup: 0s, open: {rate: 100, arrivals: constant, duration: 200ms}}
experiment: {blocks: 2}
validity: {send_lag: 1s}
`, s.URL)))
	arm := sum.Arms[0]
	if arm.Due != 40 || arm.Answered != 40 || arm.CutOff != 0 || *arm.ErrorRate != 0 || !sum.Valid {
		t.Errorf("%d of %d prompts answered, %d cut off, error rate %v, invalid: %v; expected all 40 answered: %v",
			arm.Answered, arm.Due, arm.CutOff, *arm.ErrorRate, sum.Invalid, arm.Errors)
	}
	if arm.Response.P50 < 300 {
		t.Errorf("response p50 is %v ms, under what the server takes", arm.Response.P50)
	}
}

func TestServerSlowerThanTheDrainMakesTheRunInvalid(t *testing.T) {
	s := slow(t, 300*time.Millisecond)
	const advice = " still open when the drain of 50ms ended, over 1% of a slice: set load.drain to at least client.timeout (5s)"
	for _, c := range []struct{ load, says string }{
		{"open: {rate: 100, arrivals: constant, duration: 200ms}", " of 20 prompts were" + advice},
		{"closed: {in_flight: 4, duration: 100ms, ramp: 0s}", " prompts under closed load were" + advice},
		{"capacity: {from: 20, to: 40, step: 100ms, confirm: 1, arrivals: constant}", " of 2 prompts of the probe at 20/s were" + advice},
	} {
		rec := run(t, fmt.Sprintf(`
name: slower
target: {dialect: http, url: %q}
client: {timeout: 5s}
load: {warmup: 0s, drain: 50ms, %s}
validity: {send_lag: 1s}
`, s.URL, c.load))
		if len(rec.Invalid) != 1 || !strings.HasPrefix(rec.Invalid[0], "all: ") || !strings.HasSuffix(rec.Invalid[0], c.says) {
			t.Errorf("%s:\ninvalid: %q\nwant %q", c.load, rec.Invalid, c.says)
		}
		arm := summarize(t, rec).Arms[0]
		if arm.Failed != arm.CutOff || len(arm.Errors) > 1 || arm.FailedMS != nil || arm.ErrorRate != nil && *arm.ErrorRate != 0 {
			t.Errorf("%s: %d of %d failed prompts are cut off, errors %v, error rate %v", c.load, arm.CutOff, arm.Failed, arm.Errors, arm.ErrorRate)
		}
	}
}
