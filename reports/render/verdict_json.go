package render

import (
	"io"
	"maps"
	"time"

	"weighbridge/bench/gate"
	"weighbridge/reports/summary"
)

// VerdictSchema is the name and version of the verdict as JSON.
const VerdictSchema = "weighbridge.verdict/v1"

// verdict is a judgement as JSON. Unknown figures are null; lists never are.
type verdict struct {
	Schema   string        `json:"schema"`
	Scenario string        `json:"scenario"`
	Started  time.Time     `json:"started"`
	Verdict  gate.Verdict  `json:"verdict"`
	Blocks   int           `json:"blocks"`
	Invalid  []string      `json:"invalid"`
	Warnings []string      `json:"warnings"`
	Rules    []ruleVerdict `json:"rules"`
}

// ruleVerdict is a rule with its findings.
type ruleVerdict struct {
	summary.Rule
	Findings []finding `json:"findings"`
}

type finding struct {
	Subject string `json:"subject"`
	// Metric is null for an assertion.
	Metric *string `json:"metric"`
	// Levels are the other axes' levels; empty if they are pooled, and for an assertion.
	Levels   map[string]string `json:"levels"`
	Verdict  gate.Verdict      `json:"verdict"`
	Measured *float64          `json:"measured"`
	Low      *float64          `json:"low"`
	High     *float64          `json:"high"`
	P        *float64          `json:"p"`
	Alpha    *float64          `json:"alpha"`
	Margin   *float64          `json:"margin"`
	Visible  *float64          `json:"visible"`
	Why      string            `json:"why"`
	Warnings []string          `json:"warnings"`
}

// VerdictJSON prints the judgement on one line of JSON.
func VerdictJSON(w io.Writer, j *summary.Judged) error {
	judgement := j.Outcome()
	v := verdict{
		Schema:   VerdictSchema,
		Scenario: j.Record.Scenario.Name,
		Started:  j.Record.Started.UTC(),
		Verdict:  judgement.Verdict,
		Blocks:   judgement.Blocks,
		Invalid:  append([]string{}, judgement.Invalid...),
		Warnings: append([]string{}, judgement.Warnings...),
		Rules:    []ruleVerdict{},
	}
	for i, rule := range summary.Rules(judgement.Rules) {
		r := ruleVerdict{Rule: rule, Findings: []finding{}}
		for _, f := range judgement.Rules[i].Findings {
			r.Findings = append(r.Findings, newFinding(f))
		}
		v.Rules = append(v.Rules, r)
	}
	return writeJSON(w, v)
}

func newFinding(f gate.Finding) finding {
	out := finding{
		Subject: f.Subject, Levels: map[string]string{}, Verdict: f.Verdict,
		Measured: f.Measured, Low: f.Low, High: f.High,
		P: f.P, Alpha: f.Alpha, Margin: f.Margin, Visible: f.Visible,
		Why: f.Why, Warnings: append([]string{}, f.Warnings...),
	}
	maps.Copy(out.Levels, f.Levels)
	if f.Metric != "" {
		out.Metric = &f.Metric
	}
	return out
}
