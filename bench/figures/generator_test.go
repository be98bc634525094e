package figures

import (
	"strings"
	"testing"

	"weighbridge/bench/record"
)

func TestGeneratorLimit(t *testing.T) {
	slice := func(own, all float64) record.Block {
		return record.Block{Complete: true, Closed: &record.Slice{DurationMS: 400, HarnessCPU: &own, MachineCPU: &all}}
	}
	for name, row := range map[string]struct {
		blocks []record.Block
		want   string // empty if the generator was not the limit
		// allowed is 0 if the record does not say.
		allowed float64
	}{
		"unknown":                       {[]record.Block{{Complete: true, Closed: &record.Slice{DurationMS: 400}}}, "", 0},
		"open load only":                {[]record.Block{{Complete: true, Open: &record.Slice{}}}, "", 0},
		"idle":                          {[]record.Block{slice(0.1, 0.3)}, "", 0},
		"a full machine of others":      {[]record.Block{slice(0.2, 1)}, "", 0},
		"much, on a machine with room":  {[]record.Block{slice(0.45, 0.8)}, "", 0},
		"much, on a full machine":       {[]record.Block{slice(0.45, 0.97)}, "97% of all cores were busy, 45% with the harness itself", 0},
		"most":                          {[]record.Block{slice(0.8, 0.85)}, "the harness itself used 80% of all cores", 0},
		"one block of three":            {[]record.Block{slice(0.6, 1), slice(0.2, 0.5), slice(0.2, 0.5)}, "", 0},
		"two blocks of three, and open": {[]record.Block{slice(0.9, 1), slice(0.9, 1), slice(0.2, 0.5), {Open: &record.Slice{}}}, "used 67% of all cores", 0},
		"most, and allowed":             {[]record.Block{slice(0.6, 0.95)}, "", 1},
		"more than allowed":             {[]record.Block{slice(0.3, 0.5)}, "the harness itself used 30% of all cores", 0.25},
	} {
		got := GeneratorLimit(&record.Arm{Blocks: row.blocks}, record.Validity{ClosedCPU: row.allowed})
		if (got == "") != (row.want == "") || !strings.Contains(got, row.want) {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}
