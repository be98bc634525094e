package table

import (
	"slices"
	"strings"
	"testing"

	"weighbridge/bench/gate"
	"weighbridge/bench/record/reasons"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

func TestSeverityOfEachVerdict(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[gate.Verdict]Severity{
		gate.Pass: Good, gate.Holds: Good, gate.Regression: Bad, gate.Invalid: Bad,
		gate.Inconclusive: Doubtful, gate.DoesNotHold: Doubtful, gate.Depends: Doubtful, gate.NotMeasurable: Doubtful, "": Doubtful,
	} {
		if got := SeverityOf(verdict); got != want {
			t.Errorf("%q is %v, want %v", verdict, got, want)
		}
	}
}

func TestValuesPrint(t *testing.T) {
	t.Parallel()
	p99, _ := metric.Named("p99")
	tps, _ := metric.Named(metric.TPS)
	errors, _ := metric.Named(metric.ErrorRate)
	connections, _ := metric.Named("connections")
	for _, c := range []struct {
		value Value
		want  string
	}{
		{Text("a\x1b\nb"), `a\x1b b`},
		{List{"auth 2", "server 1"}, "auth 2, server 1"},
		{List(nil), "–"},
		{Verdict(""), "–"},
		{Figure{p99, new(94.31)}, "94.3"},
		{Figure{tps, new(2189.4)}, "2,189"},
		{Figure{errors, new(0.0381)}, "3.8%"},
		{Figure{connections, new(1234.0)}, "1,234"},
		{Figure{connections, nil}, "–"},
		{Ratio{tps, new(5.12), new(4.9), new(5.33)}, "5.12 (4.90–5.33)"},
		{Part{12.34, 100}, "12.3 (12.3%)"},
		{Measured{Of: p99, V: new(1.08), Low: new(1.05), High: new(1.12)}, "1.08× (1.05–1.12)"},
		{Measured{Of: errors, V: new(0.004)}, "+0.40% of prompts"},
		{Measured{Failed: new(0.036)}, "∞ (3.6% failed)"},
		{Effect{errors, new(0.0025)}, "0.25% of prompts"},
		{Effect{p99, new(0.1)}, "10%"},
		{PValue{new(0.00001)}, "<0.0001"},
		{Claimed{"at_least", 1.68}, "at least 1.68"},
		{Claimed{"about", 1.68}, "about 1.68"},
		{Capacity{summary.AtLeast, 390, 400}, "at least 390.0"},
		{Bracket{0, 50}, "?–50.00"},
		{Change{new(1.02), new(0.99), new(1.05)}, "~"},
	} {
		if got := c.value.String(); got != c.want {
			t.Errorf("%#v is printed %q, want %q", c.value, got, c.want)
		}
	}
}

func TestTableOfRows(t *testing.T) {
	t.Parallel()
	tps, _ := metric.Named(metric.TPS)
	made := New("about", []float64{1, 2}, []ColumnOf[float64]{
		Words("name", func(v float64) Value { return Text("row") }),
		Figures(tps, func(v float64) *float64 { return &v }),
		Numbers("none", func(float64) Value { return PValue{} }),
		Words("verdict", func(float64) Value { return Verdict(gate.Regression) }),
	}).Without(func(c Column, values []Value) bool {
		return c.Figures && !slices.ContainsFunc(values, func(v Value) bool { return v.String() != "–" })
	})
	var headings []string
	for _, c := range made.Columns {
		headings = append(headings, c.Heading)
	}
	if got := strings.Join(headings, " "); got != "name TPS verdict" {
		t.Errorf("the columns are %s", got)
	}
	if made.Columns[1].Metric.Name != metric.TPS || !made.Columns[1].Figures || made.Columns[0].Figures {
		t.Errorf("the columns are %+v", made.Columns)
	}
	last := made.Rows[1]
	if len(made.Rows) != 2 || last[1].String() != "2.000" || last[2].Severity != Bad || last[0].Severity != Plain {
		t.Errorf("the last row is %+v", last)
	}
}

// A column of words without a word is left out; one of figures stays, as unknown figures tell something.
func TestColumnsWithoutAWordAreLeftOut(t *testing.T) {
	t.Parallel()
	of := func(text string) func(int) Value { return func(int) Value { return Text(text) } }
	made := New("", []int{1, 2}, []ColumnOf[int]{Words("rule", of("a")), Words("example", of("")), Numbers("p", of("")), {Column: Column{Heading: "why"}, Value: func(i int) Value { return Text([]string{"", "", "late"}[i]) }}}).WithoutBlank()
	var headings []string
	for _, c := range made.Columns {
		headings = append(headings, c.Heading)
	}
	if got := strings.Join(headings, ","); got != "rule,p,why" || len(made.Rows[1]) != 3 {
		t.Errorf("the columns are %s, the rows %v", got, made.Rows)
	}
}

// When is said from the steps in which requests failed and the time in which their load ran.
func TestWhenIsSaidInAFewWords(t *testing.T) {
	t.Parallel()
	ran := []summary.Span{{From: 200, To: 5100}, {From: 8000, To: 13_000}}
	for _, c := range []struct {
		steps []uint64
		ran   []summary.Span
		want  string
	}{
		{nil, ran, ""},
		{[]uint64{2}, ran, "2–3 s"},
		{[]uint64{3, 4, 8, 9}, ran, "3–10 s"}, // nothing ran from 5.1 to 8 s
		{[]uint64{3, 4, 9}, ran, "3–5 s, 9–10 s"},
		{[]uint64{1, 3, 9}, ran, "1–10 s, on and off"},
		{[]uint64{0, 1, 2, 3, 4, 8, 9, 10, 11, 12}, ran, "throughout"},
		{[]uint64{0, 1, 2, 3, 4, 8, 9, 10, 11}, ran, "0–12 s"},         // and not in the last second
		{[]uint64{0, 1}, []summary.Span{{From: 0, To: 2000}}, "0–2 s"}, // two seconds tell of no pattern
		{[]uint64{3, 4, 8, 9}, nil, "3–5 s, 8–10 s"},
		{[]uint64{1200, 1201}, nil, "1,200–1,202 s"},
	} {
		times := &reasons.Times{StepMS: 1000, AtSteps: c.steps, Counts: make([]uint64, len(c.steps))}
		if got := (When{summary.When{Times: times, Ran: c.ran, EndMS: 14_000}}).String(); got != c.want {
			t.Errorf("%v is said as %q, want %q", c.steps, got, c.want)
		}
	}
	if got := (When{}).String(); got != "" {
		t.Errorf("what is not known is said as %q", got)
	}
}
