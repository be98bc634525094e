package scenarios

import (
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"weighbridge/scenarios/tree"
	"weighbridge/target"
)

var namePattern = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// reporter records an error about the value at a path.
type reporter func(path, format string, args ...any)

func reporterAt(at tree.Positions, p *tree.Problems) reporter {
	return func(path, format string, args ...any) { p.Add(at.Of(path), path, format, args...) }
}

// validate checks the scenario, then each arm, for errors that single values do not show. Arms
// are not checked if anything else is wrong, because they would repeat it.
func (s *Scenario) validate(at tree.Positions, arms *expansion, p *tree.Problems) {
	report := reporterAt(at, p)
	switch {
	case s.Name == "":
		report("name", "missing: expected 1 to 64 of a-z, 0-9 and -")
	case !namePattern.MatchString(s.Name):
		report("name", "expected 1 to 64 of a-z, 0-9 and -, found %q", s.Name)
	}
	s.validateExperiment(report)
	s.validatePrices(report)
	s.validateOrder(report)
	s.validateRules(at, p)
	s.validateDurations(p)
	if p.AddAll(arms.problems.Sorted()); p.Len() > 0 {
		return
	}
	for i, arm := range s.arms {
		report := reporterAt(arms.positions[i], p)
		arm.validate(arms.positions[i], report)
		if !s.literalSecrets {
			arm.refuseLiteralSecrets(report)
		}
		s.validateRestarts(arm, report)
	}
	s.validateTotals(report)
}

func (s *Scenario) validateExperiment(report reporter) {
	if e := s.Experiment; e.MaxBlocks < e.Blocks {
		report("experiment.max_blocks", "expected at least experiment.blocks (%d), found %d", e.Blocks, e.MaxBlocks)
	}
}

func (s *Scenario) validatePrices(report reporter) {
	for model, price := range s.Prices.Models {
		if wrong := price.Batch.Wrong(); wrong != "" {
			report("prices.models."+model+".batch", "%s", wrong)
		}
	}
}

// validateOrder rejects loads to compare on a server that all arms load at once.
func (s *Scenario) validateOrder(report reporter) {
	a, b, shared := s.sharing()
	path, patched, loaded := s.Matrix.patchedBy("load")
	if s.Experiment.Order == Concurrent && shared && loaded {
		report("experiment.order", "axis %s sets %s, and %s and %s share a server (%s): expected sequential, or no order, found %s",
			path, patched, a.Name, b.Name, target.ServerOf(a.Target.URL), Concurrent)
	}
}

// validateRestarts rejects restarts of a target that is not a mock.
func (s *Scenario) validateRestarts(arm Arm, report reporter) {
	if s.Experiment.RestartEvery > 0 && arm.Target.URL != target.Mock {
		report("target.url", "experiment.restart_every restarts the mocks: expected %s in every arm", target.Mock)
	}
}

// The bounds of what values of a scenario come to together.
const (
	// MaxCharacters is the number of characters in the distinct prompts of all arms.
	MaxCharacters = 400_000_000
	// maxRequest is the number of characters in the prompts of one request, on average.
	maxRequest = 10_000_000
	// maxAskedTokens is the most that a request may ask for.
	maxAskedTokens = 1_000_000
	// maxRun is how long the blocks of a run take.
	maxRun = 90 * 24 * time.Hour
)

// validateTotals checks what values come to together. Sums are of floats, which cannot overflow.
func (s *Scenario) validateTotals(report reporter) {
	block, characters := 0.0, 0.0
	var decks []Prompts
	for _, arm := range s.arms {
		slice := 0.0
		if arm.Load.Open != nil {
			slice = float64(arm.Load.Open.Duration)
		}
		if s.Experiment.Order == Concurrent && arm.Index > 0 {
			slice = 0 // it runs beside the first
		}
		if arm.Load.Closed != nil {
			slice += float64(arm.Load.Closed.Duration + arm.Load.Closed.Ramp)
		}
		block += slice
		if p := arm.Prompts; p.File == "" && !slices.ContainsFunc(decks, func(d Prompts) bool { return reflect.DeepEqual(d, p) }) {
			decks = append(decks, p)
			characters += float64(p.Distinct)*p.meanLength() + float64(p.Prefix.Pool)*p.Prefix.characters()
		}
	}
	if run := block * float64(s.Experiment.MaxBlocks); run > float64(maxRun) {
		report("experiment.blocks", "expected blocks that take at most %gh in all, found %.0fh (experiment.max_blocks × load.open.duration and load.closed.duration of the arms)",
			maxRun.Hours(), run/float64(time.Hour))
	}
	if characters > MaxCharacters {
		report("prompts.length", "expected at most %d characters in the distinct prompts of all arms, found about %.3g (prompts.distinct × prompts.length)", MaxCharacters, characters)
	}
}

// MostTokens is the most output tokens that a request asks for.
func (p Prompts) MostTokens() int {
	return int(min(max(math.Round(p.MaxTokens.Quantile(1)), 1), maxAskedTokens))
}

func (p Prefix) characters() float64 { return float64(p.Tokens) * CharactersPerToken }

// meanLength is the mean number of characters of generated prompts, without the last
// two thousandth of a heavy tail.
func (p Prompts) meanLength() float64 {
	const samples, charactersPerWord = 1000, 6
	length, each := p.Length, 1.0
	if !p.Tokens.IsZero() {
		length, each = p.Tokens, charactersPerWord
	}
	sum := 0.0
	for i := range samples {
		sum += each * length.Quantile((float64(i)+0.5)/samples)
	}
	return sum / samples
}

// validateRequest checks where prompts come from, and the size of one request.
func (a *Arm) validateRequest(report reporter) {
	if a.Prompts.Format != "" && a.Prompts.File == "" {
		report("prompts.format", "expected prompts.file as well, which it describes")
	}
	a.validateTokens(report)
	if order := a.Prompts.Order; a.Prompts.Zipf > 0 && order != OrderZipf {
		report("prompts.zipf", "prompts.order: %s sends all prompts equally often: expected order %s, or no exponent, found %g", order, OrderZipf, a.Prompts.Zipf)
	}
	if n := a.Prompts.MaxTokens; !n.IsZero() && n.Constant > 0 && n.Constant < 1 || n.IsZero() || n.Constant > maxAskedTokens {
		report("prompts.max_tokens", "expected 1…%d, found %v", maxAskedTokens, n.Constant)
	}
	size := float64(a.Target.Batch.Size) * (a.Prompts.meanLength() + a.Prompts.Prefix.characters())
	if a.Prompts.File == "" && size > maxRequest {
		report("target.batch.size", "expected at most %d characters in a request, found about %.3g (target.batch.size × prompts.length)", maxRequest, size)
	}
}

// openDuration and closedDuration are the lengths of an arm's slices; 0 for none.
func openDuration(l Load) (d time.Duration) {
	if l.Open != nil {
		d = l.Open.Duration
	}
	return d
}

func closedDuration(l Load) (d time.Duration) {
	if l.Closed != nil {
		d = l.Closed.Duration
	}
	return d
}

// differ reports whether arms have different lengths of a slice, as far as they have one.
func (s *Scenario) differ(of func(Load) time.Duration) bool {
	known := time.Duration(0)
	for _, arm := range s.arms {
		switch d := of(arm.Load); {
		case d == 0:
		case known == 0:
			known = d
		case d != known:
			return true
		}
	}
	return false
}

// validateTokens checks prompts whose length is in tokens.
func (a *Arm) validateTokens(report reporter) {
	p := a.Prompts
	n := p.Tokens
	switch {
	case p.Tokenizer != "" && !NamesTokenizer(p.Tokenizer) && !strings.HasSuffix(p.Tokenizer, ".json"):
		report("prompts.tokenizer", "expected o200k_base, cl100k_base, calibrated or the path of a tokenizer.json, found %q", p.Tokenizer)
	case p.Tokenizer != "" && n.IsZero() && p.Prefix.Tokens == 0 && (a.Load.Open == nil || a.Load.Open.Trace == ""):
		report("prompts.tokenizer", "expected prompts.tokens, prompts.prefix.tokens or load.open.trace as well, whose tokens it counts")
	case p.Calibrated() && a.Load.Batch != nil:
		report("prompts.tokenizer", "calibrated needs immediate answers, which load.batch does not give: expected another tokenizer, or no batches")
	}
	switch {
	case n.IsZero():
	case p.Tokenizer == "":
		report("prompts.tokens", "expected prompts.tokenizer as well, which counts them")
	case p.File != "":
		report("prompts.tokens", "the prompts of prompts.file have lengths of their own: expected no tokens, or no file")
	case !reflect.DeepEqual(p.Length, Defaults().Prompts.Length):
		report("prompts.tokens", "expected prompts.tokens or prompts.length, found both")
	case n.Constant > MaxPromptTokens || n.Constant > 0 && n.Constant < 1:
		report("prompts.tokens", "expected 1…%d, found %v", MaxPromptTokens, n.Constant)
	}
}

// validateConversations checks what conversations need, and what needs them.
func (a *Arm) validateConversations(report reporter) {
	p := a.Prompts
	if !p.Converses() {
		for _, key := range []struct {
			name  string
			given bool
		}{{"history", p.History == HistoryFile}, {"think", !p.Think.IsZero()}, {"turns", p.Turns > 0}} {
			if key.given {
				report("prompts."+key.name, "expected prompts.format: %s as well: it is about the turns of conversations", FormatMessages)
			}
		}
		return
	}
	if !slices.Contains([]string{"anthropic", "openai", "responses"}, a.Target.Dialect) {
		report("prompts.format", "dialect %s has no conversations: expected dialect anthropic, openai or responses, or another format, found %s", a.Target.Dialect, p.Format)
	}
	if a.Load.Capacity != nil {
		report("load.capacity", "the capacity of conversations cannot be searched for, as their later turns are due only when the target has answered: expected another prompts.format, or no load.capacity")
	}
	if a.Load.Batch != nil {
		report("load.batch", "the turns of a conversation wait for answers, and cannot be submitted together: expected another prompts.format, or no batches")
	}
	if a.Load.Open != nil && a.Load.Open.Trace != "" {
		report("load.open.trace", "a trace gives the times of single prompts: expected another prompts.format, or no trace, with prompts.format: %s", FormatMessages)
	}
}

// validateDurations rejects concurrent slices of different lengths.
func (s *Scenario) validateDurations(p *tree.Problems) {
	if s.Experiment.Order != Concurrent {
		return
	}
	for _, axis := range s.Matrix {
		axis.leaves(func(_ tree.Patch, leaf string, value *tree.Node) {
			if leaf == "load.open.duration" && s.differ(openDuration) || leaf == "load.closed.duration" && s.differ(closedDuration) {
				p.Add(value.At, tree.Join("matrix", axis.Name), "levels that set %s need experiment.order: sequential", leaf)
			}
		})
	}
}
