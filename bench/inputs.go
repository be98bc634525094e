package bench

import (
	"fmt"
	"reflect"

	"weighbridge/bench/schedule"
	"weighbridge/bench/tokens"
	"weighbridge/scenarios"
	"weighbridge/target/files"
)

// inputs are the decks and traces of a run. Arms with the same prompts share a deck, and
// arms with the same trace file share a trace.
type inputs struct {
	seed uint64
	// decks[i] was made from prompts[i].
	prompts []scenarios.Prompts
	decks   []*schedule.Deck
	traces  map[traceKey]*schedule.Trace
}

// work returns what an arm is asked, and when. It reads the files of prompts and traces.
func (in *inputs) work(arm scenarios.Arm) (schedule.Work, error) {
	deck, err := in.deck(arm.Prompts)
	if err != nil {
		return schedule.Work{}, err
	}
	trace, err := in.trace(arm.Load.Open)
	return schedule.Work{Seed: in.seed, Arm: arm.Name, Deck: deck, Trace: trace}, err
}

// WorkOf returns what each arm of a scenario is asked, and when. It reads the files of prompts and
// traces.
func WorkOf(s *scenarios.Scenario) ([]schedule.Work, error) {
	in := inputs{seed: s.Experiment.Seed}
	var all []schedule.Work
	for _, arm := range s.Arms() {
		work, err := in.work(arm)
		if err != nil {
			return nil, err
		}
		work.Prompts = arm.Prompts
		all = append(all, work)
	}
	return all, nil
}

func (in *inputs) deck(p scenarios.Prompts) (*schedule.Deck, error) {
	for i, known := range in.prompts {
		if reflect.DeepEqual(known, p) {
			return in.decks[i], nil
		}
	}
	deck, err := newDeck(p, in.seed)
	if err != nil {
		return nil, err
	}
	in.prompts, in.decks = append(in.prompts, p), append(in.decks, deck)
	return deck, nil
}

func newDeck(p scenarios.Prompts, seed uint64) (*schedule.Deck, error) {
	counter, err := ReadTokenizer(p)
	if err != nil {
		return nil, fmt.Errorf("prompts.tokenizer: %w", err)
	}
	var deck *schedule.Deck
	switch {
	case p.File != "":
		if deck, err = ReadPrompts(p); err != nil {
			err = fmt.Errorf("prompts.file: %w", err)
		}
	case !p.Tokens.IsZero():
		if deck, err = schedule.TokenDeck(p, seed, counter); err != nil {
			err = fmt.Errorf("prompts.tokens: %w", err)
		}
	default:
		deck, err = schedule.SyntheticDeck(p, seed)
	}
	if err != nil {
		return nil, err
	}
	if deck, err = deck.WithPrefixes(p.Prefix, seed, counter); err != nil {
		return nil, fmt.Errorf("prompts.prefix: %w", err)
	}
	return deck, nil
}

// ReadTokenizer returns what counts tokens as prompts.tokenizer says; nil if it says nothing.
func ReadTokenizer(p scenarios.Prompts) (schedule.TokenCounter, error) {
	if p.Tokenizer == "" {
		return nil, nil
	}
	c, known, err := tokens.Named(p.Tokenizer)
	switch {
	case err != nil:
		return nil, err
	case known:
		return c, nil
	}
	f, err := files.Open(p.Tokenizer, tokens.MaxBytes)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if c, err = tokens.Read(f); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Tokenizer, err)
	}
	return c, nil
}

// CheckTokenizer checks that a file named by prompts.tokenizer can be read, and that prompts can be
// made with it.
func CheckTokenizer(p scenarios.Prompts) error {
	if scenarios.NamesTokenizer(p.Tokenizer) {
		return nil
	}
	counter, err := ReadTokenizer(p)
	if err != nil {
		return err
	}
	if err = schedule.CheckWords(counter); err != nil {
		return fmt.Errorf("%s: %w", p.Tokenizer, err)
	}
	return nil
}

// ReadPrompts reads a file named by prompts.file.
func ReadPrompts(p scenarios.Prompts) (*schedule.Deck, error) {
	f, err := files.Open(p.File, schedule.MaxPromptBytes)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return schedule.ReadDeck(p.File, p.Format, f, p.Zipf)
}

// trace returns the trace of open load, or nil if it has none.
func (in *inputs) trace(o *scenarios.Open) (*schedule.Trace, error) {
	if o == nil || o.Trace == "" {
		return nil, nil
	}
	key := traceKey{o.Trace, o.TraceFormat, o.Speed}
	if trace := in.traces[key]; trace != nil {
		return trace, nil
	}
	trace, err := ReadTrace(*o)
	if err != nil {
		return nil, fmt.Errorf("load.open.trace: %w", err)
	}
	if in.traces == nil {
		in.traces = map[traceKey]*schedule.Trace{}
	}
	in.traces[key] = trace
	return trace, nil
}

// traceKey is what a trace is read from, and how.
type traceKey struct {
	file, format string
	speed        float64
}

// ReadTrace reads a file named by load.open.trace.
func ReadTrace(o scenarios.Open) (*schedule.Trace, error) {
	f, err := files.Open(o.Trace, schedule.MaxTraceBytes)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return schedule.ReadTrace(o.Trace, o.TraceFormat, o.Speed, f)
}
