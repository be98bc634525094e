package rule

import (
	"reflect"
	"testing"

	"weighbridge/scenarios/metric"
)

func axes() []Axis {
	return []Axis{
		{Name: "batching", Levels: []string{"single", "batch10"}},
		{Name: "protocol", Levels: []string{"h1", "h2"}},
		{Name: "auth", Levels: []string{"oauth", "jwt"}},
		{Name: "rate", Levels: []string{"r10", "r100"}},
	}
}

// named is a metric by its name in expressions.
func named(name string) Metric {
	m, ok := metric.Expressed(name)
	if !ok {
		panic("there is no metric " + name)
	}
	return Metric{m}
}

func TestRead(t *testing.T) {
	carries := Ratio{named("tps").Metric, Levels{"batching": "batch10"}, Levels{"batching": "single"}}
	rare := Comparison{"<", named("error_rate"), Number(0.01)}
	fast := Comparison{"<", named("p99_ms"), Number(800)}
	for _, row := range []struct {
		text string
		want Node
		// canonical is the output of String, if it differs from the text.
		canonical string
	}{
		{"error_rate < 0.01", rare, ""},
		{"  error_rate<.01\n", rare, "error_rate < 0.01"},
		{"error_rate < 1e-2", rare, "error_rate < 0.01"},
		{`ratio(tps, "batching=batch10", "batching=single") > 1.5 && p99_ms < 800`, Logic{"and", Comparison{">", carries, Number(1.5)}, fast}, `ratio(tps, "batching=batch10", "batching=single") > 1.5 and p99_ms < 800`},
		{"ratio(tps, 'batching=batch10', `batching=single`,) > 1", Comparison{">", carries, Number(1)}, `ratio(tps, "batching=batch10", "batching=single") > 1`},
		{
			`ratio(auth_ms, " rate = r100, auth=jwt ", "auth=oauth,rate=r100") < 1`,
			Comparison{"<", Ratio{named("auth_ms").Metric, Levels{"auth": "jwt", "rate": "r100"}, Levels{"auth": "oauth", "rate": "r100"}}, Number(1)},
			`ratio(auth_ms, "auth=jwt,rate=r100", "auth=oauth,rate=r100") < 1`,
		},
		{"error_rate < 0.01 or p99_ms < 800 and p99_ms < 800", Logic{"or", rare, Logic{"and", fast, fast}}, ""},
		{"(error_rate < 0.01 || p99_ms < 800) && p99_ms < 800", Logic{"and", Logic{"or", rare, fast}, fast}, "(error_rate < 0.01 or p99_ms < 800) and p99_ms < 800"},
		{"p99_ms < 800 and (p99_ms < 800 and error_rate < 0.01)", Logic{"and", fast, Logic{"and", fast, rare}}, ""},
		{"! (p99_ms < 800)", Not{fast}, "not (p99_ms < 800)"},
		{"not not (p99_ms < 800)", Not{Not{fast}}, "not (not (p99_ms < 800))"},
		{"10 <= tps <= 20", Logic{"and", Comparison{"<=", Number(10), named("tps")}, Comparison{"<=", named("tps"), Number(20)}}, "10 <= tps and tps <= 20"},
		{"tps - (tps - 1) * -2 >= 1", Comparison{
			">=", Arithmetic{"-", named("tps"), Arithmetic{"*", Arithmetic{"-", named("tps"), Number(1)}, Negative{Number(2)}}}, Number(1),
		}, ""},
		{"tps / (tps / 2) > -(tps + 1)", Comparison{">", Arithmetic{"/", named("tps"), Arithmetic{"/", named("tps"), Number(2)}}, Negative{Arithmetic{"+", named("tps"), Number(1)}}}, ""},
		{"tps > --1", Comparison{">", named("tps"), Negative{Negative{Number(1)}}}, "tps > -(-1)"},
	} {
		got, err := ParseCondition(row.text, axes())
		if err != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: got %#v, want %#v (%v)", row.text, got, row.want, err)
			continue
		}
		canonical := row.canonical
		if canonical == "" {
			canonical = row.text
		}
		if got.String() != canonical {
			t.Errorf("%s: written as %s", row.text, got)
		}
	}
	want := Arithmetic{"-", Number(1), carries}
	if got, err := ParseNumber(`1 - ratio(tps, "batching=batch10", "batching=single")`, axes()); err != nil || !reflect.DeepEqual(got, Node(want)) {
		t.Errorf("got %#v, want %#v (%v)", got, want, err)
	}
}
