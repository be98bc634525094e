package transport

import (
	"testing"

	"weighbridge/target"
)

func TestPeakInFlightIsOfAPeriod(t *testing.T) {
	c := NewClient(Options{Client: target.Client{InFlight: 3}})
	for range 2 {
		if err := c.slots.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.noteInFlight()
	}
	c.slots.Release()
	c.noteInFlight()
	if got := c.TakePeak(); got != 2 {
		t.Errorf("the peak is %d, want 2", got)
	}
	if got := c.TakePeak(); got != 0 {
		t.Errorf("the peak of a period without requests is %d", got)
	}
}
