// Package target says who is asked and how: the target and client sections of a
// scenario, and the words that every dialect shares.
package target

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Mock is the target.url that stands for the bundled mock.
const Mock = "mock"

// Config is the target section of a scenario.
type Config struct {
	// Dialect is the API's wire shape: article, anthropic, openai or http; required.
	Dialect string `yaml:"dialect" check:"enum=article|anthropic|openai|http"`
	// URL is mock, or an http(s) URL; default mock.
	URL string `yaml:"url"`
	// Model is the model asked for; default mock-model.
	Model string `yaml:"model"`
	// Stream asks for server-sent events; default false.
	Stream bool `yaml:"stream"`
	// Batch says how prompts share a request.
	Batch Batch `yaml:"batch"`
	// Headers are sent with every request; values may hold references; default none.
	Headers map[string]Text `yaml:"headers"`
	// HTTP is the request of the http dialect.
	HTTP HTTP `yaml:"http"`
	// Auth is how requests prove who sends them.
	Auth Auth `yaml:"auth"`
}

// Batch says how prompts share a request.
type Batch struct {
	// Size is prompts per request, 1…1000; default 1.
	Size int `yaml:"size" check:"min=1,max=1000"`
	// Linger is how long a batch waits for more after its first prompt, at least 0; default 50ms.
	Linger time.Duration `yaml:"linger" check:"min=0"`
}

// HTTP is the request of the http dialect.
type HTTP struct {
	// Method is the request's; default POST.
	Method string `yaml:"method"`
	// Path is appended to the URL; it begins with /; default /.
	Path string `yaml:"path"`
	// Headers are sent with every request; values may hold references; default none.
	Headers map[string]Text `yaml:"headers"`
	// Body is a Go template over .Prompt, .Prompts and .MaxTokens with json; default none.
	Body string `yaml:"body"`
	// Success is an expression over status, header and body; default status < 400.
	Success string `yaml:"success"`
}

// Auth is how requests prove who sends them.
type Auth struct {
	// Scheme is one of none, apikey, oauth, jwt, federation; default none for http, else apikey.
	Scheme string `yaml:"scheme" check:"enum=none|apikey|oauth|jwt|federation"`
	// Key is the API key, by reference; default the mock's own.
	Key Secret `yaml:"key"`
	// ClientID is the OAuth client and the JWT issuer's default; default the mock's own.
	ClientID string `yaml:"client_id"`
	// ClientSecret is the OAuth client's, by reference; default the mock's own.
	ClientSecret Secret `yaml:"client_secret"`
	// TokenPath is the token endpoint, a path on the target or a URL; default /oauth2/token.
	TokenPath string `yaml:"token_path"`
	// JWT is how the client signs its own tokens.
	JWT JWT `yaml:"jwt"`
	// Refresh is when an OAuth token is fetched anew.
	Refresh Refresh `yaml:"refresh"`
}

// JWT is how the client signs its own tokens.
type JWT struct {
	// Issuer is the iss claim; default the client id.
	Issuer string `yaml:"issuer"`
	// Secret is the HS256 key, by reference; default the mock's own.
	Secret Secret `yaml:"secret"`
	// TTL is exp − iat, at least 1s; default 55m.
	TTL time.Duration `yaml:"ttl" check:"min=1s"`
	// Early is how long before expiry a new token is signed, at least 0; default 5m.
	Early time.Duration `yaml:"early" check:"min=0"`
	// Alg is the signature, HS256; default HS256.
	Alg string `yaml:"alg" check:"enum=HS256"`
}

// Refresh is when an OAuth token is fetched anew.
type Refresh struct {
	// Policy is on_401 (when one is refused) or ahead (before expiry); default ahead.
	Policy string `yaml:"policy" check:"enum=on_401|ahead"`
	// Early is how long before expiry, under ahead, at least 0; default 30s.
	Early time.Duration `yaml:"early" check:"min=0"`
}

// Client is the client section of a scenario.
type Client struct {
	// Protocol is http/1.1 (by the URL's scheme), http/2 (TLS) or h2c; default http/1.1.
	Protocol string `yaml:"protocol" check:"enum=http/1.1|http/2|h2c"`
	// Connections is the cap per arm, at least 0; default 0, none.
	Connections int `yaml:"connections" check:"min=0"`
	// Streams is requests at once per HTTP/2 connection, at least 0; default 0, as many as the server allows.
	Streams int `yaml:"streams" check:"min=0"`
	// InFlight is requests at once per arm, at least 1; default 1000.
	InFlight int `yaml:"in_flight" check:"min=1"`
	// Timeout is per attempt, slot wait excluded, at least 1ms; default 30s.
	Timeout time.Duration `yaml:"timeout" check:"min=1ms"`
	// Keepalive keeps connections open between requests; default true.
	Keepalive bool `yaml:"keepalive"`
	// Retry is what follows a failed attempt.
	Retry Retry `yaml:"retry"`
}

// Retry is what follows a failed attempt.
type Retry struct {
	// Policy is none, fixed or exponential; default none.
	Policy string `yaml:"policy" check:"enum=none|fixed|exponential"`
	// Multiplier is the fixed wait, or the first of the exponential ones, at least 0; default 1s.
	Multiplier time.Duration `yaml:"multiplier" check:"min=0"`
	// Max bounds a wait, at least 0; default 10s.
	Max time.Duration `yaml:"max" check:"min=0"`
	// Attempts is tries in all, at least 1; default 4.
	Attempts int `yaml:"attempts" check:"min=1"`
	// Jitter is none, or full (a wait drawn evenly from 0 to its bound); default full.
	Jitter string `yaml:"jitter" check:"enum=none|full"`
	// HonorRetryAfter waits as long as a Retry-After says; default true.
	HonorRetryAfter bool `yaml:"honor_retry_after"`
}

// Class says what kind of failure a request ended in; empty is success.
type Class string

// The classes of the record; none other is written.
const (
	Success   Class = ""
	AuthError Class = "auth"
	RateLimit Class = "rate_limit"
	Timeout   Class = "timeout"
	Transport Class = "transport"
	Server    Class = "server"
	ClientErr Class = "client"
	Contract  Class = "contract" // an answer that is not what the dialect promises
	Budget    Class = "budget"
)

// Outcome is what a dialect makes of one answer.
type Outcome struct {
	// Class is the request's failure; a batch with any failed prompt has one.
	Class Class
	// Failed is how many of its prompts failed. FailedAt says which, where the
	// answer speaks of each prompt; nil is one fate shared by all.
	Failed   int
	FailedAt []int
	// InputTokens and OutputTokens are what the answer says was billed.
	InputTokens, OutputTokens uint64
	// Content is where each piece of a stream's content ends in the body, ascending;
	// nil of an answer that is no stream.
	Content []int
	// Detail says in a few words what was wrong; empty on success.
	Detail string
}

// Dialect is one API's wire shape.
type Dialect interface {
	// Request makes a fresh HTTP request that carries the prompts to base.
	Request(ctx context.Context, base *url.URL, prompts []string, maxTokens int) (*http.Request, error)
	// Judge says what became of the prompts, from the status and the whole body.
	Judge(status int, header http.Header, body []byte, prompts int) Outcome
}

// ClassOf is the class a status alone stands for; Success under 400.
func ClassOf(status int) Class {
	switch {
	case status < 400:
		return Success
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return AuthError
	case status == http.StatusTooManyRequests:
		return RateLimit
	case status == http.StatusRequestTimeout, status == http.StatusGatewayTimeout:
		return Timeout
	case status < 500:
		return ClientErr
	}
	return Server
}
