package fault

import (
	"fmt"
	"time"

	"weighbridge/mockserver/dist"
)

// Delay adds latency before the answer, outside the cost of serving it.
type Delay struct {
	When `yaml:",inline"`
	// By is the time added, at least 0; default 1s.
	By dist.Duration `yaml:"by"`
}

// Validate checks what one field alone cannot show.
func (f Delay) Validate() error {
	if err := f.By.Validate(); err != nil {
		return fmt.Errorf("by: %w", err)
	}
	return f.When.Validate()
}

// Extra is the time that a request which is hit waits for its answer.
func (f Delay) Extra(draw Draw) time.Duration { return f.By.Quantile(draw(0)) }
