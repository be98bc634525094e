package scenarios

import (
	"reflect"
	"testing"
	"time"

	"weighbridge/mockserver"
	"weighbridge/mockserver/fault"
	"weighbridge/scenarios/tree"
	"weighbridge/target"
	"weighbridge/target/regions"
)

// TestDefaults checks the default of every key, as an arm has it.
func TestDefaults(t *testing.T) {
	const ms, none = time.Millisecond, 0
	table := map[string]any{
		"target.url":                             "mock",
		"target.model":                           "mock-model",
		"target.stream":                          false,
		"target.path":                            "",
		"target.query":                           map[string]target.Text(nil),
		"target.body":                            map[string]any(nil),
		"target.system":                          "",
		"target.max_tokens_field":                "",
		"target.stream_options":                  true,
		"target.version":                         "",
		"target.betas":                           []string(nil),
		"target.auth.header":                     "authorization",
		"target.stream_end":                      "strict",
		"target.batch.size":                      1,
		"target.batch.linger":                    50 * ms,
		"target.headers":                         map[string]target.Text(nil),
		"target.http.method":                     "POST",
		"target.http.path":                       "/",
		"target.http.headers":                    map[string]target.Text(nil),
		"target.http.body":                       "",
		"target.http.success":                    "status >= 200 && status < 300",
		"target.auth.scheme":                     "apikey",
		"target.auth.key":                        target.Secret(""),
		"target.auth.client_id":                  "",
		"target.auth.client_secret":              target.Secret(""),
		"target.auth.token_path":                 "/oauth2/token",
		"target.auth.jwt.issuer":                 "",
		"target.auth.jwt.secret":                 target.Secret(""),
		"target.auth.jwt.ttl":                    55 * time.Minute,
		"target.auth.jwt.early":                  5 * time.Minute,
		"target.auth.jwt.alg":                    "HS256",
		"target.auth.refresh.policy":             "ahead",
		"target.auth.refresh.every":              time.Hour,
		"target.auth.refresh.background":         true,
		"target.auth.refresh.single_flight":      true,
		"target.auth.refresh.retry":              "none",
		"target.auth.refresh.expiry_error":       time.Duration(0),
		"target.auth.clock.offset":               time.Duration(0),
		"target.auth.clock.drift":                0.0,
		"target.auth.jwt.issued_at":              true,
		"target.auth.jwt.not_before":             false,
		"target.auth.jwt.per_request":            false,
		"target.auth.refresh.early":              30 * time.Second,
		"prompts.length":                         400.0,
		"prompts.distinct":                       1000,
		"prompts.tokens":                         0.0,
		"prompts.tokenizer":                      "",
		"prompts.order":                          "zipf",
		"prompts.history":                        "real",
		"prompts.think":                          time.Duration(0),
		"prompts.turns":                          0,
		"prompts.zipf":                           0.0,
		"prompts.max_tokens":                     64.0,
		"prompts.prefix.tokens":                  0,
		"prompts.prefix.pool":                    1,
		"prompts.cache_bust":                     "none",
		"prompts.file":                           "",
		"prompts.format":                         "",
		"client.protocol":                        "http/1.1",
		"client.connections":                     none,
		"client.streams":                         none,
		"client.in_flight":                       1000,
		"client.concurrency.policy":              "fixed",
		"client.concurrency.start":               20,
		"client.concurrency.min":                 1,
		"client.concurrency.backoff":             0.9,
		"client.timeout":                         30 * time.Second,
		"client.connect_timeout":                 10 * time.Second,
		"client.idle_timeout":                    90 * time.Second,
		"client.transport":                       "lean",
		"client.max_response":                    64,
		"client.keepalive":                       true,
		"client.tls.ca":                          "",
		"client.tls.cert":                        "",
		"client.tls.key":                         "",
		"client.tls.server_name":                 "",
		"client.tls.insecure":                    false,
		"client.proxy":                           target.Text("none"),
		"client.resolve":                         map[string]string(nil),
		"client.dns":                             "each",
		"client.user_agent":                      "",
		"client.retry.policy":                    "none",
		"client.retry.multiplier":                time.Second,
		"client.retry.max":                       10 * time.Second,
		"client.retry.attempts":                  4,
		"client.retry.jitter":                    "full",
		"client.retry.honor_retry_after":         true,
		"client.retry.max_retry_after":           time.Minute,
		"client.retry.budget.share":              0.0,
		"client.retry.budget.burst":              10,
		"load.warmup":                            time.Second,
		"load.ready":                             time.Minute,
		"load.stop.error_rate":                   1.0,
		"load.stop.after":                        100,
		"load.stop.on":                           []string{"credential", "quota", "model"},
		"load.respect_limits.share":              0.0,
		"load.drain":                             30 * time.Second,
		"load.open.rate":                         50.0,
		"load.open.arrivals":                     "poisson",
		"load.open.burstiness":                   2.0,
		"load.open.shape":                        Shape{Name: "flat"},
		"load.open.trace":                        "",
		"load.open.trace_format":                 "",
		"load.open.speed":                        1.0,
		"load.open.duration":                     10 * time.Second,
		"load.closed.in_flight":                  50,
		"load.closed.duration":                   5 * time.Second,
		"load.closed.ramp":                       100 * ms,
		"load.closed.think":                      time.Duration(0),
		"load.capacity.from":                     10.0,
		"load.capacity.to":                       10000.0,
		"load.capacity.error_rate":               0.01,
		"load.capacity.p50":                      time.Duration(0),
		"load.capacity.p90":                      time.Duration(0),
		"load.capacity.p99":                      time.Duration(0),
		"load.capacity.ttft_p50":                 time.Duration(0),
		"load.capacity.ttft_p90":                 time.Duration(0),
		"load.capacity.ttft_p99":                 time.Duration(0),
		"load.capacity.tpot_p50":                 time.Duration(0),
		"load.capacity.tpot_p90":                 time.Duration(0),
		"load.capacity.tpot_p99":                 time.Duration(0),
		"load.capacity.step":                     5 * time.Second,
		"load.capacity.confirm":                  3,
		"load.capacity.precision":                0.02,
		"load.capacity.arrivals":                 "poisson",
		"load.batch.size":                        100,
		"load.batch.poll":                        time.Minute,
		"load.batch.wait":                        24 * time.Hour,
		"mock.seed":                              uint64(1),
		"mock.slots":                             64,
		"mock.queue":                             none,
		"mock.latency.request":                   5 * ms,
		"mock.latency.prompt":                    time.Duration(0),
		"mock.latency.input_token":               time.Duration(0),
		"mock.latency.output_token":              time.Duration(0),
		"mock.latency.contention":                0.0,
		"mock.tokens.per_char":                   0.25,
		"mock.tokens.output":                     64.0,
		"mock.limit.requests.rate":               nil,
		"mock.limit.requests.burst":              nil,
		"mock.limit.input_tokens.rate":           nil,
		"mock.limit.input_tokens.burst":          nil,
		"mock.limit.output_tokens.rate":          nil,
		"mock.limit.output_tokens.burst":         nil,
		"mock.limit.acceleration.factor":         nil,
		"mock.limit.acceleration.window":         nil,
		"mock.limit.acceleration.floor":          nil,
		"mock.limit.spend.tokens":                nil,
		"mock.faults.errors":                     fault.Errors(nil),
		"mock.faults.fail_first.times":           none,
		"mock.faults.fail_first.status":          503,
		"mock.faults.outage.status":              503,
		"mock.faults.delay.by":                   time.Second,
		"mock.faults.slow_first_byte.delay":      time.Second,
		"mock.faults.slow_body.chunk_bytes":      64,
		"mock.faults.slow_body.gap":              50 * ms,
		"mock.faults.bandwidth.bytes_per_second": 16384,
		"mock.faults.reset.at":                   "before_headers",
		"mock.faults.rst_stream.at":              "before_headers",
		"mock.faults.rst_stream.code":            "internal_error",
		"mock.faults.truncate.keep":              0.5,
		"mock.faults.truncate_stream.keep":       0.5,
		"mock.faults.truncate_stream.end":        "clean",
		"mock.faults.stream_error.keep":          0.5,
		"mock.faults.content_type.value":         "text/html",
		"mock.faults.content_length.off":         1,
		"mock.batches.duration":                  500 * ms,
		"mock.clock.issuer.offset":               time.Duration(0),
		"mock.clock.issuer.drift":                0.0,
		"mock.clock.regions":                     map[string]mockserver.Skew(nil),
		"mock.prompt_cache.blocks":               0,
		"mock.prompt_cache.block_tokens":         16,
		"client.cache.entries":                   0, "client.cache.ttl": time.Minute, "client.cache.single_flight": false, "mock.tokens.chunk": 1,
		"mock.clock.offset":            time.Duration(0),
		"mock.clock.drift":             0.0,
		"mock.auth.keys":               []string(nil),
		"mock.auth.oauth.ttl":          time.Hour,
		"mock.auth.oauth.latency":      5 * ms,
		"mock.auth.oauth.introspect":   ms,
		"mock.auth.oauth.cache":        time.Duration(0),
		"mock.auth.oauth.revoke_old":   false,
		"mock.auth.oauth.grace":        time.Duration(0),
		"mock.auth.jwt.leeway":         30 * time.Second,
		"mock.auth.jwt.secret":         "",
		"mock.auth.oauth.limit.rate":   nil,
		"mock.auth.oauth.limit.burst":  nil,
		"mock.auth.jwt.algs":           []string(nil),
		"mock.auth.jwt.issuer":         "",
		"mock.auth.jwt.audience":       "",
		"mock.auth.jwt.keys":           map[string]string(nil),
		"mock.auth.federation.ttl":     time.Hour,
		"mock.auth.federation.leeway":  30 * time.Second,
		"mock.auth.federation.failure": "invalid_grant",
		"mock.auth.federation.rule":    "",
		"mock.auth.federation.latency": 5 * ms,
		"mock.push":                    []string(nil), "mock.callbacks.loss": nil, "mock.callbacks.duplicate": nil, "mock.callbacks.reorder": nil, "mock.callbacks.delay": nil, "mock.callbacks.forged": nil, "mock.callbacks.replayed": nil,
		"mock.server_timing": true, "mock.edge.entries": 0, "mock.edge.ttl": time.Minute, "mock.edge.latency": time.Millisecond, "mock.content.changes_every": time.Duration(0),
		"mock.regions": map[string]mockserver.Region(nil), "mock.sessions.state": "local", "mock.sessions.lag": time.Duration(0),
		"target.regions": map[string]regions.Region(nil), "target.routing.policy": "nearest", "target.routing.order": []string(nil),
		"target.routing.retry_elsewhere": false, "target.routing.sessions": 0,
		"target.health.interval": time.Duration(0), "target.health.timeout": time.Second,
		"target.health.unhealthy_after": 3, "target.health.healthy_after": 2,
		"target.health.fail_back": time.Duration(0), "target.health.path": "/health",
		"target.dns.ttl": time.Duration(0), "target.dns.client_cache": time.Duration(0),

		"target.auth.scope":                        "",
		"target.auth.audience":                     "",
		"target.auth.command":                      target.Command(nil),
		"target.auth.file":                         "",
		"target.auth.every":                        time.Duration(0),
		"target.auth.federation.rule":              "",
		"target.auth.federation.organization":      "",
		"target.auth.federation.service_account":   "",
		"target.auth.federation.workspace":         "",
		"target.auth.federation.identity_provider": "",
		"target.auth.federation.token_type":        "jwt",
		"target.auth.jwt.subject":                  "",
		"target.auth.jwt.key":                      target.Secret(""),
		"target.auth.jwt.kid":                      target.Text(""),
	}
	for _, key := range tree.Keys(reflect.TypeFor[mockserver.Faults]()) {
		if key == "errors" {
			continue
		}
		for when, unset := range map[string]any{
			"share": 0.0, "routes": []string(nil), "after": time.Duration(0), "until": time.Duration(0),
			"every": time.Duration(0), "for": time.Duration(0),
		} {
			table["mock.faults."+key+"."+when] = unset // no fault hits anybody unasked
		}
	}
	arm := mustParse(t, minimal+"load: {open: {}, closed: {}, capacity: {}}\n").Arms()[0]
	arm.Load.Batch = mustParse(t, "name: least\ntarget: {dialect: anthropic}\nload: {batch: {}}\n").Arms()[0].Load.Batch // an arm's only load
	for path := range leafPaths(reflect.TypeFor[Arm](), "") {
		if _, listed := table[path]; !listed && path != "target.dialect" {
			t.Errorf("%s: the table does not say its default", path)
		}
	}
	for path, want := range table {
		got, err := valueAt(&arm, path)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v (%v)", path, got, want, err)
		}
	}
}

func TestExperimentDefaults(t *testing.T) {
	want := Experiment{Order: Concurrent, Blocks: 1, MaxBlocks: 1, Seed: 1}
	if got := mustParse(t, minimal).Experiment; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	got := mustParse(t, minimal+"experiment: {blocks: 5}\n").Experiment
	if got.MaxBlocks != 5 {
		t.Errorf("max_blocks: got %d, want blocks, which is 5", got.MaxBlocks)
	}
}

func TestValidityDefaults(t *testing.T) {
	const ms = time.Millisecond
	want := Validity{SendLag: 5 * ms, SendLagShare: 0.1, ReadLag: 5 * ms, ReadLagShare: 0.1, HandedOver: 0.99, CutOff: 0.01, Generator: 0.001, CPU: 0.7, ClosedCPU: 0.5, GCPause: 5 * ms, Files: 0.9, ClockStep: 50 * ms}
	if got := mustParse(t, minimal).Validity; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	want.CPU = 0.9
	if got := mustParse(t, minimal, "validity.cpu=0.9").Validity; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestDerivedDefaults checks the defaults that depend on other keys, which levels may set.
func TestDerivedDefaults(t *testing.T) {
	s := mustParse(t, `
name: derived
target: {dialect: http, url: "http://127.0.0.1:9"}
experiment: {seed: 7}
mock: {limit: {requests: {rate: 20}, input_tokens: {rate: 0.5}, output_tokens: {rate: 9, burst: 3}}}
matrix:
  a:
    plain: {prompts.distinct: 5}
    other: {target.dialect: article, target.url: mock, prompts.max_tokens: 9, mock.seed: 3}
`)
	plain, other := s.Arms()[0], s.Arms()[1]
	for _, row := range []struct {
		arm  Arm
		path string
		want any
	}{
		{plain, "target.auth.scheme", "none"},
		{other, "target.auth.scheme", "apikey"},
		{plain, "mock.seed", uint64(7)},
		{other, "mock.seed", uint64(3)},
		{plain, "mock.tokens.output", 64.0},
		{other, "mock.tokens.output", 9.0},
		{plain, "mock.limit.requests.burst", 20.0},
		{plain, "mock.limit.input_tokens.burst", 1.0},
		{plain, "mock.limit.output_tokens.burst", 3.0},
	} {
		if got, err := valueAt(&row.arm, row.path); err != nil || got != row.want {
			t.Errorf("%s: %s: got %v, want %v (%v)", row.arm.Name, row.path, got, row.want, err)
		}
	}
}

func TestLoadByPresence(t *testing.T) {
	open, closed := defaultOpen(), defaultClosed()
	open.Rate = defaultRate
	capacity, even := defaultCapacity(), defaultOpen()
	capacity.Arrivals, even.Arrivals, even.Rate = "poisson", "constant", defaultRate
	evenly := capacity
	evenly.Arrivals = "constant"
	fast := open
	fast.Rate = 200
	ramp, steps, sine, trace := open, open, open, open
	ramp.Shape, ramp.Rate = Shape{Ramp: &Ramp{From: 10, To: 30}}, 20
	steps.Shape, steps.Rate = Shape{Steps: &[]float64{10, 0, 50}}, 20
	sine.Shape = Shape{Sine: &Sine{Amplitude: 1}}
	trace.Trace, trace.Rate = "/a.csv", 0
	for _, row := range []struct {
		load string
		want Load
	}{
		{"load: {warmup: 1s}", Load{Open: &open}},
		{"load: {open: {}}", Load{Open: &open}},
		{"load: {open: }", Load{Open: &open}},
		{"load: {open: {rate: 200}}", Load{Open: &fast}},
		{"load: {closed: {}}", Load{Closed: &closed}},
		{"load: {open: , closed: }", Load{Open: &open, Closed: &closed}},
		{"matrix: {a: {b: {load.open.rate: 200}}}", Load{Open: &fast}},
		{"load: {open: {shape: {ramp: {from: 10, to: 30}}}}", Load{Open: &ramp}},
		{"load: {open: {shape: {ramp: {from: 10, to: 30}}, rate: 20}}", Load{Open: &ramp}},
		{"load: {open: {shape: {steps: [10, 0, 50]}}}", Load{Open: &steps}},
		{"load: {open: {shape: {sine: {amplitude: 1}}}}", Load{Open: &sine}},
		{"load: {open: {trace: /a.csv}}", Load{Open: &trace}},
		{"load: {open: {trace: /a.csv, rate: 7, shape: {steps: [1, 2]}}}", Load{Open: &trace}},
		{"load: {capacity: {}}", Load{Capacity: &capacity}},
		{"load: {open: {arrivals: constant}, capacity: }", Load{Open: &even, Capacity: &evenly}},
		{"load: {open: {arrivals: constant}, capacity: {arrivals: poisson}}", Load{Open: &even, Capacity: &capacity}},
		{"load: {closed: {}}\nmatrix: {a: {b: {load.open.rate: 200}}}", Load{Open: &fast, Closed: &closed}},
	} {
		row.want.Warmup, row.want.Ready, row.want.Drain = time.Second, time.Minute, 30*time.Second
		row.want.Stop = Stop{ErrorRate: 1, After: 100, On: []string{"credential", "quota", "model"}}
		if got := mustParse(t, minimal+row.load+"\n").Arms()[0].Load; !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: got %+v", row.load, got)
		}
	}
}

// The drain follows the timeout of its arm, however that was set, unless it is given.
func TestDrainDefaultsToTheTimeout(t *testing.T) {
	drains := func(s *Scenario) (all []time.Duration) {
		for _, arm := range s.Arms() {
			all = append(all, arm.Load.Drain)
		}
		return all
	}
	const axis = "matrix: {t: {short: {client.timeout: 1s}, long: {client.timeout: 24h}, plain: {prompts.distinct: 5}}}\n"
	const s = time.Second
	for _, row := range []struct {
		yaml string
		set  []string
		want []time.Duration
	}{
		{"client: {timeout: 7s}\n", nil, []time.Duration{7 * s}},
		{"", []string{"client.timeout=3s"}, []time.Duration{3 * s}},
		{axis, nil, []time.Duration{s, 24 * time.Hour, 30 * s}},
		{axis + "load: {drain: 2s}\n", nil, []time.Duration{2 * s, 2 * s, 2 * s}},
		{axis, []string{"load.drain=4s"}, []time.Duration{4 * s, 4 * s, 4 * s}},
		{"load: {drain: 0}\n", nil, []time.Duration{30 * s}},
		{"matrix: {d: {given: {load.drain: 50ms}, none: {load.warmup: 2s}}}\n", nil, []time.Duration{s / 20, 30 * s}},
	} {
		parsed := mustParse(t, minimal+row.yaml, row.set...)
		if got := drains(parsed); !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s%v: got %v, want %v", row.yaml, row.set, got, row.want)
		}
		again, err := Parse("again.yaml", parsed.Show(), Changes{})
		if err != nil || !reflect.DeepEqual(drains(again), row.want) {
			t.Errorf("%s%v: shown and parsed again: %v, %v", row.yaml, row.set, drains(again), err)
		}
	}
}
