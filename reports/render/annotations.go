package render

import (
	"fmt"
	"strings"

	"weighbridge/bench/gate"
	"weighbridge/reports/format"
	"weighbridge/reports/page"
	"weighbridge/reports/summary"
)

// mostAnnotations is how many annotations of each kind GitHub shows for a step.
const mostAnnotations = 10

// Annotations returns the verdict as workflow commands of GitHub, one per line: an error for
// each regression and for each reason why the run is invalid, a warning for each rule that is
// inconclusive, or one notice for a pass. No kind has more than GitHub shows; the last of a
// kind says how many it stands for.
func Annotations(j *summary.Judged) []string {
	judgement, scenario := j.PrintableOutcome(), format.OneLine(j.Record.Scenario.Name)
	switch judgement.Verdict {
	case gate.Invalid:
		var reasons []annotation
		for _, reason := range judgement.Invalid {
			reasons = append(reasons, annotation{scenario + " is invalid", reason})
		}
		if len(reasons) == 0 {
			reasons = []annotation{{scenario + " is invalid", page.VerdictLine(judgement, false)}}
		}
		return commands("error", reasons)
	case gate.Pass:
		return commands("notice", []annotation{{scenario, page.VerdictLine(judgement, false)}})
	}
	return append(commands("error", ruleAnnotations(scenario, judgement, gate.Regression)),
		commands("warning", ruleAnnotations(scenario, judgement, gate.Inconclusive))...)
}

// annotation is a note that GitHub shows with a run.
type annotation struct{ title, message string }

// ruleAnnotations returns one for each rule that has the verdict, or one for the verdict itself
// if no rule has it.
func ruleAnnotations(scenario string, j gate.RunVerdict, v gate.Verdict) []annotation {
	var out []annotation
	for _, r := range page.RulesWith(j.Rules, v) {
		message := string(v)
		if r.Why != "" {
			message += ": " + r.Why
		}
		out = append(out, annotation{scenario + ": " + r.Name, message})
	}
	if len(out) == 0 && j.Verdict == v {
		out = []annotation{{scenario, string(v)}}
	}
	return out
}

func commands(kind string, all []annotation) []string {
	var out []string
	for i, a := range all {
		if len(all) > mostAnnotations && i == mostAnnotations-1 {
			a.message = fmt.Sprintf("%s (and %d more like this)", a.message, len(all)-mostAnnotations)
		}
		if i == mostAnnotations {
			break
		}
		out = append(out, fmt.Sprintf("::%s title=%s::%s", kind, commandProperty(a.title), commandData(a.message)))
	}
	return out
}

// commandData and commandProperty escape the way GitHub's toolkit does (actions/toolkit,
// packages/core/src/command.ts).
func commandData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

func commandProperty(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}
