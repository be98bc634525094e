package rule

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"weighbridge/bench/bounds"
	"weighbridge/scenarios/metric"
)

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// roundTrip checks that any text gives an Error with a column inside the text, or a node that
// is written as text and read again as the same node.
func roundTrip(t tester, text string, read func(string, []Axis) (Node, error)) Node {
	t.Helper()
	n, err := read(text, axes())
	if err != nil {
		var wrong Error
		if !errors.As(err, &wrong) || n != nil {
			t.Fatalf("%q: %v is not an Error, or comes with %v", text, err, n)
		}
		if wrong.Column < 1 || wrong.Column > utf8.RuneCountInString(text)+1 || strings.Contains(wrong.Message, "\n") || wrong.Message == "" {
			t.Fatalf("%q: %v", text, err)
		}
		return nil
	}
	again, err := read(n.String(), axes())
	if err != nil || !reflect.DeepEqual(again, n) || again.String() != n.String() {
		t.Fatalf("%q: written as %q it is %#v, not %#v (%v)", text, n, again, n, err)
	}
	PerArm(n)
	Objectives(n)
	return n
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"error_rate < 0.01", `ratio(tps, "batching=batch10", "batching=single") > 1.5 && p99_ms < 800`, "1 < tps < 2 <= p99_ms",
		`1 - ratio(auth_ms, "auth=jwt,rate=r10", 'auth=oauth,rate=r10')`, "not (-tps * (2 + 1e-3) > 5 or !(tps > 1))", "tps > /* */ 5 // x",
		"tps not in [1]", "tps.x?.y[1:2] | map(# > 1)", "let x = 1; x", "if a {b} else {c}", "tps ? 1 : {a: 'b'}", "\xff\"\\x", "1..2 ** 0x1F % b'x'", "`a``b`", "a::b(c)",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		defer bounds.Check(t)()
		roundTrip(t, text, ParseCondition)
		roundTrip(t, text, ParseNumber)
	})
}

// Nodes of every kind are written as text that parses to the same node.
func TestEveryNodeRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		short := func(n Node) bool { return utf8.RuneCountInString(n.String()) <= maxLength }
		n := rapid.Custom(func(t *rapid.T) Node { return drawCondition(t, 4) }).Filter(short).Draw(t, "node")
		got := roundTrip(t, n.String(), ParseCondition)
		if !reflect.DeepEqual(got, n) {
			t.Fatalf("%s: got %#v, want %#v", n, got, n)
		}
	})
}

func drawCondition(t *rapid.T, depth int) Node {
	kind := 0
	if depth > 0 {
		kind = rapid.IntRange(0, 2).Draw(t, "condition")
	}
	switch kind {
	case 1:
		return Logic{rapid.SampledFrom([]string{"and", "or"}).Draw(t, "op"), drawCondition(t, depth-1), drawCondition(t, depth-1)}
	case 2:
		return Not{drawCondition(t, depth-1)}
	}
	op := rapid.SampledFrom([]string{"<", "<=", ">", ">="}).Draw(t, "op")
	return Comparison{op, drawNumber(t, depth), Arithmetic{"+", named("tps"), drawNumber(t, depth-1)}}
}

// drawArm draws a level of every axis.
func drawArm(t *rapid.T) Levels {
	return Levels{
		"batching": rapid.SampledFrom([]string{"single", "batch10"}).Draw(t, "batching"), "protocol": "h1",
		"auth": rapid.SampledFrom([]string{"oauth", "jwt"}).Draw(t, "auth"), "rate": "r10",
	}
}

func drawNumber(t *rapid.T, depth int) Node {
	kind := rapid.IntRange(0, 2).Draw(t, "leaf")
	if depth > 0 {
		kind = rapid.IntRange(0, 6).Draw(t, "number")
	}
	switch kind {
	case 1:
		return Number(rapid.Float64Range(0.001, 1e9).Draw(t, "value"))
	case 2:
		level := func(label string) Levels {
			return Levels{"auth": rapid.SampledFrom([]string{"oauth", "jwt"}).Draw(t, label), "rate": "r10"}
		}
		head, base := level("head"), level("base")
		if head["auth"] == base["auth"] {
			base["rate"] = "r100"
		}
		return Ratio{named("p99_ms").Metric, head, base}
	case 3:
		return Negative{drawNumber(t, depth-1)}
	case 5:
		return At{named("error_rate").Metric, drawArm(t)}
	case 6:
		along := Range{Axis: "rate"}
		if rapid.Bool().Draw(t, "part") {
			along.First, along.Last = "r10", "r100"
		}
		return Edge{along, Comparison{">", At{named("error_rate").Metric, drawArm(t)}, Number(0.5)}}
	case 4:
		op := rapid.SampledFrom([]string{"+", "-", "*", "/"}).Draw(t, "op")
		// A metric keeps what is divided by from being a constant 0.
		return Arithmetic{op, drawNumber(t, depth-1), Arithmetic{"*", named("tps"), drawNumber(t, depth-1)}}
	}
	return named(rapid.SampledFrom(metric.Expressions()).Draw(t, "metric"))
}
