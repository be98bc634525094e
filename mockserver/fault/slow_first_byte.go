package fault

import "time"

// SlowFirstByte sends the header at once and the body's first byte later.
type SlowFirstByte struct {
	When `yaml:",inline"`
	// Delay is the time between the header and the body, at least 0; default 1s.
	Delay time.Duration `yaml:"delay" check:"min=0"`
}

// Spoil holds the body back.
func (f SlowFirstByte) Spoil(r *Reply, _ Draw) {
	if f.Delay <= 0 || len(r.Parts) == 0 {
		return
	}
	r.Parts[0].Wait += f.Delay
	r.dealt("slow_first_byte")
}
