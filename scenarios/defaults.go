package scenarios

import (
	"time"

	"weighbridge/mockserver"
	"weighbridge/scenarios/metric"
	"weighbridge/target"
	"weighbridge/target/budget"
	"weighbridge/target/regions"
)

// Defaults returns a scenario in which every key has its default. Defaults that depend on other
// keys are empty here and filled in for each arm.
func Defaults() Scenario {
	return Scenario{
		Target:     defaultTarget(),
		Prompts:    Prompts{Length: mockserver.Number{Constant: 400}, Distinct: 1000, Order: OrderZipf, History: "real", MaxTokens: mockserver.Number{Constant: 64}, Prefix: Prefix{Pool: 1}},
		Client:     defaultClient(),
		Load:       Load{Warmup: time.Second, Ready: time.Minute, Stop: Stop{ErrorRate: 1, After: 100, On: []string{"credential", "quota", "model"}}},
		Budget:     budget.Config{Reserve: "max_tokens"},
		Experiment: Experiment{Blocks: 1, Seed: 1},
		Alert:      Alert{Window: 5 * time.Minute},
		Validity:   defaultValidity(),
		Mock:       mockserver.DefaultConfig(),
	}
}

func defaultTarget() target.Config {
	routing, health := regions.Defaults()
	return target.Config{
		Routing: routing, Health: health,

		URL:   target.Mock,
		Model: target.MockModel,

		StreamOptions: true,
		StreamEnd:     "strict",
		Batch:         target.Batch{Size: 1, Linger: 50 * time.Millisecond},
		HTTP:          target.HTTP{Method: "POST", Path: "/", Success: "status >= 200 && status < 300"},
		Auth: target.Auth{
			JWT:     target.JWT{TTL: 55 * time.Minute, Early: 5 * time.Minute, IssuedAt: true},
			Refresh: target.Refresh{Policy: "ahead", Every: time.Hour, Background: true, SingleFlight: true},
		},
	}
}

func defaultClient() target.Client {
	return target.Client{
		Protocol:       "http/1.1",
		InFlight:       1000,
		Concurrency:    target.Concurrency{Policy: target.ConcurrencyFixed, Min: 1, Backoff: 0.9},
		Timeout:        30 * time.Second,
		ConnectTimeout: target.DefaultConnectTimeout,
		IdleTimeout:    target.DefaultIdleTimeout,
		MaxResponse:    target.DefaultMaxResponse,
		Keepalive:      true,
		Transport:      "lean",
		Proxy:          target.ProxyNone,
		DNS:            "each",
		Cache:          target.Cache{TTL: time.Minute},
		Retry: target.Retry{
			Policy:          "none",
			Multiplier:      time.Second,
			Max:             10 * time.Second,
			Jitter:          "full",
			HonorRetryAfter: true,
			MaxRetryAfter:   time.Minute,
			Budget:          target.RetryBudget{Burst: 10},
		},
	}
}

func defaultOpen() Open {
	return Open{Arrivals: "poisson", Burstiness: 2, Speed: 1, Shape: Shape{Name: "flat"}, Duration: 10 * time.Second}
}

func defaultClosed() Closed {
	return Closed{InFlight: 50, Duration: 5 * time.Second, Ramp: 100 * time.Millisecond}
}

func defaultBatch() Batch {
	return Batch{Size: 100, Poll: time.Minute, Wait: 24 * time.Hour}
}

func defaultNoRegression() NoRegression {
	errorRate, _ := metric.Named(metric.ErrorRate)
	return NoRegression{By: "both", ErrorMargin: errorRate.Margin}
}

func defaultClaim() Claim { return Claim{Is: AboutClaimed, Within: 0.1} }

func defaultValidity() Validity {
	return Validity{
		SendLag: 5 * time.Millisecond, SendLagShare: 0.1, ReadLag: 5 * time.Millisecond, ReadLagShare: 0.1, HandedOver: 0.99, CutOff: 0.01, Generator: 0.001, CPU: 0.7, ClosedCPU: 0.5,
		GCPause: 5 * time.Millisecond, Files: 0.9, ClockStep: 50 * time.Millisecond,
	}
}

// loads returns the defaults of the sections of load, which apply once the section is present.
func (s *Scenario) loads() (Open, Closed, Capacity) {
	open, closed, capacity := defaultOpen(), defaultClosed(), defaultCapacity()
	if s.quick {
		open.Duration = min(open.Duration, quickOpen)
		closed.Duration = min(closed.Duration, quickClosed)
		capacity.shorten()
	}
	return open, closed, capacity
}

// fillExperiment sets the default of the experiment that depends on other keys.
func (s *Scenario) fillExperiment() {
	if s.Experiment.MaxBlocks == 0 {
		s.Experiment.MaxBlocks = s.Experiment.Blocks
	}
}

// fillOrder sets the order of the experiment, if the scenario gives none: arms that share a
// server take turns, or each would be measured under the load of all.
func (s *Scenario) fillOrder() {
	if s.Experiment.Order != "" {
		return
	}
	s.Experiment.Order = Concurrent
	_, _, shared := s.sharing()
	if _, off := s.OffLoopback(); shared || off && len(s.arms) > 1 {
		s.Experiment.Order = Sequential
	}
}

// fillCacheBust sets how arms keep a provider's prompt cache apart, if the scenario does not
// say: arms that share a server elsewhere must not warm it for each other.
func (s *Scenario) fillCacheBust() {
	arms := map[string]int{} // by server
	for i := range s.arms {
		if s.arms[i].OffLoopback() {
			arms[target.ServerOf(s.arms[i].Target.URL)]++
		}
	}
	for i := range s.arms {
		if arm := &s.arms[i]; arm.Prompts.CacheBust == "" {
			arm.Prompts.CacheBust = "none"
			if arms[target.ServerOf(arm.Target.URL)] > 1 {
				arm.Prompts.CacheBust = "arm"
			}
		}
	}
}

// fillRules sets the metrics of no_regression rules that name none: the default metrics that
// can be compared under the load of the scenario.
func (s *Scenario) fillRules() {
	for i := range s.Rules {
		r := s.Rules[i].NoRegression
		if r == nil || len(r.Metrics) > 0 {
			continue
		}
		for _, m := range metric.Default() {
			if !m.NeedsClosedLoad || s.closes() {
				r.Metrics = append(r.Metrics, m.Name)
			}
		}
	}
}

// fillDefaults sets the defaults of an arm that depend on other keys.
func (s *Scenario) fillDefaults(arm *Arm) {
	if !arm.Load.interactive() && arm.Load.Batch == nil {
		open, _, _ := s.loads()
		arm.Load.Open = &open
	}
	if arm.Load.Drain == 0 {
		arm.Load.Drain = arm.Client.Timeout
	}
	fillRate(arm.Load.Open)
	if c := arm.Load.Capacity; c != nil && c.Arrivals == "" {
		c.Arrivals = "poisson"
		if arm.Load.Open != nil && arm.Load.Open.Arrivals == "constant" {
			c.Arrivals = "constant"
		}
	}
	arm.fillRegions()
	fillDialect(&arm.Target)
	if arm.Load.Batch != nil {
		arm.Target.Stream = false // the answers of a batch come whole
	}
	arm.Target.FillModel()
	fillRetry(&arm.Client.Retry, arm.Target.Dialect)
	if c := &arm.Client.Concurrency; c.Start == 0 {
		c.Start = min(defaultStart, arm.Client.InFlight)
	}
	if arm.Mock.Seed == 0 {
		arm.Mock.Seed = s.Experiment.Seed
	}
	if arm.Mock.Tokens.Output.IsZero() {
		arm.Mock.Tokens.Output.Constant = arm.Prompts.MaxTokens.Constant // of a distribution, what each request asks for
	}
	fillBursts(arm.Mock.Limit)
}

// fillRegions makes the mock's regions the target's, if it has none, and the URL of the first region, by
// name, the target's if only regions have URLs.
func (a *Arm) fillRegions() {
	t := &a.Target
	if t.URL == target.Mock && len(t.Regions) == 0 && len(a.Mock.Regions) > 0 {
		t.Regions = map[string]regions.Region{}
		for name := range a.Mock.Regions {
			t.Regions[name] = regions.Region{}
		}
	}
	urls := a.targets()
	if t.URL == target.Mock && len(t.Regions) > 0 && len(urls) == len(t.Regions)+1 {
		t.URL = urls[1]
	}
}

// fillBursts sets missing bursts: a bucket holds one second's worth, at least 1.
func fillBursts(limit mockserver.Limit) {
	for _, bucket := range []*mockserver.Bucket{limit.Requests, limit.InputTokens, limit.OutputTokens} {
		if bucket != nil && bucket.Burst == 0 {
			bucket.Burst = max(bucket.Rate, 1)
		}
	}
}

// defaultStart is the adaptive limit of requests in flight at first.
const defaultStart = 20

// fillRetry sets which SDK policy sdk stands for, and the attempts.
func fillRetry(r *target.Retry, dialect string) {
	if r.Policy == target.RetrySDK {
		r.Policy = target.RetrySDKAnthropic
		if dialect == "openai" || dialect == "responses" {
			r.Policy = target.RetrySDKOpenAI
		}
	}
	if r.Attempts == 0 {
		r.Attempts = defaultAttempts(r.Policy)
	}
}

// defaultAttempts is the number of attempts of a retry policy: the SDKs retry twice.
func defaultAttempts(policy string) int {
	if (target.Retry{Policy: policy}).SDK() {
		return 3
	}
	return 4
}

// fillDialect sets the defaults of a target that depend on its dialect.
func fillDialect(t *target.Config) {
	if t.Auth.Scheme == "" {
		t.Auth.Scheme = "apikey"
		if t.Dialect == "http" {
			t.Auth.Scheme = "none"
		}
	}
	fillAuth(t)
	switch {
	case t.Dialect == "openai" && t.MaxTokensField == "":
		t.MaxTokensField = "max_completion_tokens"
	case t.Dialect == "anthropic" && t.MaxTokensField == "":
		t.MaxTokensField = "max_tokens"
	}
	if t.Dialect == "anthropic" && t.Version == "" {
		t.Version = target.AnthropicVersion
	}
}

// fillAuth sets the defaults of credentials that depend on their scheme and the dialect.
func fillAuth(t *target.Config) {
	auth := &t.Auth
	if auth.Header == "" {
		auth.Header = "authorization"
		if t.Dialect == "anthropic" && auth.Scheme == "apikey" {
			auth.Header = "x-api-key"
		}
	}
	federated, openAI := auth.Scheme == "federation", target.OpenAIFederation(t.Dialect)
	if auth.TokenPath == "" {
		switch {
		case !federated:
			auth.TokenPath = "/oauth2/token"
		case !openAI:
			auth.TokenPath = "/v1/oauth/token"
		case t.URL == target.Mock:
			auth.TokenPath = "/oauth/token"
		default:
			auth.TokenPath = "https://auth.openai.com/oauth/token"
		}
	}
	if auth.Refresh.Early == 0 {
		auth.Refresh.Early = 30 * time.Second
		if federated {
			auth.Refresh.Early = target.EarlyAnthropic
		}
		if federated && openAI {
			auth.Refresh.Early = target.EarlyOpenAI
		}
	}
	if auth.Refresh.Retry == "" {
		auth.Refresh.Retry = "none"
		if auth.Refresh.Policy == "on_401" || federated {
			auth.Refresh.Retry = "once"
		}
	}
	if auth.Federation.TokenType == "" {
		auth.Federation.TokenType = "jwt"
	}
	switch jwt := &auth.JWT; {
	case jwt.Alg != "" || jwt.Key != "":
	case federated:
		jwt.Alg = "ES256"
	default:
		jwt.Alg = "HS256"
	}
}
