package bench

import (
	"testing"
	"time"
)

func TestOutageLastsFromTheFirstFailureAfterAnAnswer(t *testing.T) {
	var o outage
	start := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		at               int // seconds
		answered, failed uint64
		want             int
	}{
		{0, 0, 0, 0},
		{1, 10, 0, 0},
		{2, 10, 1, 0}, // the first failure
		{3, 10, 2, 1},
		{9, 10, 2, 0}, // nothing was tried: nothing is known
		{10, 10, 3, 8},
		{11, 11, 4, 0}, // an answer ends it
		{12, 11, 5, 0},
		{15, 11, 6, 3},
	} {
		got := o.lasted(start.Add(time.Duration(c.at)*time.Second), c.answered, c.failed)
		if got != time.Duration(c.want)*time.Second {
			t.Errorf("after %ds with %d answered and %d failed it lasted %v, want %ds", c.at, c.answered, c.failed, got, c.want)
		}
	}
}
