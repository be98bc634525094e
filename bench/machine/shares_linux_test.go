package machine

import "testing"

func TestParseCPU(t *testing.T) {
	for line, want := range map[string][2]float64{
		"cpu  10 1 5 100 20 2 3 4 7 7": {25, 145}, // guest times are in user and nice
		"cpu 10 0 5 100 0":             {15, 115},
		"cpu0 10 1 5 100 20 2 3 4":     {0, 0},
		"cpu 10 x 5 100 20 2 3 4":      {0, 0},
		"":                             {0, 0},
	} {
		if busy, full := parseCPU(line); busy != want[0] || full != want[1] {
			t.Errorf("%q: %v of %v, want %v", line, busy, full, want)
		}
	}
	if busy, full := machineCPU(); busy <= 0 || full < busy {
		t.Errorf("this machine: %v of %v", busy, full)
	}
}
