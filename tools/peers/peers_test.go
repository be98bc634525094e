package main

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestRatesAreReadFromWhatToolsPrint(t *testing.T) {
	for name, c := range map[string]struct {
		rate    func([]byte) (float64, error)
		printed string
		want    float64
	}{
		"hey":        {rateAfter("Requests/sec:"), "Summary:\n  Total:\t2.0 secs\n  Requests/sec:\t26181.4\n", 26181.4},
		"wrk":        {rateAfter("Requests/sec:"), "  45830 requests in 1.00s\nRequests/sec:  45830.12\n", 45830.12},
		"bombardier": {rateAfter("Reqs/sec"), "Statistics        Avg      Stdev        Max\n  Reqs/sec     41573.10    2000.00   50000.00\n", 41573.10},
		"ab":         {rateAfter("Requests per second:"), "Requests per second:    47505.00 [#/sec] (mean)\n", 47505},
		"h2load":     {h2loadRate, "finished in 8.00s, 32420.11 req/s, 1.5MB/s\n", 32420.11},
		"k6":         {k6Rate, "    http_req_failed................: 0.00% 0 out of 16544\n    http_reqs......................: 16544  8271.5/s\n", 8271.5},
		"vegeta":     {vegetaRate, `{"throughput": 9997.5, "success": 1}`, 9997.5},
		"weighbridge": {
			weighbridgeRate, `{"arms":[{"tps":12.5,"error_rate":0}],"invalid":[]}`, 12.5,
		},
	} {
		if got, err := c.rate([]byte(c.printed)); got != c.want || err != nil {
			t.Errorf("%s: %v, %v; want %v", name, got, err, c.want)
		}
		if _, err := c.rate([]byte("no such page")); err == nil {
			t.Errorf("%s: no error without a rate", name)
		}
	}
	for _, printed := range []string{`{"throughput": 1, "success": 0.5}`} {
		if _, err := vegetaRate([]byte(printed)); err == nil {
			t.Error("vegeta: failures are no error")
		}
	}
	if _, err := k6Rate([]byte("http_req_failed...: 0.10% 1 out of 1000\nhttp_reqs...: 1000 500/s\n")); err == nil {
		t.Error("k6: failures are no error")
	}
	for _, printed := range []string{`{"arms":[]}`, `{"arms":[{"tps":null}]}`, `{"arms":[{"tps":1,"error_rate":0.1}]}`} {
		if _, err := weighbridgeRate([]byte(printed)); err == nil {
			t.Errorf("weighbridge: %s is no error", printed)
		}
	}
}

func TestEveryLoadIsComparedWithVegetaOrSaysNothing(t *testing.T) {
	scratch := t.TempDir() + "/x"
	for _, l := range loads() {
		var able []string
		for _, tool := range known() {
			if line := tool.command(l, "http://127.0.0.1:1/", 1, scratch); line != nil {
				able = append(able, tool.name)
			}
		}
		if !slices.Contains(able, "weighbridge") || len(able) < 2 {
			t.Errorf("%s: only %v", l.name, able)
		}
	}
}

func TestPage(t *testing.T) {
	one := func(rate, cpu, peak, connections float64) run {
		return run{rate: rate, cpu: cpu, further: cpu / 2, peak: peak, connections: connections}
	}
	p := page{about: "Here.", missing: []string{"ab: apt-get install apache2-utils"}, results: []results{{
		load: load{name: "closed"}, tools: []string{"vegeta", "weighbridge", "wrk"}, runs: map[string][]run{
			"vegeta":      {one(100, 50, 20, 1), one(200, 40, 20, 1), one(100, 50, 20, 2)},
			"weighbridge": {one(150, 25, 30, 50), one(200, 30, 30, 50), one(200, 25, 30, 50)},
			"wrk":         {one(300, 10, 5, 50), one(600, 8, 5, 50), {}},
		},
		failed: []string{"wrk, repetition 3: it sent nothing"}, invalid: []string{"weighbridge, repetition 2: it was late"},
	}}}
	var text bytes.Buffer
	if err := p.write(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Not installed: ab: apt-get install apache2-utils\n",
		"## closed\n| tool |",
		"|\n| wrk | 450 | 3.00 | 9.0 | 0.20 | 4.5 | 0.20 | 5 | 50 |\n| weighbridge | 200 | 1.50 (1.00–2.00) | 25.0 | 0.50 (0.50–0.75) | 12.5 | 0.50 (0.50–0.75) | 30 | 50 |\n| vegeta | 100 | 1.00 | 50.0 | 1.00 | 25.0 | 1.00 | 20 | 1 |\n",
		"\nFailed: wrk, repetition 3: it sent nothing\n",
		"\nInvalid, as the tool itself says: weighbridge, repetition 2: it was late\n",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	open := page{results: []results{{load: load{name: "open", rate: 10}, tools: []string{"vegeta", "k6"}, runs: map[string][]run{
		"vegeta": {{rate: 10, lag: 1}, {rate: 10, lag: 3}}, "k6": {{rate: 9}},
	}}}}
	text.Reset()
	if err := open.write(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{" × vegeta | send lag p99 ms | peak MiB |", "| – | – | – | – | 2.00 (1.00–3.00) | – | – |", "| k6 | 9 | 0.90 | – | – | – | – | – | – | – |"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	if got := spreadOf([]float64{4, 1, 3, 2}); got != (spread{1, 2.5, 4}) {
		t.Errorf("%v", got)
	}
	if got := (results{}).beside("a", "b", rate).String(); got != "–" {
		t.Errorf("nothing is %q", got)
	}
}

// Of 100 requests each takes 25 µs, of 600 each a little less: 500 more took 10 ms, 20 µs each.
func TestFurtherRequests(t *testing.T) {
	short, long := run{answered: 100, cpu: 25}, run{answered: 600, cpu: 20.833333333333332}
	if got := long.beyond(short).further; math.Abs(got-20) > 1e-9 {
		t.Errorf("%v µs for each further request, want 20", got)
	}
	for _, nothing := range []run{long.beyond(run{}), short.beyond(long)} {
		if nothing.further != 0 {
			t.Errorf("%v µs where there is nothing to compare with", nothing.further)
		}
	}
}

// Of 200 requests at 1,000/s the first 197 leave on time, in whatever order they are listed, and three are 5 ms late.
func TestSendLag(t *testing.T) {
	var lines strings.Builder
	for i := range 200 {
		moment := i * 1_000_000
		if i >= 197 {
			moment += 5_000_000
		}
		fmt.Fprintf(&lines, "%d,200,123\n", 7_000_000+moment)
	}
	if got, err := lagOfMoments(strings.NewReader(lines.String()), 1000); got != 5 || err != nil {
		t.Errorf("%v, %v; want 5 ms", got, err)
	}
	if got, err := lagOfMoments(strings.NewReader("2000000,200\n0,200\n1000000,200\n"), 1000); got != 0 || err != nil {
		t.Errorf("%v, %v; want 0 ms", got, err)
	}
	for _, nothing := range []string{"", "x,1\n"} {
		if _, err := lagOfMoments(strings.NewReader(nothing), 1000); err == nil {
			t.Errorf("%q is no error", nothing)
		}
	}
	if got, err := weighbridgeLag([]byte(`{"arms":[{"send_lag_ms":{"p99":0.32}}]}`)); got != 0.32 || err != nil {
		t.Errorf("%v, %v; want 0.32 ms", got, err)
	}
	if _, err := weighbridgeLag([]byte(`{"arms":[{"send_lag_ms":null}]}`)); err == nil {
		t.Error("a summary without a send lag is no error")
	}
}

func TestWeighbridgeSaysWhatIsInvalid(t *testing.T) {
	for printed, want := range map[string]string{
		`{"arms":[],"invalid":["late","slow"]}`: "late; slow", `{"arms":[],"invalid":[]}`: "",
	} {
		if got := weighbridgeInvalid([]byte(printed)); got != want {
			t.Errorf("%s is invalid for %q, want %q", printed, got, want)
		}
	}
}
