package scenarios

import (
	"strings"

	"weighbridge/scenarios/tree"
	"weighbridge/target"
	"weighbridge/target/outbound"
)

// validate checks the keys of an arm against each other and rejects what is not built yet.
// at has the positions of its values.
func (a *Arm) validate(at tree.Positions, report reporter) {
	a.validateDialect(report)
	a.validateRequest(report)
	a.validateConversations(report)
	for _, check := range []func() map[string]string{a.Target.CheckHeaders, a.Target.CheckKeys} {
		for path, wrong := range check() {
			report(path, "%s", wrong)
		}
	}
	a.validatePaths(report)
	a.validateReferences(report)
	a.validateMock(report)
	a.validateNetwork(report)
	a.validateRetry(report)
	a.validateConcurrency(report)
	a.validateRegions(report)
	a.validateOpen(report)
	a.validateCapacity(report)
	a.validateBatch(report)
	a.validateCache(report)
	a.validateObjectives(report)
	if validateTarget(a.Target.URL, report) {
		a.validateProtocol(report)
		a.validateAuth(report)
		a.validateEncryption(report)
		a.validateLoadElsewhere(at, report)
	}
}

func (a *Arm) validateDialect(report reporter) {
	switch a.Target.Dialect {
	case "":
		report("target.dialect", "missing: expected one of article, anthropic, openai, responses, http")
	case "anthropic", "openai", "responses":
		if a.Target.Batch.Size != 1 {
			report("target.batch.size", "dialect %s carries one prompt per request: expected 1, found %d", a.Target.Dialect, a.Target.Batch.Size)
		}
		return // it has streams
	case "http":
		if a.Target.URL == target.Mock {
			report("target.url", "missing: dialect http needs an http(s) URL")
		}
	}
	if a.Target.Stream {
		report("target.stream", "dialect %s does not stream: expected dialect anthropic, openai or responses, or stream: false", a.Target.Dialect)
	}
}

// validateRetry checks client.retry.
func (a *Arm) validateRetry(report reporter) {
	if r := a.Client.Retry; r.Policy == target.RetryFixed && r.Jitter == target.JitterDecorrelated {
		report("client.retry.jitter", "decorrelated jitter needs growing back-offs: expected policy exponential, found %s", r.Policy)
	}
}

// validateConcurrency checks client.concurrency against client.in_flight.
func (a *Arm) validateConcurrency(report reporter) {
	c := a.Client.Concurrency
	if c.Policy != target.ConcurrencyAdaptive {
		return
	}
	if c.Start > a.Client.InFlight {
		report("client.concurrency.start", "expected at most client.in_flight (%d), found %d", a.Client.InFlight, c.Start)
	}
	if c.Min > c.Start {
		report("client.concurrency.min", "expected at most client.concurrency.start (%d), found %d", c.Start, c.Min)
	}
}

// maxOpenAIBatch is the most prompts in a batch of OpenAI's API, and maxBatch the most characters in
// the prompts of any batch, on average: the APIs take 200 MB (OpenAI) and 256 MB (Anthropic).
const (
	maxOpenAIBatch = 50_000
	maxBatch       = 100_000_000
)

// validateBatch checks load.batch, which needs an API for batches.
func (a *Arm) validateBatch(report reporter) {
	b := a.Load.Batch
	if b == nil {
		return
	}
	switch dialect := a.Target.Dialect; {
	case dialect == "article" || dialect == "http":
		report("load.batch", "dialect %s has no API for batches: expected dialect anthropic, openai or responses", dialect)
	case dialect != "anthropic" && b.Size > maxOpenAIBatch:
		report("load.batch.size", "OpenAI's API takes at most %d prompts in a batch, found %d", maxOpenAIBatch, b.Size)
	}
	if a.Mock.Callbacks != nil {
		report("mock.callbacks", "batches send no usage callbacks: expected no load.batch, or no callbacks")
	}
	if a.Load.interactive() {
		report("load.batch", "an arm has either batches or load.open, load.closed and load.capacity: expected one of them, found both")
	}
	if a.Target.Path != "" {
		report("target.path", "it is the path of requests with one prompt, and load.batch uses several paths: expected a base target.url instead")
	}
	if size := float64(b.Size) * (a.Prompts.meanLength() + a.Prompts.Prefix.characters()); a.Prompts.File == "" && size > maxBatch {
		report("load.batch.size", "expected at most %d characters in a batch, found about %.3g (load.batch.size × prompts.length)", maxBatch, size)
	}
}

// validateCache checks what client.cache cannot keep.
func (a *Arm) validateCache(report reporter) {
	switch {
	case a.Client.Cache.Entries == 0:
	case a.Load.Batch != nil:
		report("client.cache.entries", "load.batch sends each batch once: expected no cache, or another load")
	case a.Target.Stream:
		report("client.cache.entries", "streams are not cached: expected target.stream: false, or no cache")
	}
}

// validateTarget checks target.url, which may be a unix socket or the mock, too.
func validateTarget(address string, report reporter) bool {
	if !strings.HasPrefix(address, "unix:") {
		return validateURL(keyURL, address, report)
	}
	_, err := target.ParseEndpoint(address)
	if err != nil {
		report(keyURL, "%v", err)
	}
	return err == nil
}

// validateURL checks an address that requests are sent to and reports whether it is valid.
// Whether its host is allowed is for the command line to say.
func validateURL(path, address string, report reporter) bool {
	if address == target.Mock {
		return true
	}
	u, err := target.ParseURL(address)
	if err == nil {
		_, err = outbound.ParseHost(u.Hostname())
	}
	if err != nil {
		report(path, "%v", err)
	}
	return err == nil
}

// validatePaths checks the path of the http dialect, and the token endpoint: a path on the
// target, or a URL.
func (a *Arm) validatePaths(report reporter) {
	if a.Target.Path != "" {
		validatePath("target.path", a.Target.Path, report)
	}
	if path := a.Target.HTTP.Path; !a.Target.IsTemplate(target.Text(path)) { // a template's are checked as it is executed
		validatePath("target.http.path", path, report)
	}
	switch endpoint := a.Target.Auth.TokenPath; {
	case strings.HasPrefix(endpoint, "/"):
		validatePath(keyTokenPath, endpoint, report)
	case !strings.Contains(endpoint, "://"):
		report(keyTokenPath, "expected a path that begins with /, or an http(s) URL, found %q", target.MaskCredentials(keyTokenPath, endpoint))
	default:
		validateURL(keyTokenPath, endpoint, report)
	}
}

// validatePath checks a path on the target.
func validatePath(key, path string, report reporter) {
	if _, err := target.ParsePath(path); err != nil {
		report(key, "%v", err)
	}
}

func (a *Arm) validateProtocol(report reporter) {
	if a.Client.Protocol != "http/1.1" {
		for path, wrong := range a.Target.CheckHTTP2Headers() {
			report(path, "%s", wrong)
		}
	}
	needs := map[string]string{"http/2": "https://", "h2c": "http://"}[a.Client.Protocol]
	if a.Client.Protocol == "h2c" && strings.HasPrefix(a.Target.URL, "unix:") {
		return
	}
	for _, address := range a.targets() {
		if address != target.Mock && !strings.HasPrefix(address, needs) {
			report("client.protocol", "%s needs an %s URL or the mock, found %s", a.Client.Protocol, needs, address)
		}
	}
}

// validateAuth checks that credentials are given for any target but the mock, which has its
// own.
func (a *Arm) validateAuth(report reporter) {
	auth := a.Target.Auth
	if !auth.JWT.PerRequest && auth.JWT.Early >= auth.JWT.TTL {
		report("target.auth.jwt.early", "expected less than target.auth.jwt.ttl (%v), found %v", auth.JWT.TTL, auth.JWT.Early)
	}
	if missing := auth.Missing(a.Target.Dialect); missing != "" && a.Target.URL != target.Mock {
		report("target.auth.scheme", "scheme %s needs %s in target.auth unless the target is the mock; for a server that asks for no credential: auth: {scheme: none}", auth.Scheme, missing)
	}
	if alg := auth.JWT.Alg; a.Target.URL == target.Mock && auth.JWT.Key == "" && (alg == "RS256" || alg == "EdDSA") {
		report("target.auth.jwt.alg", "%s needs target.auth.jwt.key: the mock's own key is for ES256", alg)
	}
}

// validateMock runs the mock's own validation, whose messages begin with a path under mock.
func (a *Arm) validateMock(report reporter) {
	err := a.Mock.Validate()
	if err == nil {
		return
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		path, message, _ := strings.Cut(line, ": ")
		report("mock."+path, "%s", message)
	}
}
