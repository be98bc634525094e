package fault

import (
	"fmt"
	"time"

	"weighbridge/mockserver/dist"
)

// Delay delays the answer, without occupying a slot.
type Delay struct {
	When `yaml:",inline"`
	// By is the delay, at least 0; default 1s.
	By dist.Duration `yaml:"by"`
}

// Validate checks what the tags of single fields cannot express.
func (f Delay) Validate() error {
	if err := f.By.Validate(); err != nil {
		return fmt.Errorf("by: %w", err)
	}
	return f.When.Validate()
}

// Duration returns the delay of a request that is hit.
func (f Delay) Duration(draw Draw) time.Duration { return f.By.Quantile(draw(0)) }
