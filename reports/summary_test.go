package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/ratelimit"
	"weighbridge/bench/record/reasons"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
)

// contract is the promised form of the summary.
const contract = `{"schema":"weighbridge.summary/v1","scenario":"matrix","started":"…","complete":true,"valid":true,"invalid":[],"warnings":[],
 "arms":[{"arm":"batching=single,protocol=h1,auth=oauth","levels":{},
   "due":3000,"answered":2991,"failed":9,"never_sent":0,"cut_off":0,"generator":0,"requests":3000,"attempts":3012,"offered":100.0,
   "tps":128.4,"tps_from":"closed","error_rate":0.003,"errors":{},
   "response_ms":{"mean":1,"p50":1,"p90":1,"p95":1,"p99":1,"p999":1,"max":1},"service_ms":{"mean":1,"p50":1,"p90":1,"p95":1,"p99":1,"p999":1,"max":1},
   "failed_ms":{"mean":1,"p50":1,"p90":1,"p95":1,"p99":1,"p999":1,"max":1},"slot_wait_ms":{"mean":1,"p50":1,"p90":1,"p95":1,"p99":1,"p999":1,"max":1},
   "send_lag_ms":{"mean":1,"p50":1,"p90":1,"p95":1,"p99":1,"p999":1,"max":1},
   "ttft_ms":null,"ttfo_ms":null,"tpot_ms":null,"remarks":{},"finish_reasons":{},"auth_ms_per_request":{"client":0.1,"server":0.2},
   "wire_bytes_per_request":{"sent":1,"received":1,"header_sent":1,"header_received":1},"connections":3,"protocol":"HTTP/1.1",
   "tokens":{"input":1,"output":1},"token_requests":2,"ledger":{"matches":true,"attempts":3012,"absent":0,"latency_error_ms":{"p50":0.1,"p99":0.6}},
   "closed_error_rate":0.86,"closed_errors":{"server":1200},
   "failures":[{"phase":"open","class":"client","status":404,"words":"no such model","requests":9,"first_ms":1.5,"example":"no such model"}],"replays":0,
   "rate_limits":[{"name":"x-ratelimit-requests","limit":50,"least_remaining":2,"least_at_ms":1,"headroom":0.04,"last_remaining":9,"reset_ms":1,"refused":3}],
   "limit_wait_ms":null,"held_by":{},"held_back":0}],
 "comparisons":[{"metric":"p90","axis":"protocol","base":"h1","head":"h2","levels":{},"ratio":0.97,"low":0.93,"high":1.02,"p":0.2,"difference":null,"difference_low":null,"difference_high":null,"verdict":"pass"}],
 "claims":[],"rules":[],"verdict":"pass","budget":null}`

// keys returns the paths of all keys of a JSON document in order. Of lists it takes the first
// element only, and it leaves out the keys inside levels and errors, which are data.
func keys(t *testing.T, raw []byte) []string {
	t.Helper()
	in := json.NewDecoder(bytes.NewReader(raw))
	var out []string
	var walk func(path string)
	walk = func(path string) {
		token, err := in.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch token {
		case json.Delim('{'):
			for in.More() {
				key, _ := in.Token()
				at := path + "." + key.(string)
				if !strings.HasSuffix(path, ".levels") && !strings.HasSuffix(path, "errors") {
					out = append(out, at)
				}
				walk(at)
			}
			in.Token()
		case json.Delim('['):
			for i := 0; in.More(); i++ {
				kept := len(out)
				walk(path + "[]")
				if i > 0 {
					out = out[:kept]
				}
			}
			in.Token()
		}
	}
	walk("")
	return out
}

func TestSummaryHasTheContractsKeysInOrder(t *testing.T) {
	rec := recordtest.Record(recordtest.Matrix())
	rec.Arms[0].Failures = []reasons.Failure{{Phase: "open", Class: "client"}}
	rec.Arms[0].Blocks[0].Open.RateLimits.Add("x-ratelimit-requests", ratelimit.Level{})
	got, want := keys(t, written(t, "json", rec)), keys(t, []byte(contract))
	for _, m := range summary.FurtherMetrics() {
		want = slices.Insert(want, slices.Index(want, ".comparisons"), ".arms[]."+m.Expr())
	}
	// What was added later stands between; the schema of the summary has all of it.
	got = slices.DeleteFunc(got, func(key string) bool { return !slices.Contains(want, key) })
	if !slices.Equal(got, want) {
		t.Errorf("keys\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// found returns the value at a path of a JSON document, such as arms.0.tps.
func found(t *testing.T, raw []byte, path string) any {
	t.Helper()
	var at any
	if err := json.Unmarshal(raw, &at); err != nil {
		t.Fatal(err)
	}
	for _, step := range strings.Split(path, ".") {
		switch in := at.(type) {
		case map[string]any:
			value, ok := in[step]
			if !ok {
				t.Fatalf("no %s in %s", step, path)
			}
			at = value
		case []any:
			var i int
			fmt.Sscan(step, &i)
			at = in[i]
		default:
			t.Fatalf("%s: nothing inside %v", path, at)
		}
	}
	return at
}

func TestUnknownIsNullNeverZero(t *testing.T) {
	t.Parallel()
	whole := recordtest.Matrix()
	whole.Blocks = 3
	raw := written(t, "json", recordtest.Interrupted(recordtest.Record(whole)))
	for _, path := range strings.Fields(`verdict arms.0.ttft_ms arms.0.tpot_ms arms.5.wire_bytes_per_request.header_sent
		arms.5.response_ms arms.5.service_ms arms.5.protocol arms.5.ledger arms.5.tokens.input
		arms.5.auth_ms_per_request.client arms.5.auth_ms_per_request.server arms.5.wire_bytes_per_request.sent
		comparisons.0.low comparisons.0.high comparisons.0.p comparisons.0.verdict`) {
		if got := found(t, raw, path); got != nil {
			t.Errorf("%s = %v, want null", path, got)
		}
	}
	// The arm without an answer was under load, so that its TPS is known to be 0.
	for path, want := range map[string]any{"arms.5.tps": 0.0, "arms.5.tps_from": "closed", "arms.5.error_rate": 1.0, "arms.5.offered": 100.0, "valid": false, "complete": false} {
		if got := found(t, raw, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}

	empty := recordtest.Record(whole)
	empty.Axes, empty.Arms = nil, []record.Arm{{Name: "all"}}
	raw = written(t, "json", empty)
	for _, path := range strings.Fields("offered tps tps_from error_rate response_ms failed_ms send_lag_ms protocol ledger") {
		if got := found(t, raw, "arms.0."+path); got != nil {
			t.Errorf("an arm without blocks: %s = %v, want null", path, got)
		}
	}
	if got := fmt.Sprint(found(t, raw, "comparisons"), found(t, raw, "arms.0.levels"), found(t, raw, "arms.0.errors")); got != "[] map[] map[]" {
		t.Errorf("comparisons, levels and errors are %s, want empty", got)
	}
}

func TestCSVHasARowForEachArm(t *testing.T) {
	whole := recordtest.Matrix()
	whole.Blocks = 3
	rec := recordtest.Interrupted(recordtest.Record(whole))
	rows, err := csv.NewReader(bytes.NewReader(written(t, "csv", rec))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 9 {
		t.Fatalf("%d rows, want the names and eight arms", len(rows))
	}
	column := func(name string) int {
		i := slices.Index(rows[0], name)
		if i < 0 {
			t.Fatalf("no column %s in %v", name, rows[0])
		}
		return i
	}
	s := (&Judged{Record: rec}).Summary()
	if got, want := rows[1][column("response_ms_p99")], fmt.Sprint(s.Arms[0].Response.P99); got != want {
		t.Errorf("response_ms_p99 = %s, want %s", got, want)
	}
	for name, want := range map[string]string{"response_ms_p99": "", "errors_timeout": "180", "levels_auth": "jwt", "ledger_attempts": "", "never_sent": "0"} {
		if got := rows[6][column(name)]; got != want {
			t.Errorf("%s of the arm without answers = %q, want %q", name, got, want)
		}
	}
	// Every row says why it may not count.
	for name, want := range map[string]string{
		"complete": "false", "valid": "false", "invalid": strings.Join(rec.Invalid, "; "),
		"warnings": "two levels of batching make the same arm; no prompt was answered",
	} {
		if got := rows[6][column(name)]; got != want {
			t.Errorf("%s of the arm without answers = %q, want %q", name, got, want)
		}
	}
	if got := rows[1][column("warnings")]; !strings.Contains(got, "p99 rests on fewer than 10 prompts beyond it") {
		t.Errorf("the first arm's p99 has lost its warning: %q", got)
	}
}
