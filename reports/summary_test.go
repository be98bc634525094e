package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
)

// contract is the summary as DESIGN.md promises it, its ellipses written out.
const contract = `{"schema":"weighbridge.summary/v1","scenario":"matrix","started":"…","complete":true,"valid":true,"invalid":[],"warnings":[],
 "arms":[{"arm":"batching=single,protocol=h1,auth=oauth","levels":{},
   "due":3000,"answered":2991,"failed":9,"never_sent":0,"requests":3000,"attempts":3012,"offered":100.0,
   "tps":128.4,"tps_from":"closed","error_rate":0.003,"errors":{},
   "response_ms":{"mean":1,"p50":1,"p90":1,"p95":1,"p99":1,"p999":1,"max":1},"service_ms":{"mean":1,"p50":1,"p90":1,"p95":1,"p99":1,"p999":1,"max":1},
   "failed_ms":{"mean":1,"p50":1,"p90":1,"p95":1,"p99":1,"p999":1,"max":1},"slot_wait_ms":{"mean":1,"p50":1,"p90":1,"p95":1,"p99":1,"p999":1,"max":1},
   "send_lag_ms":{"mean":1,"p50":1,"p90":1,"p95":1,"p99":1,"p999":1,"max":1},
   "ttft_ms":null,"tpot_ms":null,"auth_ms_per_request":{"client":0.1,"server":0.2},
   "wire_bytes_per_request":{"sent":1,"received":1,"header_sent":1,"header_received":1},"connections":3,"protocol":"HTTP/1.1",
   "tokens":{"input":1,"output":1},"token_requests":2,"ledger":{"matches":true,"attempts":3012,"absent":0,"latency_error_ms":{"p50":0.1,"p99":0.6}}}],
 "comparisons":[{"metric":"p90","axis":"protocol","base":"h1","head":"h2","levels":{},"ratio":0.97,"low":0.93,"high":1.02,"p":0.2,"verdict":"pass"}],
 "claims":[],"rules":[],"verdict":"pass"}`

// keys lists every key of a JSON document in order as a path, only the first
// element of each list, and nothing inside levels and errors, whose keys are data.
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
				if !strings.HasSuffix(path, ".levels") && !strings.HasSuffix(path, ".errors") {
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
	got, want := keys(t, written(t, "json", synthetic(matrixShape()))), keys(t, []byte(contract))
	if !slices.Equal(got, want) {
		t.Errorf("keys\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// found is what stands at a path of the summary, such as arms.0.tps.
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
	whole := matrixShape()
	whole.blocks = 3
	raw := written(t, "json", broken(synthetic(whole)))
	for _, path := range strings.Fields(`verdict arms.0.ttft_ms arms.0.tpot_ms arms.5.wire_bytes_per_request.header_sent
		arms.5.response_ms arms.5.service_ms arms.5.protocol arms.5.ledger arms.5.tokens.input
		arms.5.auth_ms_per_request.client arms.5.auth_ms_per_request.server arms.5.wire_bytes_per_request.sent
		comparisons.0.low comparisons.0.high comparisons.0.p comparisons.0.verdict`) {
		if got := found(t, raw, path); got != nil {
			t.Errorf("%s = %v, want null", path, got)
		}
	}
	// The arm without an answer was driven all the same, so that its TPS of 0 is known.
	for path, want := range map[string]any{"arms.5.tps": 0.0, "arms.5.tps_from": "closed", "arms.5.error_rate": 1.0, "arms.5.offered": 100.0, "valid": false, "complete": false} {
		if got := found(t, raw, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}

	empty := synthetic(whole)
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

func TestSummaryFigures(t *testing.T) {
	t.Parallel()
	sh := matrixShape()
	sh.samples = map[string][]time.Duration{}
	rec := synthetic(sh)
	arm := Summarize(Judged{Record: rec}).Arms[0]
	open, closed := uint64(0), uint64(0)
	for _, b := range rec.Arms[0].Blocks {
		open += b.Open.Due
		closed += b.Closed.InWindow
	}
	if arm.Due != open || arm.Due != arm.Answered+arm.Failed+arm.NeverSent {
		t.Errorf("due %d, answered %d, failed %d, never sent %d; open slices had %d due", arm.Due, arm.Answered, arm.Failed, arm.NeverSent, open)
	}
	near := func(what string, got *float64, want float64) {
		t.Helper()
		if got == nil || math.Abs(*got-want) > 1e-9*want {
			t.Errorf("%s = %v, want %v", what, number(got), want)
		}
	}
	near("tps", arm.TPS, float64(closed)/(7*0.4))
	near("offered", arm.Offered, 100)
	near("error rate", arm.ErrorRate, float64(arm.Failed)/1400)
	// 14 ms for two tokens, each good for 3570 s, at 100 requests/s.
	near("client auth", arm.Auth.Client, 7.0/(100*3570))
	near("server auth", arm.Auth.Server, 0.2)
	near("sent", arm.Wire.Sent, 1000)
	if *arm.TPSFrom != "closed" {
		t.Errorf("TPS from %s", *arm.TPSFrom)
	}
	for _, a := range Summarize(Judged{Record: rec}).Arms {
		samples := sh.samples[a.Arm]
		slices.Sort(samples)
		for q, got := range map[float64]float64{0.5: a.Response.P50, 0.9: a.Response.P90, 0.95: a.Response.P95, 0.99: a.Response.P99, 0.999: a.Response.P999, 1: a.Response.Max} {
			want := ms(samples[int(math.Round(q*float64(len(samples))))-1])
			if math.Abs(got-want) > 0.001*want+0.001 {
				t.Errorf("%s: quantile %v is %v ms, the samples say %v", a.Arm, q, got, want)
			}
		}
	}
}

// A slice that was cut short has an unknown length: its prompts count, its rates do not.
func TestPartialBlocksCountButGiveNoRates(t *testing.T) {
	t.Parallel()
	rec := synthetic(matrixShape())
	before := Summarize(Judged{Record: rec}).Arms[0]
	last := &rec.Arms[0].Blocks[6]
	last.Complete, last.Closed.InWindow = false, last.Closed.InWindow/10
	last.Open.Due, last.Open.NeverSent = last.Open.Due+50, 50
	after := Summarize(Judged{Record: rec}).Arms[0]
	if after.Due != before.Due+50 || after.NeverSent != 50 || *after.Offered != 100 {
		t.Errorf("due %d, never sent %d, offered %v", after.Due, after.NeverSent, *after.Offered)
	}
	if math.Abs(*after.TPS / *before.TPS - 1) > 0.02 {
		t.Errorf("TPS went from %v to %v with a slice cut short", *before.TPS, *after.TPS)
	}
}

func TestWarnings(t *testing.T) {
	whole := matrixShape()
	whole.blocks = 3
	got := Summarize(Judged{Record: broken(synthetic(whole))}).Warnings
	for _, want := range []string{
		"two levels of batching make the same arm",
		"p99 rests on fewer than 10 prompts beyond it in 7 of 8 arms",
		"p999 rests on fewer than 10 prompts beyond it in 7 of 8 arms",
		"no prompt was answered in batching=batch10,protocol=h1,auth=jwt",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no warning %q among\n%s", want, strings.Join(got, "\n"))
		}
	}
	sorted := slices.Sorted(slices.Values(got))
	if len(slices.Compact(sorted)) != len(got) {
		t.Errorf("a warning stands twice:\n%s", strings.Join(got, "\n"))
	}
}

func TestCSVIsARowForEachArmUnderTheSameNames(t *testing.T) {
	whole := matrixShape()
	whole.blocks = 3
	rec := broken(synthetic(whole))
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
	s := Summarize(Judged{Record: rec})
	if got, want := rows[1][column("response_ms_p99")], number(&s.Arms[0].Response.P99); got != want {
		t.Errorf("response_ms_p99 = %s, want %s", got, want)
	}
	for name, want := range map[string]string{"response_ms_p99": "", "errors_timeout": "180", "levels_auth": "jwt", "ledger_attempts": "", "never_sent": "0"} {
		if got := rows[6][column(name)]; got != want {
			t.Errorf("%s of the arm without answers = %q, want %q", name, got, want)
		}
	}
	// No row leaves without what is known against it.
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
