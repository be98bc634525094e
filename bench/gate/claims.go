package gate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
	"weighbridge/scenarios/rule"
)

// The verdicts of claims, besides Inconclusive and Invalid.
const (
	// Holds says that the whole interval lies in the range that the claim allows.
	Holds Verdict = "holds"
	// DoesNotHold says that the whole interval lies outside that range.
	DoesNotHold Verdict = "does not hold"
	// Depends says that the claim holds at some levels of the axis along which it was tried, and
	// does not at others.
	Depends Verdict = "depends"
	// NotMeasurable says that no run of the kind can decide the claim.
	NotMeasurable Verdict = "cannot be measured this way"
)

// ClaimResult is a claim of the scenario and what was measured.
type ClaimResult struct {
	ID      string `json:"id"`
	Says    string `json:"says"`
	Measure string `json:"measure"`
	// Is is record.About, within a share of Claimed, record.AtLeast or record.AtMost.
	Is      string  `json:"is"`
	Claimed float64 `json:"claimed"`
	// Measured has the bounds Low and High, at figures.Confidence; nil if not known.
	Measured *float64 `json:"measured"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
	Verdict  Verdict  `json:"verdict"`
	// Why says in a sentence what decided. Otherwise says when the verdict would be a different one;
	// empty if that is not known.
	Why       string `json:"why"`
	Otherwise string `json:"otherwise"`
	Source    string `json:"source"`
	// Along is the claim at each level of an axis; nil if it was tried at one level only.
	Along *Sweep `json:"along"`
}

// Claims measures the record's claims, with intervals of figures.Confidence. A claim that
// names a metric of an arm is measured only if the record has a single arm.
func Claims(rec *record.Record) ([]ClaimResult, error) {
	out := []ClaimResult{}
	complete := figures.FirstBlocks(rec, figures.CompleteBlocks(rec))
	calculator := figures.NewCalculator()
	for _, claim := range rec.Claims {
		axes := axesOf(rec)
		n, err := rule.ParseNumber(claim.Measure, axes)
		var along rule.Range
		if err == nil && claim.Along != "" {
			if along, err = rule.ParseRange(claim.Along, axes); err == nil {
				err = rule.Fits(n, along, axes)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("claim %s: %w", claim.ID, err)
		}
		claim.Is, claim.Within = cmp.Or(claim.Is, record.About), cmp.Or(claim.Within, defaultWithin)
		j := claimJudge{claim, complete, calculator}
		out = append(out, j.result(n, along, rec.Invalid))
	}
	return out, nil
}

// Asked returns the metrics that the record's claims measure, in the order of the claims, each once.
func Asked(rec *record.Record) (all []metric.Metric, err error) {
	for _, claim := range rec.Claims {
		n, err := rule.ParseNumber(claim.Measure, axesOf(rec))
		if err != nil {
			return nil, fmt.Errorf("claim %s: %w", claim.ID, err)
		}
		for _, m := range metric.All() {
			if rule.Names(n, m) && !slices.ContainsFunc(all, func(other metric.Metric) bool { return other.Name == m.Name }) {
				all = append(all, m)
			}
		}
	}
	return all, nil
}

// defaultWithin is the share of the claimed figure within which a claim that says about holds, for
// records that give no share.
const defaultWithin = 0.1

// claimJudge judges one claim. rec has only the complete blocks of the record.
type claimJudge struct {
	record.Claim
	rec        *record.Record
	calculator figures.Calculator
}

// result judges the claim at the levels that it names, and along the others.
func (j claimJudge) result(n rule.Node, along rule.Range, invalid []string) ClaimResult {
	r := ClaimResult{
		ID: j.ID, Says: j.Says, Measure: j.Measure, Is: j.Is, Claimed: j.Claimed, Source: j.Source, Otherwise: j.Otherwise,
	}
	in, verdict, why := j.at(n)
	r.Measured, r.Low, r.High, r.Verdict, r.Why = figures.Known(in.Value), figures.Known(in.Low), figures.Known(in.High), verdict, why
	if verdict == NotMeasurable { // one figure, whose bounds are itself
		r.Low, r.High = nil, nil
	}
	if along.Axis != "" {
		r.Along = j.sweep(n, along)
		level, _ := rule.LevelIn(n, along.Axis, r.Along.levels())
		r.depend(level, j.Otherwise)
	}
	switch {
	case len(invalid) > 0:
		r.Verdict, r.Why, r.Otherwise = Invalid, "the run is invalid", ""
		r.Along.invalidate()
	case j.NotMeasurable != "":
		r.Verdict, r.Why = NotMeasurable, j.NotMeasurable
	}
	return r
}

// at judges the claim by one expression.
func (j claimJudge) at(n rule.Node) (in figures.Interval, v Verdict, why string) {
	a := &assertion{rec: j.rec, calculator: j.calculator}
	if rule.PerArm(n) {
		if len(j.rec.Arms) != 1 {
			return figures.Unknown(), NotMeasurable, fmt.Sprintf("%s is a figure of one arm, and the run has %d arms: expected at(metric, \"axis=level\")", j.Measure, len(j.rec.Arms))
		}
		a.arm = &j.rec.Arms[0]
	}
	in = a.number(n, (1-figures.Confidence)/2)
	unsure := func(what string) string {
		if len(a.warnings) > 0 {
			what += ": " + strings.Join(a.warnings, "; ")
		}
		return what
	}
	unbounded := math.IsInf(in.Low, -1) && math.IsInf(in.High, 1)
	switch {
	case math.IsNaN(in.Value):
		return in, Inconclusive, unsure("nothing was measured that it could be calculated from")
	case a.whole && a.estimated:
		return in, NotMeasurable, unsure("it is a single figure for the whole run, and so has no interval: run it again to see how it varies")
	case a.whole:
		v, why = j.judge(in)
		return in, v, strings.NewReplacer("the whole 95% interval lies", "what this run counted lies", "the whole 95% interval", "what this run counted").Replace(why)
	case unbounded && figures.CompleteBlocks(j.rec) < stat.MinValues:
		return in, Inconclusive, fmt.Sprintf("an interval takes %d blocks, and there are %d", stat.MinValues, figures.CompleteBlocks(j.rec))
	case unbounded:
		return in, Inconclusive, unsure("the figure has no interval")
	}
	v, why = j.judge(in)
	if hasEdge(n) {
		why = strings.NewReplacer("the whole 95% interval", "the whole bracket between two levels", "the 95% interval", "the bracket between two levels",
			"more blocks", "levels closer to each other").Replace(why)
	}
	return in, v, why
}

// hasEdge says whether a figure is the place of an edge, whose bounds are two levels of an axis.
func hasEdge(n rule.Node) bool {
	found := false
	rule.Walk(n, func(n rule.Node) {
		_, is := n.(rule.Edge)
		found = found || is
	})
	return found
}

// limits are the ends of the range that the claim allows.
func (j claimJudge) limits() (low, high float64) {
	switch j.Is {
	case record.AtLeast:
		return j.Claimed, math.Inf(1)
	case record.AtMost:
		return math.Inf(-1), j.Claimed
	}
	reach := j.Within * math.Abs(j.Claimed)
	return j.Claimed - reach, j.Claimed + reach
}

// judge compares an interval with the range that the claim allows, and says why the verdict follows.
func (j claimJudge) judge(in figures.Interval) (Verdict, string) {
	const interval = "the whole 95% interval"
	low, high := j.limits()
	claimed := strconv.FormatFloat(j.Claimed, 'g', -1, 64)
	inside := map[string]string{
		record.AtLeast: "is at least " + claimed, record.AtMost: "is at most " + claimed,
	}[j.Is]
	if inside == "" {
		inside = fmt.Sprintf("is within %.3g%% of %s", 100*j.Within, claimed)
	}
	switch {
	case in.Low >= low && in.High <= high:
		return Holds, interval + " " + inside
	case in.High < low:
		return DoesNotHold, interval + " lies below what is claimed" + j.times(in.Value)
	case in.Low > high:
		return DoesNotHold, interval + " lies above what is claimed" + j.times(in.Value)
	}
	return Inconclusive, "the 95% interval lies only in part where it " + inside + ": more blocks would narrow it"
}

// times says how large a figure is beside the claimed one, if both are positive.
func (j claimJudge) times(value float64) string {
	if !(j.Claimed > 0 && value > 0) {
		return ""
	}
	return fmt.Sprintf(", the figure is %.2g times the claimed one", value/j.Claimed)
}
