package scenarios

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"weighbridge/mockserver"
	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/callback"
	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/fault"
	"weighbridge/scenarios/tree"
	"weighbridge/target"
	"weighbridge/target/budget"
	"weighbridge/target/prices"
	"weighbridge/target/regions"
)

const everyKey = "testdata/every-key.yaml"

func readEveryKey(t testing.TB) *Scenario {
	t.Helper()
	source, err := os.ReadFile(everyKey)
	if err != nil {
		t.Fatal(err)
	}
	s, p := decoded(string(source))
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDecodeEveryKey(t *testing.T) {
	want := Scenario{
		Name: "every-key", Title: "A title", About: "More\nwords\n", Preset: "article-2023",
		Target: wantTarget(),
		Prompts: Prompts{
			Length:   mockserver.Number{LogNormal: &dist.LogNormal[float64]{P50: 300, P99: 3000}},
			Distinct: 2000, Tokens: mockserver.Number{Uniform: &dist.Uniform[float64]{Min: 10, Max: 20}}, Tokenizer: "o200k_base", Order: "shuffle", Zipf: 1.1, MaxTokens: mockserver.Number{Constant: 128}, File: "prompts.jsonl", Format: "messages", History: "file", Think: dist.Duration{Constant: 2 * time.Second}, Turns: 5,
			Prefix: Prefix{Tokens: 1000, Pool: 3}, CacheBust: "block",
		},
		Client: target.Client{
			Protocol: "h2c", Connections: 7, Streams: 8, InFlight: 8, Timeout: 1500 * time.Millisecond,
			ConnectTimeout: 1200 * time.Millisecond, IdleTimeout: 4 * time.Second, MaxResponse: 1000, Transport: "standard",
			TLS:   target.TLS{CA: "ca.pem", Cert: "cert.pem", Key: "key.pem", ServerName: "api.example.com", Insecure: true},
			Proxy: "http://${env:PROXY_USER}:${env:PROXY_PASSWORD}@127.0.0.1:3128", DNS: "spread", UserAgent: "test/1",
			Resolve:     map[string]string{"api.example.com": "127.0.0.1", "login.example.com:443": "127.0.0.1:8443"},
			Retry:       target.Retry{Policy: "fixed", Multiplier: 2 * time.Second, Max: 3 * time.Second, Attempts: 5, Jitter: "none", MaxRetryAfter: 9 * time.Second, Budget: target.RetryBudget{Share: 0.2, Burst: 30}},
			Concurrency: target.Concurrency{Policy: "adaptive", Start: 6, Min: 2, Backoff: 0.8},
			Cache:       target.Cache{Entries: 500, TTL: 7 * time.Second, SingleFlight: true},
		},
		Load: Load{
			Warmup: 3 * time.Second, Ready: 20 * time.Second, Drain: 3500 * time.Millisecond, Stop: Stop{ErrorRate: 0.5, After: 20, On: []string{"quota"}}, RespectLimits: RespectLimits{Share: 0.8},
			Open: &Open{
				Rate: 12.5, Arrivals: "constant", Burstiness: 3, Shape: Shape{Steps: &[]float64{5, 20}}, Trace: "trace.csv", TraceFormat: "azure", Speed: 2.5, Duration: 4 * time.Second,
			},
			Closed: &Closed{
				InFlight: 6, Duration: 700 * time.Millisecond, Ramp: 50 * time.Millisecond,
				Think: dist.Duration{Exponential: &dist.Exponential[time.Duration]{Mean: 8 * time.Millisecond}},
			},
			Batch: &Batch{Size: 30, Poll: 20 * time.Second, Wait: 48 * time.Hour},
			Capacity: &Capacity{
				From: 20, To: 400, ErrorRate: 0.05, P99: 90 * time.Millisecond, P50: 30 * time.Millisecond, P90: 60 * time.Millisecond,
				TTFTP50: 10 * time.Millisecond, TTFTP90: 20 * time.Millisecond, TTFTP99: 40 * time.Millisecond,
				TPOTP50: time.Millisecond, TPOTP90: 2 * time.Millisecond, TPOTP99: 4 * time.Millisecond, Step: 6 * time.Second, Confirm: 2, Precision: 0.04, Arrivals: "constant",
			},
		},
		Budget: budget.Config{Requests: 1000, Prompts: 2000, InputTokens: 3000, OutputTokens: 4000, USD: 2.5, Reserve: "expected"},
		Prices: prices.Config{
			Models: map[string]prices.Price{"m": {Input: 3, Output: 15.5, CacheRead: new(0.3), CacheWrite: new(3.75), Batch: &prices.Batch{Share: new(0.5), Input: new(1.5), Output: new(7.75), CacheRead: new(0.15), CacheWrite: new(1.875)}}}, File: "prices.json", Format: "litellm",
		},
		Experiment: Experiment{Order: Sequential, Blocks: 15, MaxBlocks: 45, RestartEvery: 5, Seed: 18446744073709551615},
		Objectives: Objectives{TTFT: 800 * time.Millisecond, TPOT: 40 * time.Millisecond, Response: 10 * time.Second},
		Alert:      Alert{Under: 0.995, Window: time.Minute},
		Validity: Validity{
			SendLag: 6 * time.Millisecond, SendLagShare: 0.2, ReadLag: 8 * time.Millisecond, ReadLagShare: 0.3, HandedOver: 0.98, CutOff: 0.02, Generator: 0.002, CPU: 0.8, ClosedCPU: 0.6,
			GCPause: 7 * time.Millisecond, Files: 0.5, ClockStep: 60 * time.Millisecond,
		},
		Mock: wantMock(),
		Matrix: Matrix{
			{Name: "batching", Levels: []Level{
				{"single", []tree.Patch{{Path: "target.batch.size"}}},
				{"batch10", []tree.Patch{{Path: "target.batch.size"}, {Path: "client.timeout"}}},
			}},
			{Name: "protocol", Levels: []Level{{"h1", []tree.Patch{{Path: "client.protocol"}}}}},
		},
		Rules: []Rule{
			{Name: "rare", Assert: "error_rate < 0.01"},
			{Name: "same", NoRegression: &NoRegression{"batching", "single", "batch10", "combination", []string{"p50", "tps"}, 0.05, 0.002}},
		},
		Claims: []Claim{{"C12", "more", `at(tps, "batching=single")`, "at_least", 1.68, 0.2, "batching", "it is an opinion", "never", "the article"}},
	}
	ignore := cmp.Options{cmpopts.IgnoreFields(tree.Patch{}, "Value", "At"), cmpopts.IgnoreUnexported(Scenario{}, Axis{})}
	if diff := cmp.Diff(want, *readEveryKey(t), ignore); diff != "" {
		t.Error(diff)
	}
}

func wantTarget() target.Config {
	return target.Config{
		Dialect: "anthropic", URL: "https://localhost:8443", Model: "5", Stream: true, StreamEnd: "lenient",
		Path:  "/ask/here?v=2",
		Query: map[string]target.Text{"api-version": "2026-11-01"},
		Body: map[string]any{
			"temperature": json.Number("0.5"), "top_k": json.Number("3"), "seed": json.Number("12345678901234567890"), "off": false,
			"stop": []any{"a", "2"}, "thinking": map[string]any{"type": "enabled", "budget": nil},
		},
		System: "be brief", MaxTokensField: "both", Version: "2023-06-01", Betas: []string{"one-2026-01-01", "two"},
		Batch:   target.Batch{Size: 10},
		Headers: map[string]target.Text{"X-One": "${env:ONE}", "X-Two": "2"},
		HTTP: target.HTTP{
			Method: "PUT", Path: "/ask", Headers: map[string]target.Text{"X-Three": "three"},
			Body: `{"q": {{json .Prompt}}}`, Success: "status == 200",
		},
		Auth: target.Auth{
			Scheme: "jwt", Key: "${env:KEY}", Header: "api-key", ClientID: "me", ClientSecret: "${file:/run/secret}", TokenPath: "/token",
			Scope: "read write", Audience: "https://api.example", Command: target.Command{"print-token", "--for", "me"}, File: "/run/token", Every: 15 * time.Minute,
			Federation: target.Federation{
				Rule: "fdrl_1", Organization: "org", ServiceAccount: "svac_1", Workspace: "default", IdentityProvider: "idp_1", TokenType: "id_token",
			},
			JWT: target.JWT{
				Issuer: "issuer", Subject: "me", Secret: "${env:JWT}", Key: "${file:/run/key.pem}", KeyID: "one",
				NotBefore: true, PerRequest: true, TTL: 10 * time.Minute, Early: 90 * time.Second, Alg: "EdDSA",
			},
			Refresh: target.Refresh{Policy: "on_401", Early: time.Second, Every: 2 * time.Minute, Retry: "none", ExpiryError: -8 * time.Hour},
			Clock:   target.Clock{Offset: 8 * time.Hour, Drift: 0.01},
		},
		Regions: map[string]regions.Region{"eu": {URL: "https://localhost:8443", Weight: 2}, "us": {URL: "https://localhost:8444"}},
		Routing: regions.Routing{Policy: "sticky", Order: []string{"us", "eu"}, RetryElsewhere: true, Sessions: 12},
		Health: regions.Health{
			Interval: 2 * time.Second, Timeout: 300 * time.Millisecond, UnhealthyAfter: 4, HealthyAfter: 5, FailBack: 7 * time.Second, Path: "/ready",
		},
		DNS: regions.DNS{TTL: 30 * time.Second, ClientCache: time.Minute},
	}
}

func wantMock() mockserver.Config {
	const ms = time.Millisecond
	return mockserver.Config{
		Seed: 2, Slots: 3, Queue: 4,
		Latency: mockserver.Latency{
			Request:     dist.Duration{Uniform: &dist.Uniform[time.Duration]{Min: ms, Max: 2 * ms}},
			Prompt:      dist.Duration{Normal: &dist.Normal[time.Duration]{Mean: 3 * ms, SD: ms}},
			InputToken:  dist.Duration{Exponential: &dist.Exponential[time.Duration]{Mean: 2 * time.Microsecond}},
			OutputToken: constant(50 * time.Microsecond),
			Contention:  0.02,
		},
		PromptCache: mockserver.PromptCache{Blocks: 100, BlockTokens: 8},
		Push:        []string{"/v1/models"},
		Callbacks:   &callback.Config{Loss: 0.01, Duplicate: 0.02, Reorder: 0.03, Delay: constant(40 * ms), Forged: 0.04, Replayed: 0.05},
		Edge:        mockserver.Edge{Entries: 200, TTL: 6 * time.Second, Latency: dist.Duration{Constant: 2 * time.Millisecond}},
		Content:     mockserver.Content{ChangesEvery: 5 * time.Second},
		Tokens:      mockserver.Tokens{PerChar: 0.5, Chunk: 2, Output: mockserver.Number{Constant: 11}},
		Limit: mockserver.Limit{
			Requests:     &mockserver.Bucket{Rate: 10, Burst: 20},
			InputTokens:  &mockserver.Bucket{Rate: 30, Burst: 40},
			OutputTokens: &mockserver.Bucket{Rate: 50, Burst: 60},
			Acceleration: &fault.Acceleration{Factor: 3, Window: 5 * time.Second, Floor: 7},
			Spend:        &fault.Spend{Tokens: 70},
		},
		Faults:  wantFaults(),
		Batches: mockserver.Batches{Duration: constant(20 * ms)},
		Regions: map[string]mockserver.Region{"eu": {
			Latency: constant(4 * ms), Outages: []mockserver.RegionOutage{{After: 3 * time.Second, For: 2 * time.Second, Every: 9 * time.Second, Kind: "hang"}},
		}},
		Sessions: mockserver.Sessions{State: "replicated", Lag: 150 * ms},
		Clock: mockserver.Clock{
			Skew:    mockserver.Skew{Offset: -31 * time.Second, Drift: 0.001},
			Issuer:  mockserver.Skew{Offset: 2 * time.Second, Drift: 0.002},
			Regions: map[string]mockserver.Skew{"eu": {Offset: 3 * time.Second, Drift: 0.003}},
		},
		Auth: mockserver.Auth{
			Keys:  []string{"one", "two"},
			OAuth: mockserver.OAuth{TTL: 2 * time.Minute, Latency: constant(6 * ms), Introspect: constant(7 * ms), Cache: 3 * time.Second, RevokeOld: true, Grace: 8 * time.Second, Limit: &authz.Limit{Rate: 4, Burst: 5}},
			JWT: mockserver.JWT{
				Leeway: 5 * time.Minute, Secret: "hush", Algs: []string{"ES256"}, Issuer: "me", Audience: "you", Keys: map[string]string{"k1": "pem"},
			},
			Federation: authz.Federation{TTL: 2 * time.Minute, Leeway: 5 * time.Second, Failure: "unauthorized", Rule: "fdrl_1", Latency: constant(ms)},
		},
	}
}

func constant(d time.Duration) dist.Duration { return dist.Duration{Constant: d} }

func wantFaults() mockserver.Faults {
	const ms = time.Millisecond
	when := fault.When{
		Share: 0.1, Routes: []string{"/v1/batch"}, After: time.Second, Until: 9 * time.Second, Every: 2 * time.Second, For: 100 * ms,
	}
	return mockserver.Faults{
		Errors: fault.Errors{
			500: {When: fault.When{Share: 0.1}},
			529: {When: when, Body: "busy", Headers: map[string]string{"X-Why": "busy"}},
		},
		ItemErrors:     fault.ItemErrors{When: when},
		FailFirst:      fault.FailFirst{When: when, Times: 3, Status: 500},
		Outage:         fault.Outage{When: when},
		Delay:          fault.Delay{When: when, By: constant(2 * ms)},
		Stall:          fault.Stall{When: when},
		SlowFirstByte:  fault.SlowFirstByte{When: when, Delay: 3 * ms},
		SlowBody:       fault.SlowBody{When: when, ChunkBytes: 32, Gap: 4 * ms},
		Bandwidth:      fault.Bandwidth{When: when, BytesPerSecond: 1024},
		Reset:          fault.Reset{When: when, At: "mid_body"},
		RSTStream:      fault.RSTStream{When: when, Code: "cancel", At: "after_headers"},
		RefusedStream:  fault.RefusedStream{When: when},
		Goaway:         fault.Goaway{When: when},
		Truncate:       fault.Truncate{When: when, Keep: 0.25},
		TruncateStream: fault.TruncateStream{When: when, Keep: 0.25, End: "abrupt"},
		StreamError:    fault.StreamError{When: when, Keep: 0.25},
		Malformed:      fault.Malformed{When: when},
		ContentType:    fault.ContentType{When: when, Value: "text/plain"},
		ContentLength:  fault.ContentLength{When: when, Off: -2},
		Duplicate:      fault.Duplicate{When: when},
	}
}

// TestEveryKeyIsTried keeps every-key.yaml complete: it has each key of the language, with a
// value other than the default.
func TestEveryKeyIsTried(t *testing.T) {
	given, defaults := readEveryKey(t), Defaults()
	for path := range leafPaths(reflect.TypeFor[Scenario](), "") {
		got, err := valueAt(given, path)
		if err != nil {
			t.Fatal(err)
		}
		if byDefault, _ := valueAt(&defaults, path); path != "target.auth.jwt.alg" && reflect.DeepEqual(got, byDefault) {
			t.Errorf("%s: %s leaves it at its default, %v", path, everyKey, got)
		}
	}
}

// TestChecksAreWellFormed checks that the limits in all check tags can be parsed, and that they
// are on ordered types.
func TestChecksAreWellFormed(t *testing.T) {
	for path, field := range leafPaths(reflect.TypeFor[Scenario](), "") {
		c := tree.CheckOf(field)
		of := field.Type
		if of.Kind() == reflect.Map || of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		for _, limit := range []string{c.Min, c.Max} {
			if limit != "" && !tree.Set(reflect.New(of).Elem(), limit) {
				t.Errorf("%s: %q is not a valid %s", path, limit, of)
			}
		}
		if len(c.Enum) > 0 && of.Kind() != reflect.String {
			t.Errorf("%s: an enum on %s", path, of)
		}
		if byTag := field.Tag.Get("check"); byTag != "" && c.Min == "" && c.Max == "" && len(c.Enum) == 0 {
			t.Errorf("%s: %q checks nothing", path, byTag)
		}
	}
}
