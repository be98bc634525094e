package target

import (
	"testing"
	"time"
)

// White space at the beginning of a stream is a token if the next follows as soon as all others, and may be a
// proxy's if not.
func TestPadding(t *testing.T) {
	for _, c := range []struct {
		name  string
		kinds string // of the pieces: blank or text
		ms    []int  // when they came
		want  int
	}{
		{"no white space", "ttt", []int{100, 120, 140}, 0},
		{"a token", "bttt", []int{100, 120, 140, 160}, 0},
		{"a token before a token of twice the time", "bttt", []int{100, 140, 160, 180}, 0},
		{"a token before a stall that is short beside TTFT", "bttt", []int{2000, 2300, 2320, 2340}, 0},
		{"two tokens", "bbtt", []int{100, 120, 140, 160}, 0},
		{"once, before a long wait", "bttt", []int{10, 1000, 1020, 1040}, 1},
		{"late, before a long wait", "bttt", []int{1000, 1500, 1520, 1540}, 1},
		{"now and then", "bbbttt", []int{1000, 2000, 3000, 3500, 3520, 3540}, 3},
		{"as often as tokens", "bbbbtttt", []int{20, 40, 60, 80, 100, 120, 140, 160}, 4},
		{"and then all at once", "bt", []int{10, 1000}, 1},
		{"and then all at once, in pieces", "btt", []int{10, 1000, 1000}, 1},
		{"at the end", "ttb", []int{100, 120, 3000}, 0},
		{"in the middle", "tbt", []int{100, 120, 3000}, 0},
		{"nothing else", "bbb", []int{100, 1000, 2000}, 0},
		{"all at once", "bbbt", []int{100, 100, 100, 100}, 0},
		{"nothing", "", nil, 0},
	} {
		var pieces []Piece
		var at []time.Duration
		for i, kind := range c.kinds {
			pieces = append(pieces, Piece{Output: 1, Blank: kind == 'b'})
			at = append(at, time.Duration(c.ms[i])*time.Millisecond)
		}
		if got := Padding(pieces, at); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
