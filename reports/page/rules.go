package page

import (
	"fmt"
	"strings"
	"time"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/table"
	"weighbridge/scenarios/metric"
)

// VerdictLine says the verdict and which rule decided, and, if reason, why.
func VerdictLine(j gate.RunVerdict, reason bool) string {
	switch j.Verdict {
	case "":
		return "No rule judged this run"
	case gate.Pass:
		return "Pass: " + passedRules(j)
	case gate.Invalid:
		return "Invalid: these figures do not count, and no rule was judged"
	}
	name := map[gate.Verdict]string{gate.Regression: "Regression", gate.Inconclusive: "Inconclusive"}[j.Verdict]
	deciding := RulesWith(j.Rules, j.Verdict)
	if len(deciding) == 0 {
		return name
	}
	if len(deciding) > 1 {
		name += fmt.Sprintf(" in %d of %d rules", len(deciding), len(j.Rules))
	}
	if !reason || deciding[0].Why == "" {
		return name + ": " + deciding[0].Name
	}
	return name + ": " + deciding[0].Name + " — " + deciding[0].Why
}

// passedRules says how many rules hold, judged on how many blocks.
func passedRules(j gate.RunVerdict) string {
	holds := format.Plural(len(j.Rules), "rule") + " hold"
	if len(j.Rules) == 1 {
		holds += "s"
	}
	if j.Blocks == 0 {
		return holds
	}
	return holds + ", on " + format.Plural(j.Blocks, "block")
}

// RulesWith returns the rules that have the verdict.
func RulesWith(rules []gate.RuleVerdict, v gate.Verdict) []gate.RuleVerdict {
	var out []gate.RuleVerdict
	for _, r := range rules {
		if r.Verdict == v {
			out = append(out, r)
		}
	}
	return out
}

// decidedBy returns the metric of the finding that decided a rule; the zero Metric if that
// is an assertion.
func decidedBy(r gate.RuleVerdict) metric.Metric {
	m, _ := metric.Named(r.Metric)
	return m
}

// metricOf returns a finding's metric; the zero Metric for an assertion.
func metricOf(f gate.Finding) metric.Metric {
	m, _ := metric.Named(f.Metric)
	return m
}

// JudgedRule is a rule of the scenario in a few words: what it demands, and the figure that decided.
type JudgedRule struct {
	Name string
	// Demands is the rule's expression, or what must not be worse.
	Demands  string
	Verdict  table.Verdict
	Severity table.Severity
	Measured table.Measured
	// Why says what decided; of a pass, which arm came closest to the limit.
	Why string
}

// Mark is a sign for the verdict.
func (r JudgedRule) Mark() string {
	switch r.Severity {
	case table.Good:
		return "✓"
	case table.Bad:
		return "✗"
	}
	return "?"
}

func judgedRules(from Source) (all []JudgedRule) {
	for _, r := range from.RunVerdict.Rules {
		j := JudgedRule{
			Name: r.Name, Verdict: table.Verdict(r.Verdict), Severity: table.SeverityOf(r.Verdict), Why: r.Why,
			Measured: table.Measured{Of: decidedBy(r), V: r.Measured, Low: r.Low, High: r.High, Failed: r.FailedShare},
		}
		for _, written := range from.Record.Rules {
			if written.Name == r.Name {
				j.Demands = demands(written)
			}
		}
		all = append(all, j)
	}
	return all
}

// demands says what a rule demands.
func demands(r record.Rule) string {
	n := r.NoRegression
	switch {
	case n == nil:
		return format.OneLine(r.Assert)
	case n.Axis == "":
		return "no regression against the baselines: " + strings.Join(n.Metrics, ", ")
	}
	return fmt.Sprintf("no regression of %s against %s: %s", format.OneLine(n.Head), format.OneLine(n.Base), strings.Join(n.Metrics, ", "))
}

// rules is the section of Rules.
func rules(from Source) Section {
	t := Rules(from.RunVerdict)
	t.About = "Rules: the run's verdict is the worst of theirs" + JudgedOn(from.RunVerdict) + ". Measured is the figure that decided, with its bounds in brackets. " +
		"In a rule's expression a percentile counts failed prompts as infinite; no_regression compares answered prompts."
	return Section{Table: t}
}

// Rules is the table of all rules.
func Rules(j gate.RunVerdict) table.Table {
	t := table.New("", j.Rules, []table.ColumnOf[gate.RuleVerdict]{
		table.Words("rule", func(r gate.RuleVerdict) table.Value { return table.Text(r.Name) }),
		table.Words("verdict", func(r gate.RuleVerdict) table.Value { return table.Verdict(r.Verdict) }),
		table.Numbers("measured (bounds)", func(r gate.RuleVerdict) table.Value {
			return table.Measured{Of: decidedBy(r), V: r.Measured, Low: r.Low, High: r.High, Failed: r.FailedShare}
		}),
		table.Words("what decided", func(r gate.RuleVerdict) table.Value { return table.Text(r.Why) }),
	})
	t.Sentences = true
	return t
}

// JudgedOn says on how many blocks the rules were judged, if that is known.
func JudgedOn(j gate.RunVerdict) string {
	if j.Blocks == 0 {
		return ""
	}
	return ", judged on " + format.Plural(j.Blocks, "block")
}

// claims is the section of Claims.
func claims(from Source) Section {
	t := Claims(from.Claims)
	t.About = fmt.Sprintf("Claims: a claim holds where the whole %g%% interval of the measured figure agrees with it. Claims change no verdict.", figures.Confidence*100)
	return Section{Table: t.WithoutBlank()}
}

// Claims is the table of all claims.
func Claims(all []gate.ClaimResult) table.Table {
	t := table.New("", all, claimColumns(func(c gate.ClaimResult) gate.ClaimResult { return c }))
	t.Sentences = true
	return t
}

// claimColumns returns the columns of a table whose rows are about one claim each.
func claimColumns[T any](of func(T) gate.ClaimResult) []table.ColumnOf[T] {
	return []table.ColumnOf[T]{
		table.Words("claim", func(row T) table.Value { return table.Text(of(row).ID) }),
		table.Words("says", func(row T) table.Value { return table.Text(of(row).Says) }),
		table.Numbers("claimed", func(row T) table.Value { return table.Claimed{Is: of(row).Is, V: of(row).Claimed} }),
		table.Numbers("measured (bounds)", func(row T) table.Value {
			c := of(row)
			return table.Measured{V: c.Measured, Low: c.Low, High: c.High}
		}),
		table.Words("verdict", func(row T) table.Value { return table.Verdict(of(row).Verdict) }),
		table.Words("why", func(row T) table.Value { return table.Text(of(row).Why) }),
		table.Words("otherwise", func(row T) table.Value { return table.Text(of(row).Otherwise) }),
	}
}

// claimPoint is a claim at one level of the axis along which it was tried.
type claimPoint struct {
	claim gate.ClaimResult
	gate.Point
}

// claimsAlong is the table of the claims that were tried along an axis, level by level.
func claimsAlong(from Source) Section {
	var rows []claimPoint
	for _, c := range from.Claims {
		if c.Along == nil {
			continue
		}
		for _, p := range c.Along.Points {
			rows = append(rows, claimPoint{c, p})
		}
	}
	t := table.New("Claims along an axis, all else being as they say.", rows, []table.ColumnOf[claimPoint]{
		table.Words("claim", func(p claimPoint) table.Value { return table.Text(p.claim.ID) }),
		table.Words("setting", func(p claimPoint) table.Value { return table.Text(p.claim.Along.Setting) }),
		table.Words("is", func(p claimPoint) table.Value { return table.Text(p.Text) }),
		table.Numbers("claimed", func(p claimPoint) table.Value { return table.Claimed{Is: p.claim.Is, V: p.claim.Claimed} }),
		table.Numbers("measured (bounds)", func(p claimPoint) table.Value { return table.Measured{V: p.Measured, Low: p.Low, High: p.High} }),
		table.Words("verdict", func(p claimPoint) table.Value { return table.Verdict(p.Verdict) }),
	})
	return Section{Title: "Claims along an axis", Details: true, Table: t}
}

// scenarioClaim is a claim with the scenario that states it.
type scenarioClaim struct {
	scenario string
	gate.ClaimResult
}

// ClaimsPage makes one page of the claims of several records, of those for whose id keep returns true.
func ClaimsPage(sources []Source, keep func(id string) bool) Page {
	var rows []scenarioClaim
	var p Page
	worst := table.Good
	for _, from := range sources {
		for _, c := range from.Claims {
			if keep(c.ID) {
				rows = append(rows, scenarioClaim{from.Record.Scenario.Name, c})
			}
		}
		if len(from.Record.Invalid) > 0 {
			worst = table.Bad
			p.Reasons = append(p.Reasons, fmt.Sprintf("%s is invalid: %s", from.Record.Scenario.Name, format.OneLine(from.Record.Invalid[0])))
		}
		valid := map[bool]string{true: "valid", false: "INVALID"}[len(from.Record.Invalid) == 0]
		if from.Record.Quick {
			valid += ", but quick"
		}
		p.Quality = append(p.Quality, fmt.Sprintf("%s: %s, %s, seed %d, started %s, with %s. Ledger: %s. Machine: %s.",
			from.Record.Scenario.Name, valid, blocksDone(from.Record), from.Record.Plan.Seed, from.Record.Started.UTC().Format(time.RFC3339),
			from.Record.Tool, ledgerLine(from.Summary.Arms), Machine(from.Record.Env)))
	}
	p.Headline = Line{"Claims: " + countVerdicts(rows) + ".", worst}
	t := table.New(fmt.Sprintf("A claim holds where the whole %g%% interval of what was measured is as it says.", figures.Confidence*100), rows,
		append(claimColumns(func(c scenarioClaim) gate.ClaimResult { return c.ClaimResult }),
			table.Words("scenario", func(c scenarioClaim) table.Value { return table.Text(c.scenario) })))
	t.Sentences = true
	p.Sections = []Section{{Table: t}}
	return p
}

// countVerdicts says how many claims have which verdict, in the order of the rows.
func countVerdicts(rows []scenarioClaim) string {
	counts, order := map[gate.Verdict]int{}, []gate.Verdict{}
	for _, c := range rows {
		if counts[c.Verdict] == 0 {
			order = append(order, c.Verdict)
		}
		counts[c.Verdict]++
	}
	var said []string
	for _, v := range order {
		said = append(said, fmt.Sprintf("%s %d", v, counts[v]))
	}
	return strings.Join(said, ", ")
}
