package fault

import "time"

// SlowFirstByte sends the header at once and delays the body.
type SlowFirstByte struct {
	When `yaml:",inline"`
	// Delay is the time between the header and the body, 0…24h; default 1s.
	Delay time.Duration `yaml:"delay" check:"min=0,max=24h"`
}

// Apply delays the first part.
func (f SlowFirstByte) Apply(r *Reply, _ Draw) {
	if f.Delay <= 0 || len(r.Parts) == 0 {
		return
	}
	r.Parts[0].Wait += f.Delay
	r.noteInjected("slow_first_byte")
}
