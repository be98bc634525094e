package record

import (
	"testing"
	"time"
)

// The turns after the last that is told apart are counted with it, so that a record stays small.
func TestLateTurnsAreCountedTogether(t *testing.T) {
	var c Conversations
	for n := 1; n <= 1000; n++ {
		c.Turn(n).Response.Record(time.Duration(n) * time.Millisecond)
	}
	if got := len(c.Turns); got != MostTurns {
		t.Fatalf("%d turns are told apart, want %d", got, MostTurns)
	}
	if first, last := c.Turns[0].Response.Count(), c.Turns[MostTurns-1].Response.Count(); first != 1 || last != 1000-MostTurns+1 {
		t.Errorf("the first turn has %d latencies, the last %d", first, last)
	}
}
