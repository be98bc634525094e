package forecast_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// remote is a scenario of 10 prompts of 40 characters in each of 2 blocks, and one before them.
const remote = `
name: remote
target: {dialect: openai, url: "https://api.example.test/v1", model: small, auth: {key: "${env:KEY}"}}
prompts: {length: 40, max_tokens: 8}
load: {warmup: 0s, ready: 0s, open: {rate: 100, arrivals: constant, duration: 100ms}}
experiment: {blocks: 2}
prices: {models: {small: {input: 10, output: 100, cache_write: 20}}}
`

func TestFiguresOfAnOpenLoad(t *testing.T) {
	for name, c := range map[string]struct {
		sets []string
		// The figures that are expected, and the most of attempts.
		attempts, prompts, input, output, most float64
	}{
		"one request after another": {nil, 21, 21, 210, 168, 20 + 12},
		"retries":                   {[]string{"client.retry.policy=fixed"}, 21, 21, 210, 168, 4 * (20 + 12)},
		"a credential to renew":     {[]string{`target.auth={scheme: exec, command: "true"}`}, 21, 21, 210, 168, 2 * (20 + 12)},
		"blocks that a gate adds":   {[]string{"experiment.max_blocks=4"}, 21, 21, 210, 168, 40 + 12},
		"a warm-up":                 {[]string{"load.warmup=50ms"}, 26, 26, 260, 208, 20 + 5 + 12},
		"a server not ready":        {[]string{"load.ready=1s"}, 21, 21, 210, 168, 20 + 12 + 5},
		"choices":                   {[]string{"target.body={n: 3}"}, 21, 21, 210, 3 * 168, 20 + 12},
		"a limit of the request":    {[]string{"target.body={max_tokens: 2}"}, 21, 21, 210, 42, 20 + 12},
		"a system prompt":           {[]string{"target.system=12345678"}, 21, 21, 252, 168, 20 + 12},
		"sequential":                {[]string{"experiment.order=sequential"}, 21, 21, 210, 168, 20 + 12},
	} {
		t.Run(name, func(t *testing.T) {
			f := forecastOf(t, parse(t, remote, c.sets...))
			for what, figure := range map[string]struct{ got, want any }{
				"attempts": {value(f.Total.Attempts.Expected), c.attempts}, "prompts": {value(f.Total.Prompts.Expected), c.prompts},
				"input": {value(f.Total.InputTokens.Expected), c.input}, "output": {value(f.Total.OutputTokens.Expected), c.output},
				"most attempts": {value(f.Total.Attempts.Most), c.most},
				"cost":          {value(f.Total.USD.Expected), (c.input*10 + c.output*100) / 1e6},
			} {
				if figure.got != figure.want {
					t.Errorf("%s: %v, want %v", what, figure.got, figure.want)
				}
			}
			perAttempt := c.output / c.attempts
			if most := *f.Total.OutputTokens.Most; most != perAttempt*c.most {
				t.Errorf("%v output tokens at most, want %v", most, perAttempt*c.most)
			}
			if want := (*f.Total.InputTokens.Most*20 + *f.Total.OutputTokens.Most*100) / 1e6; *f.Total.USD.Most != want {
				t.Errorf("%v USD at most, want %v", *f.Total.USD.Most, want)
			}
		})
	}
}

// The client's cache answers what was asked before, the first try of the warm-up included, while its
// answers last; at most it answers nothing. Prompts are due every 10 ms.
func TestCachedAnswersAreNotSent(t *testing.T) {
	for name, c := range map[string]struct {
		sets           []string
		expected, most float64 // attempts
	}{
		"each prompt once":     {[]string{"prompts={distinct: 1000, order: sequential}"}, 20, 23},
		"two prompts in turn":  {[]string{"prompts={distinct: 2, order: sequential}"}, 2, 23},
		"half a block":         {[]string{"prompts={distinct: 2, order: sequential}", "client.cache.ttl=45ms"}, 8, 23},
		"no room":              {[]string{"prompts={distinct: 2, order: sequential}", "client.cache.entries=1"}, 20, 23},
		"no two are the same":  {[]string{"prompts={distinct: 2, order: sequential}", "prompts.cache_bust=request"}, 21, 23},
		"emptied at a restart": {[]string{"prompts={distinct: 2, order: sequential}", "experiment.restart_every=1"}, 5, 26},
	} {
		f := forecastOf(t, parse(t, remote, append([]string{"client.cache={entries: 100, ttl: 1h}", "target.url=mock", "target.auth={}", "load.ready=1s"}, c.sets...)...))
		if expected, most := value(f.Total.Attempts.Expected), value(f.Total.Attempts.Most); expected != c.expected || most != c.most {
			t.Errorf("%s: %v attempts, at most %v, expected %v and %v", name, expected, most, c.expected, c.most)
		}
		if !has(f.Notes, "client.cache") {
			t.Errorf("%s: the notes do not tell of the cache: %q", name, f.Notes)
		}
	}
}

// A budget of retries limits them all together.
func TestABudgetOfRetries(t *testing.T) {
	for set, most := range map[string]float64{
		"{share: 0.25, burst: 3}": 32 + 8 + 3, "{share: 10, burst: 1}": 4 * 32, "{share: 0.1, burst: 1000}": 4 * 32,
	} {
		f := forecastOf(t, parse(t, remote, "client.retry.policy=fixed", "client.retry.budget="+set))
		if value(f.Total.Attempts.Most) != most || value(f.Total.Attempts.Expected) != 21.0 {
			t.Errorf("%s: %v attempts at most, want %v", set, value(f.Total.Attempts.Most), most)
		}
	}
}

// Closed load and searches for capacity send what the server makes of them. Figures that depend on
// it are null, and the reason is given with what is known.
func TestWhatDependsOnTheServerIsNotKnown(t *testing.T) {
	for name, c := range map[string]struct {
		set, why string
		time     bool
	}{
		"closed":   {"load.closed={in_flight: 4, duration: 2s}", "every arm: closed load sends a request whenever one is answered: 2 blocks × 2s with 4 in flight make about 16 requests if an answer takes 1s", true},
		"capacity": {"load.capacity={from: 1, to: 8, p99: 1s, step: 1s, confirm: 2}", "every arm: a capacity search tries rates until one does not hold: about 31 prompts if all rates from 1/s to 8/s hold for 1s each", false},
	} {
		f := forecastOf(t, parse(t, remote, c.set))
		for _, figure := range []any{f.Total.Attempts.Expected, f.Total.Prompts.Most, f.Total.InputTokens.Most, f.Total.OutputTokens.Expected, f.Total.USD.Expected, f.Total.USD.Most} {
			if figure.(*float64) != nil {
				t.Errorf("%s: %+v", name, f.Total)
			}
		}
		if value(f.Total.Attempts.Least) != 21.0 || (f.TimeMS.Most != nil) != c.time || !has(f.Unknown, c.why) {
			t.Errorf("%s: least %v, time %v\n%s", name, value(f.Total.Attempts.Least), value(f.TimeMS.Most), strings.Join(f.Unknown, "\n"))
		}
		text, err := json.Marshal(f)
		if err != nil || !strings.Contains(string(text), `"usd":{"expected":null,"most":null}`) {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
}

func TestUnknownPricesAndTokens(t *testing.T) {
	f := forecastOf(t, parse(t, remote, "target.model=other"))
	if f.Total.USD.Expected != nil || f.Total.OutputTokens.Expected == nil || !has(f.Unknown, "arm all: what it cost is not known") {
		t.Errorf("%+v, %q", f.Total, f.Unknown)
	}
	f = forecastOf(t, parse(t, "name: plain\ntarget: {dialect: http, url: \"http://127.0.0.1:9\"}\nload: {open: {rate: 1}}"))
	if f.Total.OutputTokens.Expected != nil || f.Total.Attempts.Expected == nil || !has(f.Unknown, "every arm: its requests do not say how many output tokens") {
		t.Errorf("%+v, %q", f.Total, f.Unknown)
	}
}

// The budget is the most of a run, and a warning says where it would end the run early.
func TestBudget(t *testing.T) {
	for name, c := range map[string]struct {
		sets          []string
		warning, note string
		most          float64 // attempts
	}{
		"enough":                 {[]string{"budget={requests: 100, usd: 1}"}, "", "", 32},
		"less than expected":     {[]string{"budget={requests: 7}"}, "budget.requests: the run needs about 21 and ends at 7, after about 33% of it", "", 7},
		"enough but for retries": {[]string{"budget={requests: 30}"}, "budget.requests: the run may need up to 32, if attempts fail and are retried, and ends at 30", "", 30},
		"output":                 {[]string{"budget={output_tokens: 100}"}, "budget.output_tokens: the run needs about 168 and ends at 100, after about 60% of it", "", 32},
		"money":                  {[]string{"budget={usd: 0.01}"}, "budget.usd: the run needs about 0.0189 USD and ends at 0.01 USD, after about 53% of it", "", 32},
		"no room for one":        {[]string{"budget={output_tokens: 7}"}, "budget.output_tokens: one attempt reserves up to 8, more than the budget of 7: the run ends before it is sent", "", 32},
		"closed":                 {[]string{"budget={requests: 100}", "load.closed={in_flight: 4, duration: 2s}"}, "", "budget.requests: 100 are enough for the closed load if an answer takes at least 160ms on average", 100},
		"closed, in money":       {[]string{"budget={usd: 0.01}", "load={warmup: 0s, closed: {in_flight: 4, duration: 2s}}"}, "", "budget.usd: 0.01 USD are enough for the closed load if an answer takes at least 1.44s on average", -1},
	} {
		f := forecastOf(t, parse(t, remote, c.sets...))
		if got := strings.Join(f.Warnings, "\n"); got != c.warning {
			t.Errorf("%s: warnings %q, want %q", name, got, c.warning)
		}
		if c.note != "" && !has(f.Notes, c.note) {
			t.Errorf("%s: notes %q, want %q", name, f.Notes, c.note)
		}
		if got := value(f.Total.Attempts.Most); c.most >= 0 && got != c.most {
			t.Errorf("%s: %v attempts at most, want %v", name, got, c.most)
		}
	}
}

// A schedule of millions of prompts is not drawn: its mean is expected, and the most is not known.
func TestLongSchedulesAreNotDrawn(t *testing.T) {
	f := forecastOf(t, parse(t, remote, "load.open.rate=2000", "load.open.duration=1h"))
	if got := *f.Total.Prompts.Expected; got != 1+2*3600*2000 || f.Total.Prompts.Most != nil || !has(f.Unknown, "more than 1000000 prompts was not drawn") {
		t.Errorf("%v prompts, at most %v: %q", got, value(f.Total.Prompts.Most), f.Unknown)
	}
}

func TestTracesAreCounted(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace.csv")
	if err := os.WriteFile(trace, []byte("0,8\n0.03,8\n0.04,16\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := forecastOf(t, parse(t, remote, "load.open={trace: "+trace+", duration: 50ms}"))
	if *f.Total.Prompts.Expected != 1+5 || *f.Total.InputTokens.Expected != 10+2+2+4+2+2 {
		t.Errorf("%v prompts, %v input tokens", *f.Total.Prompts.Expected, *f.Total.InputTokens.Expected)
	}
}

func TestTimeAndHosts(t *testing.T) {
	for name, c := range map[string]struct {
		sets           []string
		expected, most float64
	}{
		"contiguous": {[]string{"load.drain=1s", "experiment.order=concurrent"}, 200, 2 * (100 + 50 + 1000 + 50)},
		"sequential": {[]string{"load.drain=1s", "experiment.order=sequential", "load.warmup=1s"}, 1200, 1000 + 1100 + 2*(100+1100)},
		"closed":     {[]string{"load.drain=1s", "load.closed={in_flight: 1, duration: 500ms, ramp: 0s}"}, 1200, 1100 + 2*(100+1100) + 2*(1500+500+1100)},
	} {
		f := forecastOf(t, parse(t, remote, c.sets...))
		if *f.TimeMS.Expected != c.expected || *f.TimeMS.Most != c.most {
			t.Errorf("%s: %v ms, at most %v, want %v and %v", name, *f.TimeMS.Expected, *f.TimeMS.Most, c.expected, c.most)
		}
		if len(f.Hosts) != 1 || f.Hosts[0] != "https://api.example.test:443" {
			t.Errorf("%s: hosts %q", name, f.Hosts)
		}
	}
}

func TestForecastOfBatches(t *testing.T) {
	const source = `
name: batches
target: {dialect: openai, model: small}
prompts: {length: 40, max_tokens: 8}
load: {batch: {size: 10, poll: 1m, wait: 1h}}
experiment: {blocks: 2}
prices: {models: {small: {input: 1, output: 4, batch: {share: 0.5}}}}
matrix:
  api:
    chat: {target.dialect: openai}
    messages: {target.dialect: anthropic}
`
	f := forecastOf(t, parse(t, source))
	for i, want := range []struct{ least, most float64 }{{1 + 2*3, 3 + 2*83}, {1 + 2*2, 3 + 2*83}} {
		arm := f.Arms[i]
		if arm.Attempts.Expected != nil || *arm.Attempts.Least != want.least || *arm.Attempts.Most != want.most {
			t.Errorf("%s: attempts from %v to %v, expected %v, want %+v", arm.Arm, value(arm.Attempts.Least), value(arm.Attempts.Most), value(arm.Attempts.Expected), want)
		}
		if *arm.Prompts.Expected != 20 || *arm.OutputTokens.Expected != 160 || *arm.WarmupPrompts.Expected != 0 {
			t.Errorf("%s: %+v", arm.Arm, arm)
		}
		if input := *arm.InputTokens.Expected; *arm.USD.Expected != (input*0.5+160*2)/1e6 {
			t.Errorf("%s costs %v", arm.Arm, *arm.USD.Expected)
		}
	}
	if f.TimeMS.Expected != nil || *f.TimeMS.Most < 2*3600e3 || !has(f.Unknown, "depends on the server") {
		t.Errorf("time %+v, %v", f.TimeMS, f.Unknown)
	}
	unpriced := forecastOf(t, parse(t, source, "prices={models: {small: {input: 1, output: 4}}}"))
	if unpriced.Total.USD.Expected != nil || !has(unpriced.Unknown, "no price of model small in batches") {
		t.Errorf("%+v, %v", unpriced.Total.USD, unpriced.Unknown)
	}
}
