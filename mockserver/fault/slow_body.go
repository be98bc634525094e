package fault

import "time"

// SlowBody sends the body in small pieces with pauses between them.
type SlowBody struct {
	When `yaml:",inline"`
	// ChunkBytes is the size of a piece in bytes, 1…1000000; default 64.
	ChunkBytes int `yaml:"chunk_bytes" check:"min=1,max=1000000"`
	// Gap is the pause between two pieces, 0…1h; default 50ms.
	Gap time.Duration `yaml:"gap" check:"min=0,max=1h"`
}

// Apply splits the body into pieces and delays all but the first.
func (f SlowBody) Apply(r *Reply, _ Draw) {
	if f.ChunkBytes <= 0 || r.Size() == 0 {
		return
	}
	r.split(f.ChunkBytes, func(_ int, first bool) time.Duration {
		if first {
			return 0
		}
		return f.Gap
	})
	r.noteInjected("slow_body")
}
