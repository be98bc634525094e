package reports

import (
	"encoding/json"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"weighbridge/bench/gate"
	"weighbridge/bench/golden"
	"weighbridge/reports/reportstest"
)

const verdictContract = `{"schema":"weighbridge.verdict/v1","scenario":"","started":"","verdict":"","blocks":15,"invalid":[],"warnings":[],
 "rules":[{"name":"","verdict":"","measured":1,"low":1,"high":1,"why":"",
   "findings":[{"subject":"","metric":"p90","levels":{},"verdict":"","measured":1,"low":1,"high":1,"p":1,"alpha":1,"margin":1,"visible":1,"why":"","warnings":[]}]}]}`

func verdictJSON(t *testing.T, j gate.RunVerdict) []byte {
	t.Helper()
	return reportstest.OutputOf(t, func(w io.Writer) error { return WriteVerdict(w, Screen{}, "json", reportstest.Judged(j), false) })
}

func TestGoldenVerdictJSON(t *testing.T) {
	t.Parallel()
	raw := verdictJSON(t, reportstest.Regressed())
	golden.Check(t, "testdata/verdict-regression.json", raw)
	if got, want := keys(t, raw), keys(t, []byte(verdictContract)); !slices.Equal(got, want) {
		t.Errorf("keys\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestVerdictJSONTellsNullFromEmpty(t *testing.T) {
	t.Parallel()
	raw := verdictJSON(t, gate.RunVerdict{})
	if found(t, raw, "verdict") != nil {
		t.Error("a judgement without a rule has a verdict")
	}
	bare := reportstest.Regressed()
	bare.Warnings = nil
	bare.Rules[0].Findings[0] = gate.Finding{Subject: "x", Verdict: gate.Inconclusive, Measured: new(math.NaN()), High: new(math.Inf(1))}
	bare.Rules[1] = gate.RuleVerdict{Name: "bare", Measured: new(math.Inf(-1))}
	for _, raw := range [][]byte{raw, verdictJSON(t, bare)} {
		for _, list := range []string{"invalid", "warnings", "rules"} {
			if _, ok := found(t, raw, list).([]any); !ok {
				t.Errorf("%s is no list in %s", list, raw)
			}
		}
	}
	raw = verdictJSON(t, bare)
	for _, path := range strings.Fields(`rules.0.findings.0.metric rules.0.findings.0.measured rules.0.findings.0.low rules.0.findings.0.high
		rules.0.findings.0.p rules.0.findings.0.alpha rules.0.findings.0.margin rules.0.findings.0.visible
		rules.1.verdict rules.1.measured rules.1.low rules.1.high`) {
		if got := found(t, raw, path); got != nil {
			t.Errorf("%s = %v, want null", path, got)
		}
	}
	for _, path := range []string{"rules.0.findings.0.warnings", "rules.1.findings"} {
		if list, ok := found(t, raw, path).([]any); !ok || len(list) != 0 {
			t.Errorf("%s is no empty list", path)
		}
	}
}

func TestSummaryHasRulesAndClaims(t *testing.T) {
	t.Parallel()
	j := reportstest.Judged(reportstest.Regressed())
	j.Claims[2].High = new(math.Inf(1))
	raw := reported(t, "json", j)
	for path, want := range map[string]any{
		"verdict": "regression", "rules.0.name": "errors stay rare", "rules.0.verdict": "pass", "rules.0.measured": 0.00481,
		"rules.2.low": 1.051, "rules.2.high": 1.118, "rules.2.why": j.RunVerdict.Rules[2].Why,
		"claims.0.id": "C12", "claims.0.measure": j.Claims[0].Measure, "claims.0.claimed": 1.68, "claims.0.measured": 1.612, "claims.0.verdict": "holds",
		"claims.2.measured": nil, "claims.2.high": nil, "claims.2.verdict": "inconclusive",
	} {
		if got := found(t, raw, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	var promised, is struct {
		Rules, Claims []map[string]any
	}
	promise := `{"claims":[{"id":"C12","measure":"…","claimed":1.68,"measured":1.71,"low":1.6,"high":1.8,"verdict":"holds"}],
 "rules":[{"name":"errors stay rare","verdict":"pass","measured":0.003}]}`
	if err := json.Unmarshal([]byte(promise), &promised); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &is); err != nil {
		t.Fatal(err)
	}
	for key := range promised.Rules[0] {
		if _, ok := is.Rules[0][key]; !ok {
			t.Errorf("a rule lacks %s", key)
		}
	}
	for key := range promised.Claims[0] {
		if _, ok := is.Claims[0][key]; !ok {
			t.Errorf("a claim lacks %s", key)
		}
	}
	if j.Claims[2].High == nil {
		t.Error("summarizing has changed the claims")
	}
}
