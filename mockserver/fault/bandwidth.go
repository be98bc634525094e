package fault

import "time"

// Bandwidth limits how fast the body of an answer is sent. The limit applies to each
// answer separately, and not to its header.
type Bandwidth struct {
	When `yaml:",inline"`
	// BytesPerSecond is the rate at which the body is sent, 1…1000000000000; default 16384.
	BytesPerSecond int `yaml:"bytes_per_second" check:"min=1,max=1000000000000"`
}

// writesPerSecond is the number of pieces per second in which a body is sent.
const writesPerSecond = 20

// Apply splits the body and delays each piece by the time it takes to send.
func (f Bandwidth) Apply(r *Reply, _ Draw) {
	if f.BytesPerSecond <= 0 || r.Size() == 0 {
		return
	}
	r.split(max(1, f.BytesPerSecond/writesPerSecond), func(n int, _ bool) time.Duration {
		return time.Duration(float64(n) / float64(f.BytesPerSecond) * float64(time.Second))
	})
	r.noteInjected("bandwidth")
}
