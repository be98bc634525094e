package bench

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
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
	counter, err := readTokenizer(p)
	var speller *schedule.Speller
	if err == nil {
		speller, err = schedule.NewSpeller(counter)
	}
	if err != nil {
		return nil, fmt.Errorf("prompts.tokenizer: %w", err)
	}
	deck, err := newDeck(p, in.seed, speller)
	if err != nil {
		return nil, err
	}
	in.prompts, in.decks = append(in.prompts, p), append(in.decks, deck)
	return deck, nil
}

func newDeck(p scenarios.Prompts, seed uint64, speller *schedule.Speller) (deck *schedule.Deck, err error) {
	switch {
	case p.File != "":
		if deck, err = ReadPrompts(p); err != nil {
			err = fmt.Errorf("prompts.file: %w", err)
		}
	case !p.Tokens.IsZero():
		if deck, err = schedule.TokenDeck(p, seed, speller); err != nil {
			err = fmt.Errorf("prompts.tokens: %w", err)
		}
	default:
		deck, err = schedule.SyntheticDeck(p, seed)
	}
	if err != nil {
		return nil, err
	}
	if deck, err = deck.WithPrefixes(p.Prefix, seed, speller); err != nil {
		return nil, fmt.Errorf("prompts.prefix: %w", err)
	}
	return deck, nil
}

// calibrate asks the servers of the arms with prompts.tokenizer: calibrated how many tokens they count in
// sample texts, and makes the prompts of these arms accordingly. If that cannot be found out, prompts stay as
// long as English texts of the wanted number of tokens, and the record says why.
func (e *experiment) calibrate(ctx context.Context) error {
	if !e.any(func(a *attack.Arm) bool { return a.Prompts.Calibrated() }) {
		return nil
	}
	seed := e.options.Scenario.Experiment.Seed
	counted, whys := make([][]schedule.Counted, len(e.arms)), make([]string, len(e.arms))
	err := e.runArms(ctx, phaseCalibration, -1, func(i int, _ time.Time) error {
		if a := e.arms[i]; a.Prompts.Calibrated() {
			counted[i], whys[i] = a.Calibrate(ctx, schedule.CalibrationTexts(a.Prompts, seed))
		}
		return nil
	})
	if err != nil || ctx.Err() != nil {
		return err
	}
	made := calibratedDecks{seed: seed}
	for i, a := range e.arms {
		if !a.Prompts.Calibrated() {
			continue
		}
		if e.record.Arms[i].Calibration, err = made.applyTo(a, counted[i], whys[i]); err != nil {
			return fmt.Errorf("arm %s: %w", a.Name, err)
		}
	}
	return nil
}

// phaseCalibration is what progress calls the calibration.
const phaseCalibration = "calibration"

// calibratedDecks are decks by how they were calibrated, so that arms with equal servers share one.
type calibratedDecks struct {
	seed  uint64
	known []calibratedDeck
}

type calibratedDeck struct {
	prompts scenarios.Prompts
	by      schedule.Calibration
	deck    *schedule.Deck
}

// applyTo gives an arm the deck that fits what its server counted. why says why some answers were of no use.
func (d *calibratedDecks) applyTo(a *attack.Arm, counted []schedule.Counted, why string) (*record.Calibration, error) {
	out := &record.Calibration{Answers: uint64(len(counted))}
	c, err := schedule.Calibrate(counted)
	if err != nil {
		if out.Why = err.Error(); len(counted) == 0 && why != "" {
			out.Why = why
		} else if why != "" {
			out.Why += ": " + why
		}
		return out, nil
	}
	out.PerWord, out.PerCharacter, out.Beside, out.Error = c.PerWord, c.PerCharacter, c.Beside, c.Error
	for _, made := range d.known {
		if made.by == *c && reflect.DeepEqual(made.prompts, a.Prompts) {
			a.SetDeck(made.deck)
			return out, nil
		}
	}
	deck, err := newDeck(a.Prompts, d.seed, schedule.CalibratedSpeller(*c))
	if err != nil {
		return nil, err
	}
	d.known = append(d.known, calibratedDeck{a.Prompts, *c, deck})
	a.SetDeck(deck)
	return out, nil
}

// readTokenizer returns the token counter that prompts.tokenizer names; nil if it names none, or if the server
// counts (calibrated).
func readTokenizer(p scenarios.Prompts) (schedule.TokenCounter, error) {
	if p.Tokenizer == "" || p.Calibrated() {
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
	counter, err := readTokenizer(p)
	if err != nil {
		return err
	}
	if _, err = schedule.NewSpeller(counter); err != nil {
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
