package ledger_test

import (
	"testing"
	"time"

	"weighbridge/mockserver/ledger"
)

// Every request of a run pays for Finish; it should not allocate.
func BenchmarkFinish(b *testing.B) {
	l := ledger.New(faults)
	injected := map[string]uint64{"errors": 1}
	for name, entry := range map[string]ledger.Entry{
		"plain":  {Route: "POST /v1/messages", Status: 200, Took: 5 * time.Millisecond, Prompts: 1, Input: 100, Output: 64},
		"faulty": {Route: "POST /v1/messages", Status: 500, Took: 5 * time.Millisecond, Prompts: 1, Faults: injected},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Finish(entry)
			}
		})
	}
}

func TestFinishDoesNotAllocate(t *testing.T) {
	l := ledger.New(faults)
	entry := ledger.Entry{Route: "POST /a", Status: 500, Took: time.Second, Faults: map[string]uint64{"errors": 1}}
	if n := testing.AllocsPerRun(100, func() { l.Finish(entry) }); n != 0 {
		t.Errorf("an attempt allocates %v times", n)
	}
}
