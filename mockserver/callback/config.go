// Package callback sends the usage callbacks (webhooks) by which a provider tells its customers what
// they are billed, signed as Standard Webhooks 1.0 has it
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md),
// which OpenAI's webhooks follow. Some are lost, sent twice, late, out of order or forged.
package callback

import (
	"fmt"

	"weighbridge/mockserver/dist"
)

// Config says what goes wrong with callbacks. Shares are of the answers that are billed.
type Config struct {
	// Loss is the share of callbacks that are never sent, 0…1; default 0.
	Loss float64 `yaml:"loss" check:"min=0,max=1"`
	// Duplicate is the share that are sent twice, with the same ID, 0…1; default 0.
	Duplicate float64 `yaml:"duplicate" check:"min=0,max=1"`
	// Reorder is the share that are held back until the next one has been sent, 0…1; default 0.
	Reorder float64 `yaml:"reorder" check:"min=0,max=1"`
	// Delay is the time from an answer to its callback, at least 0; default 0. A duplicate comes after another one.
	Delay dist.Duration `yaml:"delay"`
	// Forged is the share beside which another one is sent that somebody else has signed, 0…1; default 0.
	Forged float64 `yaml:"forged" check:"min=0,max=1"`
	// Replayed is the share that are sent again as they were signed ten minutes before, 0…1; default 0.
	Replayed float64 `yaml:"replayed" check:"min=0,max=1"`
}

// Validate checks what the tags of single fields cannot express.
func (c Config) Validate() error {
	if err := c.Delay.Validate(); err != nil {
		return fmt.Errorf("callbacks.delay: %w", err)
	}
	return nil
}
