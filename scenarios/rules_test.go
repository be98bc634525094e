package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"weighbridge/scenarios/tree"
)

// ruled returns a valid scenario with two axes, closed load and the given text.
func ruled(rest string) string {
	return withMatrix("batching: {single: {target.batch.size: 1}, batch10: {target.batch.size: 10}}\n  protocol: {h1: {client.protocol: http/1.1}, h2: {client.protocol: http/2}}") +
		"load: {open: , closed: }\n" + rest + "\n"
}

func TestRulesAreRead(t *testing.T) {
	s := mustParse(t, ruled(`
rules:
  - {name: errors stay rare, assert: error_rate < 0.01}
  - {name: batches carry more, assert: 'ratio(tps, "batching=batch10", "batching=single") > 1.5'}
  - {name: h2 is no slower, no_regression: {axis: protocol, base: h1, head: h2, metrics: [p50, p90], margin: 0.07, error_margin: 0.001}}
  - {name: nothing is worse, no_regression: {}}
  - {name: nor is this, no_regression: }
claims:
  - {id: C12, says: more, measure: 'ratio(tps, "batching=batch10", "batching=single")', claimed: 1.68, source: somebody}
`))
	h2 := *s.Rules[2].NoRegression
	if h2.Axis != "protocol" || h2.Base != "h1" || h2.Head != "h2" || !slices.Equal(h2.Metrics, []string{"p50", "p90"}) || h2.Margin != 0.07 || h2.ErrorMargin != 0.001 {
		t.Errorf("got %+v", h2)
	}
	for _, r := range s.Rules[3:] {
		if got := fmt.Sprintf("%+v", *r.NoRegression); got != "{Axis: Base: Head: By:both Metrics:[tps p50 p90 p99 error_rate] Margin:0 ErrorMargin:0.0025}" {
			t.Errorf("%s: the defaults are %s", r.Name, got)
		}
	}
}

// TestTPSNeedsClosedLoad checks that rules compare TPS only under closed load.
func TestTPSNeedsClosedLoad(t *testing.T) {
	const rules = "rules: [{name: a, no_regression: {}}]\n"
	for source, tps := range map[string]bool{
		minimal:                            false,
		minimal + "load: {capacity: {}}\n": false,
		minimal + "load: {closed: }\n":     true,
		withMatrix("a: {x: {load.closed: {}}, y: {client.timeout: 1s}}"):     true,
		withMatrix("a: {x: {load.closed: }, y: {client.timeout: 1s}}"):       true,
		withMatrix("a: {x: {load: {closed: {}}}, y: {client.timeout: 1s}}"):  true,
		withMatrix("a: {x: {load.open.rate: 5}, y: {load.open: {rate: 6}}}"): false,
	} {
		if got := slices.Contains(mustParse(t, source+rules).Rules[0].NoRegression.Metrics, "tps"); got != tps {
			t.Errorf("%s: tps is compared: %v", source, got)
		}
	}
	for _, wrong := range []string{
		"rules: [{name: a, no_regression: {metrics: [p50, tps]}}]",
		"rules: [{name: a, assert: 'ratio(tps, \"a=x\", \"a=y\") > 1'}]",
		"claims: [{id: a, measure: '1 - ratio(tps, \"a=x\", \"a=y\")'}]",
	} {
		_, err := Parse("test.yaml", []byte(withMatrix("a: {x: {client.timeout: 1s}, y: {client.timeout: 2s}}")+wrong), Changes{})
		if err == nil || !strings.Contains(err.Error(), "comparing tps needs closed load: under open load it equals the offered rate") {
			t.Errorf("%s: got %v", wrong, err)
		}
	}
}

// TestRulesMayNameAnAddedAxis checks that --axis is applied before rules are checked.
func TestRulesMayNameAnAddedAxis(t *testing.T) {
	source := []byte(minimal + `rules:
  - {name: a, no_regression: {axis: side, base: 1s, head: 2s}}
  - {name: b, assert: 'ratio(p50_ms, "side=2s", "side=1s") < 2'}
`)
	if _, err := Parse("test.yaml", source, Changes{Axes: []string{"side=client.timeout:1s,2s"}}); err != nil {
		t.Error(err)
	}
	var all tree.Errors
	if _, err := Parse("test.yaml", source, Changes{}); !errors.As(err, &all) || len(all) != 2 {
		t.Errorf("without the axis: %v", err)
	}
}

func TestMaxBlocks(t *testing.T) {
	s := mustParse(t, minimal+"experiment: {blocks: 15, max_blocks: 45}\n")
	if s.Experiment.Blocks != 15 || s.Experiment.MaxBlocks != 45 {
		t.Errorf("got %+v", s.Experiment)
	}
}

// TestErrorsInExpressionsHaveTheirPosition checks that an error points at the mistake inside an
// expression, however the file quotes it.
func TestErrorsInExpressionsHaveTheirPosition(t *testing.T) {
	for _, row := range []struct{ written, at string }{
		{`error_rate < 0.01 && p99 < 5`, `p99 < 5`},
		{`'error_rate < 0.01 && p99 < 5'`, `p99 < 5'`},
		{`"error_rate < 0.01 && p99 < 5" # …`, `p99 < 5" # …`},
		{`  error_rate < 0.01 && p99 < 5`, `p99 < 5`},
		{`'tps > "it''s" + p99'`, `"it''s" + p99'`},
		{`'ratio(tps, "it''s=x", "") > 5'`, `it''s=x", "") > 5'`},
		{`'"it''s" > tps'`, `"it''s" > tps'`},
		{`"tps \x3e \"µ\" + p99"`, `\"µ\" + p99"`},
		{`"1 \x3e tps and\u0020p99 \U0000003e 5"`, `p99 \U0000003e 5"`},
		{`tps <`, ``},
		{`"tps <"`, `"`},
		{`'ratio(tps, "batching=batch10", "batching=signle") > 1'`, `signle") > 1'`},
	} {
		line := "      assert: " + row.written
		source := "name: x\ntarget: {dialect: article}\nrules:\n    - name: a\n" + line + "\n" +
			"matrix: {batching: {single: {target.batch.size: 1}, batch10: {target.batch.size: 10}}}\nload: {closed: }\n"
		_, err := Parse("test.yaml", []byte(source), Changes{})
		var all tree.Errors
		if !errors.As(err, &all) || len(all) != 1 {
			t.Errorf("%s: %v", row.written, err)
			continue
		}
		before := utf8.RuneCountInString(strings.TrimSuffix(line, row.at))
		if got := all[0]; got.Line != 5 || got.Column != before+1 || got.Excerpt != line+"\n"+strings.Repeat(" ", before)+"^" {
			t.Errorf("%s: got %v\n%s", row.written, got, got.Excerpt)
		}
	}
}

// TestErrorsInExpressionsOfSeveralLines checks that such an error points at the start of the
// expression and gives the column.
func TestErrorsInExpressionsOfSeveralLines(t *testing.T) {
	for _, row := range []struct{ written, want string }{
		{"|\n    1 - tps -\n    p99\n", "column 11"},
		{">-\n    1 +\n    p99\n", "column 5"},
		{"1 +\n    p99\n", "column 5"},
		{"\"1 +\n    p99\"\n", "column 5"},
		{"'1 +\n    p99'\n", "column 5"},
	} {
		_, err := Parse("test.yaml", []byte(minimal+"claims:\n- measure: "+row.written+"  id: a\n"), Changes{})
		if want := "test.yaml:4:12: claims.0.measure: " + row.want + " of the expression: unknown metric"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", row.written, err, want)
		}
	}
}
