// Package target defines which server is tested and how requests are sent: the
// target and client sections of a scenario, and the types all dialects share.
package target

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"weighbridge/target/regions"
)

// Mock is the target.url of the bundled mock.
const Mock = "mock"

// MockModel is a model of the bundled mock, the default of target.model.
const MockModel = "mock-model"

// Config is the target section of a scenario.
type Config struct {
	// Dialect is the API's wire format: article, anthropic (Messages), openai (Chat Completions), responses (OpenAI's Responses) or http; required.
	Dialect string `yaml:"dialect" check:"enum=article|anthropic|openai|responses|http"`
	// URL is the base URL (http or https), unix:// and the absolute path of a socket, or mock for the bundled mock; default mock. {model} in the path or query of a base URL stands for target.model.
	URL string `yaml:"url"`
	// Model is the model named in requests; default mock-model.
	Model string `yaml:"model"`
	// Stream requests responses as server-sent events; default false.
	Stream bool `yaml:"stream"`
	// Path is the path of the requests on the server, in place of that of target.url and the dialect's own. It must begin with a single /; its query may contain references; {model} in it stands for target.model; default by the rules for base URLs. The http dialect has target.http.path.
	Path string `yaml:"path"`
	// Query is parameters for the query of every request; one that target.url has is replaced. Values may contain references, and are templates in the http dialect; default none.
	Query map[string]Text `yaml:"query"`
	// Body is merged into the JSON object of every request as a JSON Merge Patch (RFC 7396): mappings are merged, anything else replaces what is there, null removes it. Texts in it may contain references; default none. The http dialect has target.http.body.
	Body map[string]any `yaml:"body"`
	// System is the system prompt of every request; dialects anthropic, openai and responses; default none.
	System string `yaml:"system"`
	// MaxTokensField is the field in which dialect openai sends prompts.max_tokens: max_completion_tokens, max_tokens, which many servers alone know, or both; default max_completion_tokens for openai, max_tokens for anthropic. Dialect responses sends max_output_tokens.
	MaxTokensField string `yaml:"max_tokens_field" check:"enum=max_completion_tokens|max_tokens|both"`
	// StreamOptions asks for the usage of a stream with stream_options; dialect openai; default true. Without it most servers report no tokens.
	StreamOptions bool `yaml:"stream_options"`
	// Version is the header anthropic-version, or none for no such header, as where the version is in the body; dialect anthropic; default 2026-10-21.
	Version string `yaml:"version"`
	// Betas are the names in the header anthropic-beta; dialect anthropic; default none.
	Betas []string `yaml:"betas"`
	// StreamEnd is strict or lenient; default strict. With lenient, a stream counts as answered even if it ends without the dialect's last event, such as [DONE], or without a finish reason.
	StreamEnd string `yaml:"stream_end" check:"enum=strict|lenient"`
	// Batch sets how prompts are grouped into requests.
	Batch Batch `yaml:"batch"`
	// Headers are added to every request, each name at most once, whatever its case; values may contain references, and are templates in the http dialect; default none.
	Headers map[string]Text `yaml:"headers"`
	// HTTP configures the http dialect.
	HTTP HTTP `yaml:"http"`
	// Auth is how requests authenticate.
	Auth Auth `yaml:"auth"`
	// Regions are servers of the same API, by name, at most 100; each attempt goes to one of them; default those of mock.regions if target.url is mock, otherwise none. If they have URLs, target.url may be left out: it is then the URL of the first region by name. Tokens are fetched from target.url only.
	Regions map[string]regions.Region `yaml:"regions"`
	// Routing is how the region of each attempt is chosen.
	Routing regions.Routing `yaml:"routing"`
	// Health is how regions are checked.
	Health regions.Health `yaml:"health"`
	// DNS simulates how the client learns which regions are healthy.
	DNS regions.DNS `yaml:"dns"`
}

// Batch sets how prompts are grouped into requests.
type Batch struct {
	// Size is the number of prompts per request, 1…1000; default 1.
	Size int `yaml:"size" check:"min=1,max=1000"`
	// Linger is how long a batch waits for more prompts after its first, 0…1h; default 50ms.
	Linger time.Duration `yaml:"linger" check:"min=0,max=1h"`
}

// HTTP configures the http dialect.
type HTTP struct {
	// Method is the HTTP method; default POST.
	Method string `yaml:"method"`
	// Path is a Go template that is appended to the path of target.url, whose query is kept. It must begin with a single /; its query may contain references. Values are escaped for the path, or for the query after a question mark; default /.
	Path string `yaml:"path"`
	// Headers are added to every request, each name at most once, whatever its case; values are templates and may contain references; default none.
	Headers map[string]Text `yaml:"headers"`
	// Body is a Go template for the request body, with .Prompt, .Prompts, .MaxTokens and the function json, at most 100000 bytes; it may take at most a million repetitions, values and calls; default none.
	Body string `yaml:"body"`
	// Success is a boolean expression over status, header (by name, in whatever case) and body (JSON or text), at most 10000 bytes, without variables, ranges and functions that make more text than they take; default status >= 200 && status < 300, which a redirect fails, as none is followed. Bodies in gzip and deflate are decoded; in another coding, such as br, only an expression without body can be true.
	Success string `yaml:"success"`
}

// The defaults of a client's connections; they stand in for 0 too.
const (
	DefaultConnectTimeout = 10 * time.Second
	DefaultIdleTimeout    = 90 * time.Second
	DefaultMaxResponse    = 64 // MiB
)

// Client is the client section of a scenario.
type Client struct {
	// Protocol is http/1.1 (with or without TLS, by the URL's scheme), http/2 (TLS) or h2c (HTTP/2 without TLS); default http/1.1.
	Protocol string `yaml:"protocol" check:"enum=http/1.1|http/2|h2c"`
	// Connections is the maximum number of open connections per arm, in any protocol, 0…100000; default 0, no limit but, with transport lean over HTTP/1.1, client.in_flight. Those that an HTTP/2 server is closing (GOAWAY) do not count.
	Connections int `yaml:"connections" check:"min=0,max=100000"`
	// Streams is the maximum number of concurrent requests per HTTP/2 connection, 0…100000; default 0, as many as the server allows.
	Streams int `yaml:"streams" check:"min=0,max=100000"`
	// InFlight is the maximum number of concurrent requests per arm, 1…100000; default 1000. Requests beyond it wait for a slot.
	InFlight int `yaml:"in_flight" check:"min=1,max=100000"`
	// Concurrency sets whether in_flight is a fixed limit or adapts to the server's load.
	Concurrency Concurrency `yaml:"concurrency"`
	// Timeout is the time limit of one attempt, excluding the wait for a slot, 1ms…24h; default 30s.
	Timeout time.Duration `yaml:"timeout" check:"min=1ms,max=24h"`
	// ConnectTimeout is the time limit for opening a connection, TLS handshake included, 1ms…1h; default 10s.
	ConnectTimeout time.Duration `yaml:"connect_timeout" check:"min=1ms,max=1h"`
	// IdleTimeout is how long a connection is kept without use, 1ms…24h; default 1m30s. Set it below the server's own, which otherwise may close a connection just as a request leaves. Arms that take turns at one server close theirs while others are measured, and open them before their next turn.
	IdleTimeout time.Duration `yaml:"idle_timeout" check:"min=1ms,max=24h"`
	// MaxResponse is the longest response body accepted, in MiB, 1…1024; default 64. A longer one is a failure of class contract.
	MaxResponse int `yaml:"max_response" check:"min=1,max=1024"`
	// Keepalive keeps connections open between requests; default true.
	Keepalive bool `yaml:"keepalive"`
	// Transport is how requests are sent: lean (our own transport, which takes about two thirds of the CPU time: over HTTP/1.1 each worker reads and writes its own connection, over HTTP/2 frames that are due together leave in one write) or standard (net/http's transport); default lean. Unencrypted requests through a proxy use net/http's transport either way.
	Transport string `yaml:"transport" check:"enum=lean|standard"`
	// TLS is how connections are encrypted.
	TLS TLS `yaml:"tls"`
	// Proxy is the proxy for connections to the target and its token endpoint: none, env (HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment; never for localhost and loopback addresses), or a URL of scheme http, https or socks5 without a path, whose user and password may be references; default none. A proxy off loopback needs --allow-host.
	Proxy Text `yaml:"proxy"`
	// Resolve maps HOST or HOST:PORT to IP or IP:PORT, which is used instead of a DNS lookup; default none. If the address is off loopback, both it and the host need --allow-host.
	Resolve map[string]string `yaml:"resolve"`
	// DNS is how host names are looked up: each (for every new connection), once (for all connections), or spread (for every new connection, using all addresses in turn); default each.
	DNS string `yaml:"dns" check:"enum=each|once|spread"`
	// UserAgent is the header User-Agent of every request; default weighbridge/ and the version. One in target.headers takes its place.
	UserAgent string `yaml:"user_agent"`
	// Retry sets whether and when a failed attempt is retried.
	Retry Retry `yaml:"retry"`
	// Cache keeps answers at the client.
	Cache Cache `yaml:"cache"`
}

// Cache keeps answers at the client, so that an equal request needs none from the server.
type Cache struct {
	// Entries is the number of answers that each arm's client keeps, 0…1000000; default 0, no cache. When it is full, the least recently used answer is dropped. A request with the same method, path, header and body as one that succeeded is answered from the cache, without an attempt: its prompts count as answered, and no figure of requests includes it. Streams and batch APIs are not cached.
	Entries int `yaml:"entries" check:"min=0,max=1000000"`
	// TTL is how long an answer is kept, 1ms…8760h; default 1m.
	TTL time.Duration `yaml:"ttl" check:"min=1ms,max=8760h"`
	// SingleFlight sends only one of several identical concurrent requests, whose answer the others wait for; default false: each is sent.
	SingleFlight bool `yaml:"single_flight"`
}

// Class is the kind of failure that a request ended in; empty means success.
type Class string

// The classes of a record; no other is written.
const (
	Success   Class = ""
	AuthError Class = "auth"
	RateLimit Class = "rate_limit"
	Timeout   Class = "timeout"
	Transport Class = "transport"
	Server    Class = "server"
	ClientErr Class = "client"
	Contract  Class = "contract" // a response that violates the dialect
	// Budget is a request that was not sent because it would have exceeded the budget.
	Budget Class = "budget"
	// CutOff is a request that the harness ended itself, at the end of a drain.
	CutOff Class = "cut_off"
	// Generator is a request for which the harness had no file, port or connection.
	Generator Class = "generator"
)

// Own reports whether the failure is the harness's own doing, and so never the server's.
func (c Class) Own() bool { return c == CutOff || c == Generator || c == Budget }

// Outcome is a dialect's judgement of one response.
type Outcome struct {
	// Class is the request's failure; a batch has one if any of its prompts failed.
	Class Class
	// Failed is the number of prompts that failed. FailedAt holds their indices
	// if the response reports each prompt separately; if it is nil, all prompts
	// succeeded or failed together.
	Failed   int
	FailedAt []int
	// InputTokens and OutputTokens are the billed tokens, as the response reports them.
	// Input that is not reported is 0, and InputKnown false.
	InputTokens, OutputTokens uint64
	InputKnown                bool
	// OutputByPrompt holds the output tokens of each prompt by index, 0 for those that
	// failed; nil if the response does not report its usage.
	OutputByPrompt []uint64
	// CachedTokens are the input tokens that were read from the provider's prompt cache,
	// ReasoningTokens the output tokens that were spent on reasoning; nil if not reported.
	CachedTokens, ReasoningTokens *uint64
	// RejectedTokens are output tokens of a prediction in the request that are billed and not part of the
	// answer (OpenAI's predicted outputs); 0 if not reported.
	RejectedTokens uint64
	// CacheWriteTokens are the input tokens that were written to the prompt cache; 0 if not reported.
	CacheWriteTokens uint64
	// Content holds the pieces of output of an event stream in the order in which they
	// came; nil if the response is not an event stream.
	Content []Piece
	// Finish is the reason why the answer ended, as the response gives it; empty if it gives none.
	Finish string
	// Remarks say what is unusual about an answer, each once; nil for a failure.
	Remarks []Remark
	// Detail describes the failure in a few words; empty on success.
	Detail string
	// Futile says that the response itself rules out that another attempt succeeds.
	Futile bool
	// Fatal is why no other request will succeed either; empty if one may.
	Fatal Fatal
}

// Fatal is why a server refuses all requests, which no retry mends.
type Fatal string

// What a server may refuse all requests for.
const (
	FatalCredential Fatal = "credential"
	FatalQuota      Fatal = "quota"
	FatalModel      Fatal = "model"
)

// Dialect is the wire format of one API.
type Dialect interface {
	// Request builds a new HTTP request that sends the prompts to base.
	Request(ctx context.Context, base *url.URL, prompts []string, maxTokens int) (*http.Request, error)
	// Judge decides from the status, headers and complete body which prompts succeeded.
	Judge(status int, header http.Header, body []byte, prompts int) Outcome
}

// StatusOverloaded is Anthropic's status of a server that is overloaded.
const StatusOverloaded = 529

// statusOriginTimeout is Cloudflare's status of a server that took too long.
const statusOriginTimeout = 524

// ClassOf returns the class of an HTTP status; Success for any status below 400. A gateway whose server did not
// answer in time reports a timeout (504, RFC 9110, or 524 of Cloudflare), though not one of ours.
func ClassOf(status int) Class {
	switch {
	case status < 400:
		return Success
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return AuthError
	case status == http.StatusTooManyRequests:
		return RateLimit
	case status == http.StatusRequestTimeout, status == http.StatusGatewayTimeout, status == statusOriginTimeout:
		return Timeout
	case status < 500:
		return ClientErr
	}
	return Server
}
