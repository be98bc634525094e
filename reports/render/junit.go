package render

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"weighbridge/bench/gate"
	"weighbridge/reports/format"
	"weighbridge/reports/page"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
)

// JUnit prints the judgements as JUnit XML, with a suite for each record and a case for each
// rule. A regression is a failure, and an invalid run is an error in every case. An inconclusive
// rule is a failure as well, or skipped if the judgement allows it, so that a test report
// agrees with the exit code. The document follows the JUnit 10 schema of the xUnit plugin of Jenkins.
func JUnit(w io.Writer, judged ...*summary.Judged) error {
	var all junit.Testsuites
	for i, j := range judged {
		suite := newSuite(j)
		suite.ID = i
		all.AddSuite(suite)
	}
	all.Skipped = 0 // in the schema only a suite has it
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	return all.WriteXML(w)
}

func newSuite(j *summary.Judged) junit.Testsuite {
	rec, judgement := j.Record, j.PrintableOutcome()
	suite := junit.Testsuite{
		Name: format.OneLine(rec.Scenario.Name),
		Time: fmt.Sprintf("%.3f", max(rec.Ended.Sub(rec.Started).Seconds(), 0)),
	}
	suite.SetTimestamp(rec.Started.UTC().Truncate(time.Second))
	suite.AddProperty("verdict", table.Verdict(judgement.Verdict).String())
	suite.AddProperty("blocks", fmt.Sprint(judgement.Blocks))
	suite.AddProperty("seed", fmt.Sprint(rec.Plan.Seed))
	suite.AddProperty("tool", format.OneLine(rec.Tool))
	suite.AddProperty("machine", format.OneLine(page.Machine(rec.Env)))
	for _, r := range judgement.Rules {
		suite.AddTestcase(newCase(suite.Name, r, judgement, j.AllowInconclusive))
	}
	if len(judgement.Rules) == 0 && judgement.Verdict == gate.Invalid {
		suite.AddTestcase(junit.Testcase{Classname: suite.Name, Name: "the run is valid", Error: invalidResult(judgement.Invalid)})
	}
	if warnings := summary.PerReason(rec, format.OneLines(j.Summary().Warnings)); len(warnings) > 0 {
		suite.SystemOut = &junit.Output{Data: "Warnings:\n" + strings.Join(warnings, "\n")}
	}
	return suite
}

func newCase(scenario string, r gate.RuleVerdict, j gate.RunVerdict, allowInconclusive bool) junit.Testcase {
	out := junit.Testcase{Classname: scenario, Name: r.Name}
	var lines []string
	for _, f := range page.Failing(r) {
		lines = append(lines, page.FindingLine(f))
	}
	result := &junit.Result{Message: cmp.Or(r.Why, table.Verdict(r.Verdict).String()), Type: string(r.Verdict), Data: strings.Join(lines, "\n")}
	switch {
	case j.Verdict == gate.Invalid || r.Verdict == gate.Invalid:
		out.Error = invalidResult(j.Invalid)
	case r.Verdict == gate.Regression, r.Verdict == gate.Inconclusive && !allowInconclusive:
		out.Failure = result
	case r.Verdict != gate.Pass:
		out.Skipped = result
	}
	return out
}

func invalidResult(reasons []string) *junit.Result {
	return &junit.Result{
		Message: "invalid: " + strings.Join(reasons, "; "),
		Type:    string(gate.Invalid),
		Data:    strings.Join(reasons, "\n"),
	}
}
