package render

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"weighbridge/bench/gate"
	"weighbridge/reports/summary"
)

// csvTable is a table of which a row holds one thing: its columns are the same for every record.
type csvTable struct {
	name string
	// ofArms says that its rows are of arms: they begin with the arm and its levels.
	ofArms  bool
	columns []string
	// rows calls add with the cells of each row. Of a table of arms, k is the arm; of another, -1.
	rows func(j *summary.Judged, k int, add func(cells ...string))
}

// csvTables lists the tables that CSVTable writes.
func csvTables() []csvTable {
	measured := []string{"measured", "low", "high", "verdict"}
	return []csvTable{
		{"blocks", true, []string{"block", "complete", "metric", "value"}, blockRows},
		{"comparisons", false, []string{"metric", "axis", "base", "head", "levels", "ratio", "low", "high", "difference", "difference_low", "difference_high", "p", "verdict", "warnings"}, comparisonRows},
		{"rules", false, append([]string{"rule"}, append(slices.Clone(measured), "why")...), ruleRows},
		{"findings", false, slices.Concat([]string{"rule", "subject", "metric", "axis", "base", "head", "levels"}, measured, []string{"failed_share", "p", "alpha", "margin", "visible", "why", "warnings"}), findingRows},
		{"claims", false, slices.Concat([]string{"id", "says", "measure", "is", "claimed"}, measured, []string{"why", "otherwise", "source"}), claimRows},
		{"along", false, slices.Concat([]string{"id", "setting", "level", "value"}, measured), alongRows},
		{"failures", true, []string{"phase", "class", "status", "requests", "first_ms", "until_ms", "words", "example"}, failureRows},
		{"failuresovertime", true, []string{"phase", "class", "status", "words", "at_ms", "step_ms", "requests"}, failureOverTimeRows},
		{"probes", true, []string{"start_ms", "prompts_per_s", "due", "answered", "failed", "never_sent", "error_rate", "p50_ms", "p99_ms", "held", "late", "short", "why_not"}, probeRows},
		{"warnings", false, []string{"kind", "text"}, warningRows},
		{"overtime", true, []string{"at_ms", "step_ms", "metric", "value"}, overTimeRows},
	}
}

// CSVTables lists the names of the tables that CSVTable writes.
func CSVTables() (names []string) {
	for _, t := range csvTables() {
		names = append(names, t.name)
	}
	return names
}

// CSVTable writes one table of several records as one: each row begins with the scenario, the start of its
// run and whether that is valid and, if it is of an arm, with the arm and a column for each axis of any of them.
func CSVTable(w io.Writer, name string, judged ...*summary.Judged) error {
	at := slices.IndexFunc(csvTables(), func(t csvTable) bool { return t.name == name })
	if at < 0 {
		return fmt.Errorf("unknown table %q: expected one of %s", name, strings.Join(CSVTables(), ", "))
	}
	t, out := csvTables()[at], newCSV(w)
	head, axes := []string{"scenario", "started", "valid"}, axesOf(judged)
	if t.ofArms {
		head = append(head, "arm")
		for _, axis := range axes {
			head = append(head, "levels_"+axis)
		}
	}
	failed := out.Write(append(head, t.columns...))
	for _, j := range judged {
		first := []string{j.Record.Scenario.Name, j.Record.Started.UTC().Format(time.RFC3339Nano), strconv.FormatBool(len(j.Record.Invalid) == 0)}
		write := func(first []string) func(...string) {
			return func(cells ...string) {
				if err := out.Write(slices.Concat(first, cells)); failed == nil {
					failed = err
				}
			}
		}
		if !t.ofArms {
			t.rows(j, -1, write(first))
			continue
		}
		for k, arm := range j.Record.Arms {
			of := append(slices.Clone(first), arm.Name)
			for _, axis := range axes {
				of = append(of, arm.Levels[axis])
			}
			t.rows(j, k, write(of))
		}
	}
	out.Flush()
	if failed != nil {
		return failed
	}
	return out.Error()
}

// axesOf are the names of the axes of all records, each once.
func axesOf(judged []*summary.Judged) (names []string) {
	for _, j := range judged {
		for _, axis := range j.Record.Axes {
			if !slices.Contains(names, axis.Name) {
				names = append(names, axis.Name)
			}
		}
	}
	return names
}

// blockRows are the figures of each block that are known, under the names of their columns in CSV.
func blockRows(j *summary.Judged, k int, add func(...string)) {
	columns := slices.Concat(csvArm(nil)[1:], csvLatencies(), csvParts(), csvFurther(), csvClosed())
	arm := &j.Record.Arms[k]
	for i, block := range arm.Blocks {
		row := csvRow{rec: j.Record, arm: summary.OfBlock(arm, i)}
		for _, c := range columns {
			if cell := c.cell(row); cell != "" && c.name != "tps_from" {
				add(strconv.Itoa(block.Index), strconv.FormatBool(block.Complete), c.name, cell)
			}
		}
	}
}

func comparisonRows(j *summary.Judged, _ int, add func(...string)) {
	for _, c := range j.Summary().Comparisons {
		add(c.Metric, c.Axis, c.Base, c.Head, levelList(c.Levels), number(c.Ratio), number(c.Low), number(c.High),
			number(c.Difference), number(c.DifferenceLow), number(c.DifferenceHigh), number(c.P), string(c.Verdict), strings.Join(c.Warnings, "; "))
	}
}

// levelList is axis=level of each axis, in the order of their names; empty if axes are pooled.
func levelList(levels map[string]string) string {
	var out []string
	for _, axis := range slices.Sorted(maps.Keys(levels)) {
		out = append(out, axis+"="+levels[axis])
	}
	return strings.Join(out, ",")
}

// warningRows are why the run is invalid, and its warnings.
func warningRows(j *summary.Judged, _ int, add func(...string)) {
	for _, reason := range j.Summary().Invalid {
		add("invalid", reason)
	}
	for _, warning := range j.Summary().Warnings {
		add("warning", warning)
	}
}

func ruleRows(j *summary.Judged, _ int, add func(...string)) {
	for _, r := range j.Summary().Rules {
		add(r.Name, number(r.Measured), number(r.Low), number(r.High), string(r.Verdict), r.Why)
	}
}

func findingRows(j *summary.Judged, _ int, add func(...string)) {
	for _, r := range j.Outcome().Rules {
		for _, f := range r.Findings {
			add(r.Name, f.Subject, f.Metric, f.Axis, f.Base, f.Head, levelList(f.Levels), number(f.Measured), number(f.Low), number(f.High), string(f.Verdict),
				number(f.FailedShare), number(f.P), number(f.Alpha), number(f.Margin), number(f.Visible), f.Why, strings.Join(f.Warnings, "; "))
		}
	}
}

func claimRows(j *summary.Judged, _ int, add func(...string)) {
	for _, c := range j.Summary().Claims {
		add(c.ID, c.Says, c.Measure, c.Is, number(&c.Claimed), number(c.Measured), number(c.Low), number(c.High), string(c.Verdict), c.Why, c.Otherwise, c.Source)
	}
}

// alongRows are the points of the claims along an axis.
func alongRows(j *summary.Judged, _ int, add func(...string)) {
	for _, c := range j.Summary().Claims {
		points := []gate.Point(nil)
		if c.Along != nil {
			points = c.Along.Points
		}
		for _, p := range points {
			add(c.ID, c.Along.Setting, p.Level, number(p.Value), number(p.Measured), number(p.Low), number(p.High), string(p.Verdict))
		}
	}
}

func failureRows(j *summary.Judged, k int, add func(...string)) {
	for _, f := range j.Summary().Arms[k].Failures {
		until := ""
		if t := f.OverTime; t != nil {
			until = number(new(t.AtMS(len(t.AtSteps)-1) + t.StepMS))
		}
		add(f.Phase, f.Class, statusOf(f), whole(f.Requests), number(&f.FirstMS), until, word(f.Words), word(f.Example))
	}
}

// failureOverTimeRows are the requests that failed in each step of time, by what the server said.
func failureOverTimeRows(j *summary.Judged, k int, add func(...string)) {
	for _, f := range j.Summary().Arms[k].Failures {
		if f.OverTime == nil {
			continue
		}
		for i, n := range f.OverTime.Counts {
			add(f.Phase, f.Class, statusOf(f), word(f.Words), number(new(f.OverTime.AtMS(i))), number(&f.OverTime.StepMS), whole(n))
		}
	}
}

// statusOf is the HTTP status of a kind of failure; empty without a response.
func statusOf(f summary.Failure) string {
	if f.Status == nil {
		return ""
	}
	return strconv.Itoa(*f.Status)
}

func probeRows(j *summary.Judged, k int, add func(...string)) {
	search := j.Record.Arms[k].Capacity
	if search == nil {
		return
	}
	for _, p := range search.Probes {
		add(number(&p.StartMS), number(&p.RatePerS), whole(p.Due), whole(p.Answered), whole(p.Failed), whole(p.NeverSent), number(p.ErrorRate), number(p.P50MS), number(p.P99MS),
			strconv.FormatBool(p.Held), strconv.FormatBool(p.Late), strconv.FormatBool(p.Short), p.WhyNot)
	}
}

// overTimeRows are the prompts due in each step of time, those that failed by class and status too.
func overTimeRows(j *summary.Judged, k int, add func(...string)) {
	series := j.Summary().Arms[k].OverTime
	if series == nil {
		return
	}
	for _, m := range series.Moments {
		one := func(name, cell string) {
			if cell != "" {
				add(number(&m.AtMS), number(&series.StepMS), name, cell)
			}
		}
		one("due", whole(m.Due))
		one("answered", whole(m.Answered))
		one("failed", whole(m.Failed))
		one("generator_and_cut_off", whole(m.Own))
		for _, kind := range slices.Sorted(maps.Keys(m.Kinds)) {
			one("failed_"+strings.ReplaceAll(kind, " ", "_"), whole(m.Kinds[kind]))
		}
		for _, of := range []struct {
			name string
			*summary.MomentLatency
		}{{"response_ms", m.Response}, {"ttft_ms", m.TTFT}} {
			if of.MomentLatency != nil {
				one(of.name+"_mean", number(of.Mean))
				one(of.name+"_p50", number(of.P50))
				one(of.name+"_p90", number(of.P90))
				one(of.name+"_p99", number(of.P99))
				one(of.name+"_max", number(of.Max))
			}
		}
	}
}
