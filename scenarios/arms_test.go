package scenarios

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weighbridge/mockserver"
	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/fault"
	"weighbridge/scenarios/tree"
	"weighbridge/target"
	"weighbridge/target/regions"
)

func names(arms []Arm) []string {
	var all []string
	for _, arm := range arms {
		all = append(all, arm.Name)
	}
	return all
}

func TestLastAxisChangesFastest(t *testing.T) {
	s := mustParse(t, withMatrix("z: {b: {target.batch.size: 1}, a: {target.batch.size: 2}}\n  y: {d: {client.timeout: 1s}, c: {client.timeout: 2s}, e: {client.timeout: 3s}}"))
	arms := s.Arms()
	want := []string{"z=b,y=d", "z=b,y=c", "z=b,y=e", "z=a,y=d", "z=a,y=c", "z=a,y=e"}
	if got := names(arms); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for i, arm := range arms {
		wantSize, wantTimeout := i/3+1, []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}[i%3]
		if arm.Index != i || arm.Target.Batch.Size != wantSize || arm.Client.Timeout != wantTimeout {
			t.Errorf("arm %d, %s: index %d, size %d, timeout %v", i, arm.Name, arm.Index, arm.Target.Batch.Size, arm.Client.Timeout)
		}
	}
	if got, want := arms[4].Levels, map[string]string{"z": "a", "y": "c"}; !reflect.DeepEqual(got, want) {
		t.Errorf("levels: got %v, want %v", got, want)
	}
}

func TestOneArmWithoutAxes(t *testing.T) {
	for _, source := range []string{minimal, minimal + "matrix: {}\n", minimal + "matrix:\n"} {
		if got := names(mustParse(t, source).Arms()); !slices.Equal(got, []string{"all"}) {
			t.Errorf("%q: got %v", source, got)
		}
	}
}

func TestManyArms(t *testing.T) {
	if got := len(mustParse(t, withMatrix(manyAxes(4, 4))).Arms()); got != 256 {
		t.Errorf("got %d arms, want 256", got)
	}
}

func TestArmsShareNoMemory(t *testing.T) {
	s := mustParse(t, minimal+`
load: {open: {}, closed: {}}
mock: {auth: {keys: [one]}, faults: {errors: {500: 0.1}}, latency: {request: {uniform: {min: 1ms, max: 2ms}}}}
matrix: {a: {b: {client.timeout: 1s}, c: {client.timeout: 1s}}}
`)
	changed, other := s.Arms()[0], s.Arms()[1]
	before := fmt.Sprint(*other.Load.Open, *other.Load.Closed, other.Mock.Auth.Keys, other.Mock.Faults.Errors, *other.Mock.Latency.Request.Uniform)
	changed.Load.Open.Rate, changed.Load.Closed.InFlight = 99, 99
	changed.Mock.Auth.Keys[0] = "changed"
	changed.Mock.Faults.Errors[500] = fault.Error{When: fault.When{Share: 0.9}}
	*changed.Mock.Latency.Request.Uniform = dist.Uniform[time.Duration]{}
	s.Expand() // from the scenario's own values, which no arm holds
	for _, arm := range []Arm{other, s.Arms()[0], s.Arms()[1]} {
		after := fmt.Sprint(*arm.Load.Open, *arm.Load.Closed, arm.Mock.Auth.Keys, arm.Mock.Faults.Errors, *arm.Mock.Latency.Request.Uniform)
		if after != before {
			t.Errorf("got %s, want %s", after, before)
		}
	}
}

// TestPatches checks what a patch replaces and what it keeps.
func TestPatches(t *testing.T) {
	const ms = time.Millisecond
	tenth := fault.Error{When: fault.When{Share: 0.1}}
	base := minimal + `
mock:
  latency: {request: {lognormal: {p50: 10ms, p99: 20ms}}, prompt: 1ms}
  faults: {errors: {500: 0.1}, item_errors: 0.2}
  auth: {keys: [one, two]}
`
	for _, row := range []struct {
		patch, path string
		want        any
	}{
		{"mock.faults: {reset: 0.3}", "mock.faults.reset.share", 0.3},
		{"mock.faults: {reset: 0.3}", "mock.faults.item_errors.share", 0.2},
		{"mock.faults.errors.503: 0.3", "mock.faults.errors", fault.Errors{500: tenth, 503: {When: fault.When{Share: 0.3}}}},
		{"mock.faults.errors: {500: 0.3}", "mock.faults.errors", fault.Errors{500: {When: fault.When{Share: 0.3}}}},
		{"mock.faults.errors.500.body: busy", "mock.faults.errors", fault.Errors{500: {When: tenth.When, Body: "busy"}}},
		{"mock.faults.item_errors.after: 1s", "mock.faults.item_errors", fault.ItemErrors{When: fault.When{Share: 0.2, After: time.Second}}},
		{"mock.auth.keys: [three]", "mock.auth.keys", []string{"three"}},
		{"mock.latency.request: 5ms", "mock.latency.request", 5 * ms},
		{"mock.latency.request: {exponential: {mean: 5ms}}", "mock.latency.request.exponential.mean", 5 * ms},
		{"mock.latency.request: {exponential: {mean: 5ms}}", "mock.latency.request.lognormal.p50", nil},
		{"mock.latency: {request: {uniform: {max: 5ms}}}", "mock.latency.request.lognormal.p50", nil},
		{"mock.latency.request.lognormal.p50: 15ms", "mock.latency.request.lognormal.p99", 20 * ms},
		{"mock.latency.request.exponential.mean: 5ms", "mock.latency.request.lognormal.p50", nil},
		{"mock.latency.prompt.exponential.mean: 5ms", "mock.latency.prompt.constant", nil},
		{"target.headers.X-Foo: bar", "target.headers.X-Foo", "bar"},
		{"mock.limit.requests.rate: 7", "mock.limit.requests.burst", 7.0},
	} {
		arm := mustParse(t, base+"matrix: {a: {b: {"+row.patch+"}}}\n").Arms()[0]
		got, err := valueAt(&arm, row.path)
		if strings.HasSuffix(row.path, ".constant") {
			got, err = nil, nil
			if arm.Mock.Latency.Prompt.Constant != 0 {
				t.Errorf("%s: the constant stays", row.patch)
			}
		}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(row.want) {
			t.Errorf("%s: %s: got %v, want %v (%v)", row.patch, row.path, got, row.want, err)
		}
	}
}

// TestPatchReachesItsArmOnly checks, for any field that a level sets, that its arm has the
// value and that the arms of other levels have the scenario's.
func TestPatchReachesItsArmOnly(t *testing.T) {
	leaves := leafPaths(reflect.TypeFor[Arm](), "")
	known := slices.Sorted(func(yield func(string) bool) {
		for path := range leaves {
			if !yield(path) {
				return
			}
		}
	})
	least := mustParse(t, minimal)
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.SampledFrom(known).Draw(t, "path")
		text, want := drawValue(t, leaves[path])
		if want == target.RetrySDK { // stands for the policy of an SDK, by the dialect
			want = target.RetrySDKAnthropic
		}
		s, p := decoded(minimal + fmt.Sprintf("matrix: {a: {base: {client.in_flight: 1000}, set: {%s: %s}, other: {client.in_flight: 999}}}\n", path, text))
		if err := p.Err(); err != nil {
			t.Fatalf("%s: %s: %v", path, text, err)
		}
		arms := s.Arms()
		if got, err := valueAt(&arms[1], path); err != nil || fmt.Sprint(got) != want {
			t.Fatalf("%s: got %v, want %s (%v)", path, got, want, err)
		}
		plain := least.Arms()[0]
		if !equal(plain, arms[0]) {
			t.Fatalf("%s: %s reached another arm", path, text)
		}
		plain.Client.InFlight = 999
		if !equal(plain, arms[2]) {
			t.Fatalf("%s: %s reached another arm", path, text)
		}
	})
}

// drawValue draws a valid value of a field: as written in YAML and as printed by fmt.
func drawValue(t *rapid.T, field reflect.StructField) (text, printed string) {
	c := tree.CheckOf(field)
	whole := rapid.IntRange(2, 59).Draw(t, "number")
	if len(c.Enum) > 0 {
		text = rapid.SampledFrom(c.Enum).Draw(t, "word")
		if field.Type.Kind() == reflect.Slice {
			text = "[" + text + "]"
		}
		return text, text
	}
	switch of := field.Type; {
	case of == reflect.TypeFor[Shape]():
		shape := Shape{Sine: &Sine{Amplitude: 0.5, Period: time.Second}}
		return fmt.Sprintf("{sine: {amplitude: 0.5, period: %s}}", shape.Sine.Period), shape.String()
	case of == tree.DurationType || of == reflect.TypeFor[dist.Duration]():
		text = fmt.Sprintf("%ds", whole)
		return text, text
	case of.Kind() == reflect.Bool:
		text = fmt.Sprint(whole%2 == 0)
		return text, text
	case of == reflect.TypeFor[fault.Errors]():
		return fmt.Sprintf("{5%02d: 0.5}", whole), fmt.Sprint(fault.Errors{500 + whole: {When: fault.When{Share: 0.5}}})
	case of == reflect.TypeFor[map[string]mockserver.Skew]():
		return fmt.Sprintf("{r%d: {offset: 2s}}", whole), fmt.Sprint(map[string]mockserver.Skew{fmt.Sprintf("r%d", whole): {Offset: 2 * time.Second}})
	case of == reflect.TypeFor[map[string]mockserver.Region]():
		return fmt.Sprintf("{r%d: {outages: [{for: 2s}]}}", whole), fmt.Sprint(map[string]mockserver.Region{fmt.Sprintf("r%d", whole): {Outages: []mockserver.RegionOutage{{For: 2 * time.Second}}}})
	case of == reflect.TypeFor[map[string]regions.Region]():
		return fmt.Sprintf("{r%d: {weight: 2}}", whole), fmt.Sprint(map[string]regions.Region{fmt.Sprintf("r%d", whole): {Weight: 2}})
	case of.Kind() == reflect.Map:
		return fmt.Sprintf("{X-%d: v}", whole), fmt.Sprintf("map[X-%d:v]", whole)
	case of.Kind() == reflect.Slice:
		return fmt.Sprintf("[k%d]", whole), fmt.Sprintf("[k%d]", whole)
	case c.Max == "1" || c.Max == "10":
		text = fmt.Sprintf("0.%d5", whole)
		return text, text
	case of.Name() == "Secret":
		return fmt.Sprintf("\"${env:S%d}\"", whole), fmt.Sprintf("${env:S%d}", whole)
	}
	return fmt.Sprint(whole), fmt.Sprint(whole)
}

func TestACacheThatFindsNothingIsAWarning(t *testing.T) {
	for bust, warned := range map[string]bool{"request": true, "block": false, "arm": false, "none": false} {
		for entries, on := range map[string]bool{"0": false, "10": true} {
			s, err := Parse("test.yaml", []byte(minimal), Changes{Set: []string{"prompts.cache_bust=" + bust, "client.cache.entries=" + entries}})
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Warnings(); (len(got) == 1 && strings.Contains(got[0], "client.cache never finds an answer")) != (warned && on) {
				t.Errorf("cache_bust %s, %s entries: %q", bust, entries, got)
			}
		}
	}
}

func TestQuickShortensTheCapacitySearch(t *testing.T) {
	s := mustParse(t, minimal+"load: {capacity: {step: 4s}}\nmatrix: {a: {b: {load.capacity.to: 50}, c: {load.capacity.step: 20ms}}}\n")
	s.Quick()
	b, c := s.Arms()[0].Load.Capacity, s.Arms()[1].Load.Capacity
	if b.Step != 500*time.Millisecond || b.Confirm != 1 || b.Precision != 0.1 || b.To != 50 || c.Step != 20*time.Millisecond {
		t.Errorf("%+v, %+v", b, c)
	}
}

func TestQuick(t *testing.T) {
	const ms = time.Millisecond
	for _, row := range []struct {
		source       string
		warmup       time.Duration
		open, closed time.Duration
	}{
		{"", time.Second, time.Second, 0},
		{"load: {warmup: 2s, open: {duration: 4s}, closed: {duration: 2s}}", time.Second, time.Second, 200 * ms},
		{"load: {warmup: 10ms, open: {duration: 50ms}, closed: {duration: 20ms}}", 10 * ms, 50 * ms, 20 * ms},
		{"matrix: {a: {b: {load.open.rate: 5, load.closed.in_flight: 5}}}", time.Second, time.Second, 200 * ms},
		{"load: {warmup: 5s}\nmatrix: {a: {b: {load.warmup: 3s}}}", 3 * time.Second, time.Second, 0},
	} {
		s := mustParse(t, minimal+"experiment: {blocks: 15}\n"+row.source+"\n")
		s.Quick()
		if s.Experiment.Blocks != 3 || s.Experiment.MaxBlocks != 3 {
			t.Errorf("%s: %d blocks, at most %d", row.source, s.Experiment.Blocks, s.Experiment.MaxBlocks)
		}
		load := s.Arms()[0].Load
		var closed time.Duration
		if load.Closed != nil {
			closed = load.Closed.Duration
		}
		if load.Warmup != row.warmup || load.Open.Duration != row.open || closed != row.closed {
			t.Errorf("%s: warm-up %v, open %v, closed %v", row.source, load.Warmup, load.Open.Duration, closed)
		}
	}
}

// target.body takes any JSON, and patches lead into it.
func TestBodiesArePatched(t *testing.T) {
	s := mustParse(t, "name: body\ntarget: {dialect: openai, body: {a: {b: 1, c: null}, d: [x], e: \"true\"}}\n"+
		"matrix: {effort: {low: {target.body.a.effort: low}, high: {target.body.a.b: 2, target.body.f: true}, whole: {target.body: {a: {g: 3}}}}}\n")
	number := func(text string) any { return json.Number(text) }
	for i, want := range []map[string]any{
		{"a": map[string]any{"b": number("1"), "c": nil, "effort": "low"}, "d": []any{"x"}, "e": "true"},
		{"a": map[string]any{"b": number("2"), "c": nil}, "d": []any{"x"}, "e": "true", "f": true},
		{"a": map[string]any{"g": number("3")}, "d": []any{"x"}, "e": "true"},
	} {
		if got := s.Arms()[i].Target.Body; !reflect.DeepEqual(got, want) {
			t.Errorf("arm %s: %v, want %v", s.Arms()[i].Name, got, want)
		}
	}
	set := mustParse(t, "name: body\ntarget: {dialect: openai, body: {a: 1}}\n", "target.body.h={i: 4}", "target.body.h.j=x")
	if want := map[string]any{"a": number("1"), "h": map[string]any{"i": number("4"), "j": "x"}}; !reflect.DeepEqual(set.Arms()[0].Target.Body, want) {
		t.Errorf("--set: %v, want %v", set.Arms()[0].Target.Body, want)
	}
	again := mustParse(t, string(s.Show()))
	if !reflect.DeepEqual(again.Arms()[0].Target.Body, s.Arms()[0].Target.Body) {
		t.Errorf("shown and read again: %v", again.Arms()[0].Target.Body)
	}
}

// A key that means nothing in a dialect is refused, and so is a body that would take the
// prompts out of the requests.
func TestKeysOfOtherDialectsAreRefused(t *testing.T) {
	for target, want := range map[string]string{
		"dialect: http, url: \"http://127.0.0.1:9\", path: /x":              "target.path: dialect http does not use it: expected target.http.path",
		"dialect: http, url: \"http://127.0.0.1:9\", body: {a: 1}":          "target.body: dialect http does not use it: expected target.http.body",
		"dialect: http, url: \"http://127.0.0.1:9\", system: x":             "target.system: dialect http does not use it: expected target.http.body",
		"dialect: http, url: \"http://127.0.0.1:9\", stream_options: false": "target.stream_options: dialect http has no stream_options: expected dialect openai",
		"dialect: article, system: x":                                       "target.system: dialect article has no system prompt: expected dialect anthropic or openai",
		"dialect: article, max_tokens_field: both":                          "target.max_tokens_field: dialect article has no field for max_tokens",
		"dialect: anthropic, max_tokens_field: both":                        "target.max_tokens_field: dialect anthropic knows only max_tokens, found both",
		"dialect: anthropic, stream_options: false":                         "target.stream_options: dialect anthropic has no stream_options: expected dialect openai",
		"dialect: openai, version: \"2023-06-01\"":                          "target.version: dialect openai has no version header: expected dialect anthropic",
		"dialect: openai, betas: [x]":                                       "target.betas: dialect openai has no betas: expected dialect anthropic",
		"dialect: anthropic, betas: [\"a b\"]":                              "target.betas: expected the name of a beta",
		"dialect: anthropic, version: \"a\\nb\"":                            "target.version: expected a value without line breaks",
		"dialect: openai, body: {messages: []}":                             "target.body.messages: it would replace what the dialect writes: expected prompts and target.system",
		"dialect: responses, body: {input: x}":                              "target.body.input: it would replace what the dialect writes: expected prompts",
		"dialect: responses, version: x":                                    "target.version: dialect responses has no version header: expected dialect anthropic",
		"dialect: openai, body: {stream: true}":                             "target.body.stream: it would replace what the dialect writes: expected target.stream",
		"dialect: openai, body: {a: {b: 1, b: 2}}":                          `target.body.a: duplicate key "b"`,
		"dialect: openai, body: 5":                                          "target.body: expected a mapping, found 5",
		"dialect: openai, path: //other/x":                                  "target.path: expected a path that begins with a single /",
		"dialect: openai, path: v1/x":                                       "target.path: expected a path that begins with /",
		"dialect: openai, auth: {scheme: oauth, header: api-key}":           "target.auth.header: scheme oauth sends the header authorization: expected scheme apikey, exec or file, found api-key",
		"dialect: openai, auth: {header: x-key}":                            "target.auth.header: expected one of authorization, x-api-key, api-key",
		"dialect: openai, query: {key: abcdefgh}":                           "target.query.key: a credential is written out",
		"dialect: openai, path: \"/x?api_key=abcdefgh\"":                    "target.path: a credential is written out",
		"dialect: openai, body: {data: [{api_key: abcdefgh}]}":              "target.body.data.0.api_key: a credential is written out",
		"dialect: openai, body: {user: \"${USER}\"}":                        "target.body.user: ${…} without env: or file: is not a reference",
	} {
		_, err := Parse("test.yaml", []byte("name: keys\ntarget: {"+target+"}\n"), Changes{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "abcdefgh") {
			t.Errorf("%s: %v, want %q", target, err, want)
		}
	}
	models := mustParse(t, "name: m\ntarget: {dialect: openai, url: \"http://127.0.0.1:9/openai/deployments/{model}\", auth: {scheme: none}}\nmatrix: {model: {old: {target.model: a}, new: {target.model: b/c}}}\n")
	if one, two := models.Arms()[0].Target.URL, models.Arms()[1].Target.URL; one != "http://127.0.0.1:9/openai/deployments/a" || two != "http://127.0.0.1:9/openai/deployments/b%2Fc" {
		t.Errorf("the URLs of two models are %s and %s", one, two)
	}
	mustParse(t, "name: keys\ntarget: {dialect: openai, query: {key: \"${env:KEY}\"}, body: {stop_token_ids: [1], eos_token: \"</s>\", prompt_cache_key: abc}}\n")
}

// A level that sets batches takes the place of the scenario's other load, and the other way round.
func TestLevelsSwapLoad(t *testing.T) {
	const dialect = "name: least\ntarget: {dialect: openai, stream: true}\n"
	batch, open, closed := defaultBatch(), defaultOpen(), defaultClosed()
	batch.Size, open.Rate, closed.InFlight = 7, 5, 4
	for _, row := range []struct {
		text   string
		axes   []string
		levels [2]Load
	}{
		{text: "matrix: {api: {a: {load.closed.in_flight: 4}, b: {load.batch.size: 7}}}", levels: [2]Load{{Closed: &closed}, {Batch: &batch}}},
		{text: "load: {closed: {in_flight: 4}}\nmatrix: {api: {a: {target.stream: true}, b: {load.batch: {size: 7}}}}", levels: [2]Load{{Closed: &closed}, {Batch: &batch}}},
		{text: "load: {batch: {size: 7}}\nmatrix: {api: {a: {load.open.rate: 5}, b: {target.model: m}}}", levels: [2]Load{{Open: &open}, {Batch: &batch}}},
		{axes: []string{"api=load:{open: {rate: 5}},{batch: {size: 7}}"}, levels: [2]Load{{Open: &open}, {Batch: &batch}}},
	} {
		s, err := Parse("test.yaml", []byte(dialect+row.text), Changes{Axes: row.axes})
		if err != nil {
			t.Errorf("%s%v: %v", row.text, row.axes, err)
			continue
		}
		for i, want := range row.levels {
			arm := s.Arms()[i]
			got := Load{Open: arm.Load.Open, Closed: arm.Load.Closed, Capacity: arm.Load.Capacity, Batch: arm.Load.Batch}
			if !reflect.DeepEqual(got, want) || arm.Target.Stream != (want.Batch == nil) {
				t.Errorf("%s%v: arm %s has %+v, stream %v", row.text, row.axes, arm.Name, got, arm.Target.Stream)
			}
		}
	}
}

func TestBatchLoadIsChecked(t *testing.T) {
	for text, want := range map[string]string{
		"target: {dialect: article}\nload: {batch: {}}":                                                                               "dialect article has no API for batches",
		"target: {dialect: openai}\nload: {batch: {}, closed: {}}":                                                                    "expected one of them, found both",
		"target: {dialect: openai}\nload: {batch: {size: 50001}}":                                                                     "at most 50000 prompts in a batch",
		"target: {dialect: anthropic}\nload: {batch: {size: 100000}}\nprompts: {length: 4000}":                                        "characters in a batch",
		"target: {dialect: anthropic, path: /x}\nload: {batch: {}}":                                                                   "target.path: it is the path of requests with one prompt",
		"target: {dialect: anthropic}\nload: {batch: {poll: 1ms}}":                                                                    "load.batch.poll",
		"target: {dialect: anthropic}\nprices: {models: {m: {input: 1, output: 2, batch: {}}}}":                                       "prices.models.m.batch: expected share, or input and output",
		"target: {dialect: anthropic}\nprices: {models: {m: {input: 1, batch: {share: 0.5, input: 1}}}}":                              "found both",
		"target: {dialect: openai, url: \"https://api.example.com\", model: m, auth: {key: \"${env:K}\"}}\nload: {batch: {poll: 1m}}": "load.batch.size: missing",
	} {
		_, err := Parse("test.yaml", []byte("name: least\n"+text), Changes{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	_, err := Parse("test.yaml", []byte("name: least\ntarget: {dialect: anthropic}\nload: {batch: {size: 100000}}"), Changes{})
	if err != nil {
		t.Error(err)
	}
}

func TestRequestsOfABatch(t *testing.T) {
	for _, row := range []struct {
		poll, wait time.Duration
		want       int
	}{{time.Minute, time.Hour, 83}, {time.Minute, 90 * time.Second, 25}, {time.Hour, time.Minute, 24}} {
		if got := (Batch{Poll: row.poll, Wait: row.wait}).Requests(); got != row.want {
			t.Errorf("every %v for %v: %d requests, want %d", row.poll, row.wait, got, row.want)
		}
	}
}
