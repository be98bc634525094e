package fault

import "time"

// Bandwidth caps how fast the body of an answer is sent; each answer has a cap
// of its own, and the header is free.
type Bandwidth struct {
	When `yaml:",inline"`
	// BytesPerSecond is the most that is sent of a body per second, at least 1; default 16384.
	BytesPerSecond int `yaml:"bytes_per_second" check:"min=1"`
}

// piecesPerSecond is how smoothly a body flows.
const piecesPerSecond = 20

// Spoil makes each piece of the body take its time.
func (f Bandwidth) Spoil(r *Reply, _ Draw) {
	if f.BytesPerSecond <= 0 || r.Size() == 0 {
		return
	}
	r.split(max(1, f.BytesPerSecond/piecesPerSecond), func(n int, _ bool) time.Duration {
		return time.Duration(float64(n) / float64(f.BytesPerSecond) * float64(time.Second))
	})
	r.dealt("bandwidth")
}
