package fault

import "time"

// SlowBody sends a body in small pieces with pauses between them.
type SlowBody struct {
	When `yaml:",inline"`
	// ChunkBytes is the size of a piece, at least 1; default 64.
	ChunkBytes int `yaml:"chunk_bytes" check:"min=1"`
	// Gap is the pause between two pieces, at least 0; default 50ms.
	Gap time.Duration `yaml:"gap" check:"min=0"`
}

// Spoil cuts the body into pieces that wait for one another.
func (f SlowBody) Spoil(r *Reply, _ Draw) {
	if f.ChunkBytes <= 0 || r.Size() == 0 {
		return
	}
	r.split(f.ChunkBytes, func(_ int, first bool) time.Duration {
		if first {
			return 0
		}
		return f.Gap
	})
	r.dealt("slow_body")
}
