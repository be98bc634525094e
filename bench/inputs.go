package bench

import (
	"fmt"
	"os"
	"reflect"

	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
)

// inputs are the decks and traces of a run, made once for all arms that share them.
type inputs struct {
	seed   uint64
	asked  []scenarios.Prompts
	decks  []*schedule.Deck
	traces map[string]*schedule.Trace
}

// work is what an arm is to be asked, and when.
func (in *inputs) work(arm scenarios.Arm) (schedule.Work, error) {
	deck, err := in.deck(arm.Prompts)
	if err != nil {
		return schedule.Work{}, err
	}
	trace, err := in.trace(arm.Load.Open)
	return schedule.Work{Seed: in.seed, Arm: arm.Name, Deck: deck, Trace: trace}, err
}

func (in *inputs) deck(p scenarios.Prompts) (*schedule.Deck, error) {
	for i, asked := range in.asked {
		if reflect.DeepEqual(asked, p) {
			return in.decks[i], nil
		}
	}
	deck, err := newDeck(p, in.seed)
	if err != nil {
		return nil, err
	}
	in.asked, in.decks = append(in.asked, p), append(in.decks, deck)
	return deck, nil
}

func newDeck(p scenarios.Prompts, seed uint64) (*schedule.Deck, error) {
	if p.File == "" {
		return schedule.SyntheticDeck(p, seed), nil
	}
	f, err := os.Open(p.File)
	if err != nil {
		return nil, fmt.Errorf("prompts.file: %w", err)
	}
	defer func() { _ = f.Close() }()
	deck, err := schedule.ReadDeck(p.File, f, p.Zipf)
	if err != nil {
		return nil, fmt.Errorf("prompts.file: %w", err)
	}
	return deck, nil
}

// trace is nil where the load follows none.
func (in *inputs) trace(o *scenarios.Open) (*schedule.Trace, error) {
	if o == nil || o.Trace == "" {
		return nil, nil
	}
	if trace := in.traces[o.Trace]; trace != nil {
		return trace, nil
	}
	trace, err := ReadTrace(o.Trace)
	if err != nil {
		return nil, fmt.Errorf("load.open.trace: %w", err)
	}
	if in.traces == nil {
		in.traces = map[string]*schedule.Trace{}
	}
	in.traces[o.Trace] = trace
	return trace, nil
}

// ReadTrace reads the file of a load.open.trace.
func ReadTrace(file string) (*schedule.Trace, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return schedule.ReadTrace(file, f)
}
