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

// check finds counts that do not add up. Sums of counts over maxCount might overflow, and then
// add up by accident.
func (s *Slice) check() error {
	if most := max(s.Due, s.Answered, s.Failed, s.NeverSent, s.CutOff, s.Generator); most > maxCount {
		return fmt.Errorf("%d prompts are more than any run has", most)
	}
	if s.CutOff+s.Generator > s.Failed {
		return fmt.Errorf("%d prompts failed, but %d were cut off and %d were the generator's", s.Failed, s.CutOff, s.Generator)
	}
	if s.Due != s.Answered+s.Failed+s.NeverSent {
		return fmt.Errorf("%d prompts were due, but %d answered + %d failed + %d never sent", s.Due, s.Answered, s.Failed, s.NeverSent)
	}
	return nil
}
