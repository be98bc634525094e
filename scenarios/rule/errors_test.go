package rule

import (
	"errors"
	"strings"
	"testing"

	"weighbridge/scenarios/metric"
)

const (
	plainWanted    = "expected a plain number such as 800 or 0.01 (latencies are in ms, shares 0…1), found "
	operandWanted  = `expected a metric, a number or ratio(metric, "head", "base"), found `
	operatorWanted = "expected an operator (+ - * / < <= > >= and or), found "
	innerWanted    = `expected an operator (+ - * / < <= > >= and or), "," or ")", found `
	notAllowed     = ` is not allowed in an expression: expected a metric, a number or ratio(metric, "head", "base") or an operator (+ - * / < <= > >= and or)`
	noComments     = "comments are not allowed in an expression"
	comparisons    = ": expected one of < <= > >="
	interval       = "a measured figure has an interval and cannot be judged by "
)

func TestAssertRefuses(t *testing.T) {
	every := strings.Join(metric.Expressions(), ", ")
	for _, row := range []struct {
		text   string
		column int
		want   string
	}{
		// no expression
		{"", 1, operandWanted + "the end"},
		{"  ", 1, operandWanted + "the end"},
		{"tps <", 6, operandWanted + "the end"},
		{"tps < ", 6, operandWanted + "the end"},
		{"< 5", 1, operandWanted + `"<"`},
		{"tps > and", 7, operandWanted + `"and"`},
		{"tps 5", 5, operatorWanted + `"5"`},
		{"tps > 5 AND tps > 5", 9, operatorWanted + `"AND"`},
		{"tps > 5 tps > 5", 9, operatorWanted + `"tps"`},
		{"tps not > 5", 9, operandWanted + `">"`},
		{"(tps > 5", 9, innerWanted + "the end"},
		{"tps > 5)", 8, operatorWanted + `")"`},
		{"()", 2, operandWanted + `")"`},
		{"tps > 5, tps > 5", 8, operatorWanted + `","`},
		{`tps > "EOF" EOF`, 13, operatorWanted + `"EOF"`},
		// types
		{"tps", 1, "expected a comparison such as p99_ms < 800, found the metric tps"},
		{"5", 1, "expected a comparison such as p99_ms < 800, found the number 5"},
		{"0.5", 1, "expected a comparison such as p99_ms < 800, found the number 0.5"},
		{"tps + 1", 5, "expected a comparison such as p99_ms < 800, found a number"},
		{"-tps", 1, `expected a comparison such as p99_ms < 800, found the sign "-"`},
		{"tps > 5 && tps", 12, "expected a comparison such as p99_ms < 800, found the metric tps"},
		{"tps || tps > 5", 1, "expected a comparison such as p99_ms < 800, found the metric tps"},
		{"not tps", 5, "expected a comparison such as p99_ms < 800, found the metric tps"},
		{`ratio(tps, "auth=jwt", "auth=oauth")`, 1, "expected a comparison such as p99_ms < 800, found ratio(…)"},
		{"true", 1, "expected a comparison such as p99_ms < 800, found true"},
		{"tps > nil", 7, "expected a number, found nil"},
		{"tps > false", 7, "expected a number, found false"},
		{"(tps > 5) + 1 > 5", 6, "expected a number, found a condition"},
		{"5 < (tps > 5 or tps > 5)", 14, "expected a number, found a condition"},
		{"not tps > 5", 1, "expected a number, found not, which needs its comparison in brackets"},
		{"!tps > 5", 1, "expected a number, found !, which needs its comparison in brackets"},
		{"+tps > 5", 1, `expected a number, found the sign "+"`},
		{`tps > "5"`, 7, `expected a number, found the text "5": text is only allowed in ratio(…), at(…) and edge(…)`},
		// names
		{"p99 < 5", 1, `unknown metric "p99": did you mean p99_ms?`},
		{"5 > eror_rate", 5, `unknown metric "eror_rate": did you mean error_rate?`},
		{"x < 5", 1, `unknown metric "x": expected one of ` + every},
		{"µ°s < 5", 2, `expected a metric, a number or ratio(metric, "head", "base") or an operator (+ - * / < <= > >= and or), found "°"`},
		{"ratio > 5", 1, `expected ratio(metric, "head", "base"), found ratio alone`},
		{"tps > rato(tps)", 7, `unknown function "rato": did you mean ratio?`},
		{"max(tps, 5) > 5", 1, `unknown function "max": expected one of at, edge, ratio`},
		{"all(tps, # > 5)", 1, `unknown function "all": expected one of at, edge, ratio`},
		{"tps() > 5", 1, "tps is a metric and takes no brackets"},
		// numbers
		{"p99_ms < 800ms", 10, plainWanted + "800ms"},
		{"p99_ms < 0x1F", 10, plainWanted + "0x1F"},
		{"p99_ms < 1_000", 10, plainWanted + "1_000"},
		{"p99_ms < 1e", 10, plainWanted + "1e"},
		{"1e999 > tps", 1, plainWanted + "1e999"},
		{"tps < 9223372036854775808", 7, plainWanted + "9223372036854775808"},
		{"tps < 1e308 * 10", 13, "expected a finite number, found one that evaluates to +Inf"},
		{"tps < -1e308 * 10", 14, "expected a finite number, found one that evaluates to -Inf"},
		{"tps / (1 - 1) > 1", 5, "expected a divisor other than 0"},
		{"error_rate < 1%", 15, `expected an operator (+ - * / < <= > >= and or), found "%": a share of 1% is written 0.01`},
		{"1 + 2 < 4", 7, "both sides are constants: expected a metric on one side"},
		{"tps > 5 and 1 < 2", 15, "both sides are constants: expected a metric on one side"},
		// what only the library has
		{"tps == 5", 5, interval + "==" + comparisons},
		{"tps != 5", 5, interval + "!=" + comparisons},
		{"tps = 5", 5, interval + "=" + comparisons},
		{"tps > 5 & tps > 5", 9, `expected an operator (+ - * / < <= > >= and or), found "&": did you mean &&?`},
		{"tps > 5 | tps > 5", 9, `expected an operator (+ - * / < <= > >= and or), found "|": did you mean ||?`},
		{"tps ** 2 > 5", 5, `"**"` + notAllowed},
		{"tps ^ 2 > 5", 5, `"^"` + notAllowed},
		{"tps in [1, 2]", 5, `"in"` + notAllowed},
		{"tps not in [1, 2]", 9, `"in"` + notAllowed},
		{"tps > [1][0]", 7, `"["` + notAllowed},
		{"{a: 1} > tps", 1, `"{"` + notAllowed},
		{"tps.x > 5", 4, `"."` + notAllowed},
		{"tps?.x > 5", 4, `"?."` + notAllowed},
		{"tps ?? 1 > 5", 5, `"??"` + notAllowed},
		{"1..2 > tps", 2, `".."` + notAllowed},
		{"tps > 5 ? true : false", 9, `"?"` + notAllowed},
		{"if tps > 5 {true} else {false}", 1, `"if"` + notAllowed},
		{"let x = 5; tps > x", 1, `"let"` + notAllowed},
		{"tps > 5; tps > 5", 8, `";"` + notAllowed},
		{"#tps > 5", 1, `"#"` + notAllowed},
		{"::tps > 5", 1, `"::"` + notAllowed},
		{`tps matches "x"`, 5, `"matches"` + notAllowed},
		{"tps > b'x'", 7, `bytes are not allowed in an expression: expected a metric, a number or ratio(metric, "head", "base")`},
		{"tps > 5 // and p99_ms < 8", 9, noComments},
		{"tps > /* five */ 5", 7, noComments},
		{"tps > 5 /* five", 9, noComments},
		{"// tps > 5", 1, noComments},
		{"tps > @", 7, `expected a metric, a number or ratio(metric, "head", "base") or an operator (+ - * / < <= > >= and or), found "@"`},
		{"tps > 'x", 7, "expected a text with its closing quote on the same line, and without unknown escapes"},
		{`tps > "\q"`, 7, "expected a text with its closing quote on the same line, and without unknown escapes"},
		// sizes
		{"tps > 5" + strings.Repeat(" ", 994), 1001, "expected at most 1000 characters, found 1001"},
		{strings.Repeat("(", 500), 501, operandWanted + "the end"},
		{"tps > " + strings.Repeat("-", 100) + "1", 70, "expected at most 64 levels of nesting"},
		{strings.Repeat("!", 100) + "(tps > 1)", 65, "expected at most 64 levels of nesting"},
		{balanced("1<tps<2", 6), 1, "expected at most 1000 characters, found 1530 when written out: 1 < tps and tps < 2 or 1 < tps and tps <…"},
	} {
		_, err := ParseCondition(row.text, axes())
		wantError(t, row.text, err, Error{row.column, row.want})
	}
}

// balanced is a text joined to itself by || again and again.
func balanced(text string, times int) string {
	for range times {
		text = "(" + text + "||" + text + ")"
	}
	return text
}

func TestMeasureRefuses(t *testing.T) {
	for _, row := range []struct {
		text   string
		column int
		want   string
	}{
		{"tps > 5", 5, "expected a number, found a condition"},
		{"1 + 2", 1, "expected at least one metric, such as p99_ms"},
		{"tps - not tps", 7, "expected a number, found not, which needs its comparison in brackets"},
		// ratios
		{"ratio()", 1, `expected ratio(metric, "head", "base"), found 0 arguments`},
		{"1 - ratio(tps)", 5, `expected ratio(metric, "head", "base"), found 1 arguments`},
		{`ratio(tps "auth=jwt")`, 11, innerWanted + `"\"auth=jwt\""`},
		{"ratio(tps, )", 1, `expected ratio(metric, "head", "base"), found 1 arguments`},
		{"ratio(tps, ,", 12, `expected levels in quotes, such as "axis=level", found ","`},
		{`ratio(1 + tps, "auth=jwt", "auth=oauth")`, 9, "expected a single metric, found a number"},
		{`ratio("tps", "auth=jwt", "auth=oauth")`, 7, `expected a single metric, found the text "tps": text is only allowed in ratio(…), at(…) and edge(…)`},
		{`ratio(tsp, "auth=jwt", "auth=oauth")`, 7, `unknown metric "tsp": did you mean tps?`},
		{`ratio(tps, jwt, "auth=oauth")`, 12, `expected levels in quotes, such as "axis=level", found jwt`},
		{`ratio(tps, tps, "auth=oauth")`, 12, `expected levels in quotes, such as "axis=level", found tps`},
		{`ratio(tps, "auth=jwt", 5)`, 24, `expected levels in quotes, such as "axis=level", found the number 5`},
		{`ratio(tps, "", "auth=oauth")`, 13, `expected axis=level, found ""`},
		{`ratio(tps, "jwt", "auth=oauth")`, 13, `expected axis=level, found "jwt"`},
		{`ratio(tps, "auth=jwt,", "auth=oauth")`, 22, `expected axis=level, found ""`},
		{`ratio(tps, "auth=jwt", "auht=oauth")`, 25, `unknown axis "auht": did you mean auth?`},
		{`ratio(tps, "zzzzzz=jwt", "auth=oauth")`, 13, `unknown axis "zzzzzz": expected one of batching, protocol, auth, rate`},
		{`ratio(tps, "auth=jwt, rate=r1000", "auth=oauth")`, 28, `unknown level "r1000" of the axis rate: did you mean r100?`},
		{`ratio(tps, 'auth= zzz', "auth=oauth")`, 19, `unknown level "zzz" of the axis auth: expected one of oauth, jwt`},
		{`ratio(tps, "auth\x3dzzz", "auth=oauth")`, 12, `unknown level "zzz" of the axis auth: expected one of oauth, jwt`},
		{`ratio(tps, "auth=jwt,auth=jwt", "auth=oauth")`, 22, "the axis auth is named twice"},
		{`ratio(tps, "auth=jwt,rate=r10", "auth=oauth")`, 33, "expected levels of the same axes as in the first text, auth, rate, found auth"},
		// single arms
		{"at(tps)", 1, `expected at(metric, "axis=level"), found 1 arguments`},
		{"1 + at", 5, `expected at(metric, "axis=level"), found at alone`},
		{`at(tps, "auth=jwt")`, 9, "expected the levels of one arm: a level of batching is missing"},
		{`at(tps + 1, "auth=jwt")`, 8, "expected a single metric, found a number"},
		// edges
		{`edge("auth")`, 1, `expected edge("axis=first..last", condition), found 1 arguments`},
		{`edge(tps, tps > 1)`, 6, `expected levels of an axis in quotes, "axis" or "axis=first..last", found the metric tps`},
		{`edge("auht", tps > 1)`, 7, `unknown axis "auht": did you mean auth?`},
		{`edge("auth=jwt", tps > 1)`, 12, `expected axis=first..last, found "auth=jwt"`},
		{`edge("auth=jwt..oauht", tps > 1)`, 17, `unknown level "oauht" of the axis auth: did you mean oauth?`},
		{`edge("auth=jwt..oauth", tps > 1)`, 12, "expected at least two levels in the order of the axis, oauth, jwt"},
		{`edge("auth", tps > 1)`, 18, `expected at(metric, "axis=level") or ratio(metric, "head", "base") in the condition of an edge, found a metric by itself`},
		{`edge("auth", tps)`, 14, "expected a comparison such as p99_ms < 800, found the metric tps"},
		{`edge("rate", ratio(tps, "auth=jwt", "auth=oauth") > 1)`, 51, "expected a level of rate, found none"},
		{`edge("auth", ratio(tps, "auth=jwt", "auth=oauth") > 1)`, 51, "expected one level of auth, found several of them"},
		{`edge("auth", edge("rate", ratio(tps, "rate=r10,auth=jwt", "rate=r10,auth=oauth") > 1) > 1)`, 87, "expected a condition without another edge in it"},
		{`ratio(tps, "auth=jwt,rate=r10", "rate=r10,auth=jwt")`, 33, "expected different levels than in the first text, found auth=jwt,rate=r10 in both"},
	} {
		_, err := ParseNumber(row.text, axes())
		wantError(t, row.text, err, Error{row.column, row.want})
	}
	_, err := ParseNumber(`ratio(tps, "auth=jwt", "auth=oauth")`, nil)
	wantError(t, "no axes", err, Error{13, `unknown axis "auth": the matrix has none`})
}

func wantError(t *testing.T, text string, err error, want Error) {
	t.Helper()
	var got Error
	if !errors.As(err, &got) {
		t.Errorf("%s: got %v, which is not an Error; want %v", text, err, want)
		return
	}
	if got != want {
		t.Errorf("%s:\n got %v\nwant %v", text, got, want)
	}
}
