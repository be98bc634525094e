package record

import (
	"errors"
	"fmt"
)

// check finds damage that still decodes: missing arms or levels, blocks out of order, counts that do not
// add up.
func (r *Record) check() error {
	if len(r.Arms) == 0 {
		return errors.New("it holds no arm")
	}
	for _, arm := range r.Arms {
		for _, axis := range r.Axes {
			if _, ok := arm.Levels[axis.Name]; !ok {
				return fmt.Errorf("arm %s has no level of axis %s", arm.Name, axis.Name)
			}
		}
		if err := arm.OverTime.check(); err != nil {
			return fmt.Errorf("arm %s, over time: %w", arm.Name, err)
		}
		if err := arm.Capacity.check(); err != nil {
			return fmt.Errorf("arm %s, capacity: %w", arm.Name, err)
		}
		for i, block := range arm.Blocks {
			if block.Index < 0 || i > 0 && block.Index <= arm.Blocks[i-1].Index {
				return fmt.Errorf("arm %s, block %d: expected the blocks in order, each with an index of its own from 0 on", arm.Name, block.Index)
			}
			for _, s := range []*Slice{block.Open, block.Closed} {
				if s == nil {
					continue
				}
				if err := s.check(); err != nil {
					return fmt.Errorf("arm %s, block %d: %w", arm.Name, block.Index, err)
				}
			}
		}
	}
	return nil
}

// check finds counts that do not add up.
func (s *Slice) check() error {
	return checkPrompts(s.Due, s.Answered, s.Failed, s.NeverSent, s.CutOff, s.Generator)
}

// check finds probes of a rate that cannot be offered, or whose counts do not add up.
func (c *Capacity) check() error {
	if c == nil {
		return nil
	}
	for i, p := range c.Probes {
		if p.RatePerS <= 0 {
			return fmt.Errorf("probe %d: %v prompts/s cannot be offered", i, p.RatePerS)
		}
		if err := checkPrompts(p.Due, p.Answered, p.Failed, p.NeverSent, p.CutOff, p.Generator); err != nil {
			return fmt.Errorf("probe %d: %w", i, err)
		}
	}
	return nil
}

// checkPrompts finds counts that do not add up. Sums of counts over maxCount might overflow, and
// then add up by accident.
func checkPrompts(due, answered, failed, neverSent, cutOff, generator uint64) error {
	if most := max(due, answered, failed, neverSent, cutOff, generator); most > maxCount {
		return fmt.Errorf("%d prompts are more than any run has", most)
	}
	if cutOff+generator > failed {
		return fmt.Errorf("%d prompts failed, but %d were cut off and %d were the generator's", failed, cutOff, generator)
	}
	if due != answered+failed+neverSent {
		return fmt.Errorf("%d prompts were due, but %d answered + %d failed + %d never sent", due, answered, failed, neverSent)
	}
	return nil
}
