package reports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"weighbridge/bench/gate"
	"weighbridge/bench/golden"
	"weighbridge/reports/reportstest"
)

// element holds the attributes and children that the JUnit 10 schema allows in an element.
type element struct {
	// children may come in any order and number; text says that characters may too.
	children []string
	text     bool
	// required attributes must be there, optional ones may.
	required, optional []string
}

// junit10 is the part of the JUnit 10 schema of the xUnit plugin of Jenkins (junit-10.xsd in
// github.com/jenkinsci/xunit-plugin) that concerns our output: reruns and nested suites are
// left out.
func junit10() map[string]element {
	result := element{text: true, optional: []string{"type", "message"}}
	output := element{text: true}
	return map[string]element{
		"testsuites": {children: []string{"testsuite"}, optional: []string{"name", "time", "tests", "failures", "errors"}},
		"testsuite": {
			children: []string{"properties", "testcase", "system-out", "system-err"},
			required: []string{"name", "tests", "failures", "errors"},
			optional: []string{"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
		},
		"properties": {children: []string{"property"}},
		"property":   {required: []string{"name", "value"}},
		"testcase": {
			children: []string{"skipped", "error", "failure", "system-out", "system-err"},
			required: []string{"name"}, optional: []string{"time", "classname", "group"},
		},
		"skipped": result, "error": result, "failure": result,
		"system-out": output, "system-err": output,
	}
}

// seconds matches the schema's type for the time of a suite.
var seconds = regexp.MustCompile(`^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$`)

// accepts returns nil if the schema accepts the document.
func accepts(schema map[string]element, doc []byte) error {
	in := xml.NewDecoder(bytes.NewReader(doc))
	var open []string
	for {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			if len(open) == 0 && name != "testsuites" {
				return fmt.Errorf("the root is <%s>", name)
			}
			if len(open) > 0 && !slices.Contains(schema[open[len(open)-1]].children, name) {
				return fmt.Errorf("<%s> in <%s>", name, open[len(open)-1])
			}
			if err := acceptsAttributes(schema[name], token); err != nil {
				return err
			}
			open = append(open, name)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && !schema[open[len(open)-1]].text && len(bytes.TrimSpace(token)) > 0 {
				return fmt.Errorf("%q in <%s>", token, open[len(open)-1])
			}
		}
	}
}

func acceptsAttributes(e element, start xml.StartElement) error {
	missing := slices.Clone(e.required)
	for _, a := range start.Attr {
		name := a.Name.Local
		missing = slices.DeleteFunc(missing, func(m string) bool { return m == name })
		if !slices.Contains(e.required, name) && !slices.Contains(e.optional, name) {
			return fmt.Errorf("%s of <%s>", name, start.Name.Local)
		}
		if name == "time" && start.Name.Local != "testcase" && !seconds.MatchString(a.Value) {
			return fmt.Errorf("time %q of <%s>", a.Value, start.Name.Local)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("<%s> has no %s", start.Name.Local, strings.Join(missing, ", "))
	}
	return nil
}

func junitOf(t *testing.T, judged ...*Judged) []byte {
	t.Helper()
	doc := reportstest.OutputOf(t, func(w io.Writer) error { return WriteJUnit(w, judged...) })
	if err := accepts(junit10(), doc); err != nil {
		t.Errorf("the JUnit 10 schema refuses it: %v\n%s", err, doc)
	}
	return doc
}

func TestGoldenJUnit(t *testing.T) {
	t.Parallel()
	golden.Check(t, "testdata/junit.xml", junitOf(t, reportstest.Judged(reportstest.Regressed()), reportstest.Judged(reportstest.Uncounted()), reportstest.Judged(reportstest.Passed())))
	if got := reported(t, "junit", reportstest.Judged(reportstest.Regressed())); !bytes.Equal(got, junitOf(t, reportstest.Judged(reportstest.Regressed()))) {
		t.Error("Write prints another document than WriteJUnit")
	}
}

func TestJUnitResultOfEachVerdict(t *testing.T) {
	t.Parallel()
	unruled := reportstest.Judged(gate.RunVerdict{})
	unruled.Record.Invalid = []string{"ledger"}
	allowed := reportstest.Judged(reportstest.Uncertain())
	allowed.AllowInconclusive = true
	for name, c := range map[string]struct {
		j      judgedCounts
		judged *Judged
	}{
		"regression":                       {judgedCounts{3, 2, 0, 0}, reportstest.Judged(reportstest.Regressed())},
		"inconclusive":                     {judgedCounts{2, 1, 0, 0}, reportstest.Judged(reportstest.Uncertain())},
		"inconclusive and allowed":         {judgedCounts{2, 0, 0, 1}, allowed},
		"invalid":                          {judgedCounts{3, 0, 3, 0}, reportstest.Judged(reportstest.Uncounted())},
		"pass":                             {judgedCounts{1, 0, 0, 0}, reportstest.Judged(reportstest.Passed())},
		"no rule":                          {judgedCounts{0, 0, 0, 0}, reportstest.Judged(gate.RunVerdict{})},
		"invalid and no rule":              {judgedCounts{1, 0, 1, 0}, unruled},
		"rules that passed an invalid run": {judgedCounts{1, 0, 1, 0}, reportstest.Judged(gate.RunVerdict{Verdict: gate.Invalid, Rules: reportstest.Passed().Rules})},
		"a rule unjudged":                  {judgedCounts{1, 0, 0, 1}, reportstest.Judged(gate.RunVerdict{Rules: []gate.RuleVerdict{{Name: "x"}}})},
	} {
		var got junit.Testsuites
		if err := xml.Unmarshal(junitOf(t, c.judged), &got); err != nil {
			t.Fatal(err)
		}
		suite := got.Suites[0]
		if counts := (judgedCounts{suite.Tests, suite.Failures, suite.Errors, suite.Skipped}); counts != c.j || len(suite.Testcases) != suite.Tests {
			t.Errorf("%s: %+v, want %+v", name, counts, c.j)
		}
	}
}

type judgedCounts struct{ tests, failures, errors, skipped int }

func TestJUnitEscapesNames(t *testing.T) {
	t.Parallel()
	j := reportstest.Judged(reportstest.Regressed())
	nasty := "a\x00b\x1b[1m <c> & \"d\" 'e' ]]> \xff \uFFFE \uFFFF é 世 🙂\nf\tg"
	const clean = "a\\x00b\\x1b[1m <c> & \"d\" 'e' ]]> \uFFFD \\ufffe \\uffff é 世 🙂 f g"
	j.Record.Scenario.Name, j.Record.Tool, j.Record.Env.CPU = nasty, nasty, nasty
	j.RunVerdict.Warnings = []string{nasty}
	for i := range j.RunVerdict.Rules {
		j.RunVerdict.Rules[i].Name, j.RunVerdict.Rules[i].Why = nasty, nasty
		for k := range j.RunVerdict.Rules[i].Findings {
			j.RunVerdict.Rules[i].Findings[k].Subject = nasty
		}
	}
	var got junit.Testsuites
	if err := xml.Unmarshal(junitOf(t, j), &got); err != nil {
		t.Fatal(err)
	}
	suite := got.Suites[0]
	broken := suite.Testcases[2]
	for what, text := range map[string]string{
		"scenario": suite.Name, "class": broken.Classname, "rule": broken.Name, "message": broken.Failure.Message,
		"text": broken.Failure.Data, "warnings": suite.SystemOut.Data, "tool": (*suite.Properties)[3].Value,
	} {
		if !strings.Contains(text, clean) {
			t.Errorf("%s is %q", what, text)
		}
	}
}

func TestJUnitTimes(t *testing.T) {
	t.Parallel()
	for took, want := range map[time.Duration]string{
		time.Minute + 345*time.Millisecond: `time="60.345"`, 2 * time.Hour: `time="7200.000"`, -time.Second: `time="0.000"`,
	} {
		j := reportstest.Judged(reportstest.Passed())
		j.Record.Ended = j.Record.Started.Add(took)
		if doc := junitOf(t, j); !bytes.Contains(doc, []byte(want)) {
			t.Errorf("no %s in\n%s", want, doc)
		}
	}
}

// The check of the schema refuses what the schema refuses.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	doc := string(junitOf(t, reportstest.Judged(reportstest.Regressed())))
	for _, change := range [][2]string{
		{"<testsuites ", `<testsuites skipped="1" `},
		{"<testsuite ", `<testsuite disabled="1" `},
		{` name="matrix"`, ""},
		{` failures="2" errors="0" id`, ` failures="2" id`},
		{`time="100.000"`, `time="1m40s"`},
		{"<testcase ", `<testcase status="run" `},
		{`<testcase name="errors stay rare"`, `<testcase label="errors stay rare"`},
		{"<failure ", `<failure line="1" `},
		{"<properties>", "<properties>text"},
		{"<property ", `<property><a/></property><property `},
		{` value="1"`, ""},
		{"failure", "fail"},
		{"testsuites", "suites"},
		{"</testsuites>", ""},
		{"</failure>", "\x01</failure>"},
	} {
		broken := strings.ReplaceAll(doc, change[0], change[1])
		if broken == doc {
			t.Errorf("%q is not in the document", change[0])
		} else if accepts(junit10(), []byte(broken)) == nil {
			t.Errorf("accepted with %q in place of %q", change[1], change[0])
		}
	}
}
