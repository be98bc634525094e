package target

import (
	"runtime"
	"time"
)

// Auth is how requests authenticate.
type Auth struct {
	// Scheme is none, apikey, oauth, jwt, federation, exec (a command that prints the credential) or file (one that is rotated); default none for the http dialect, else apikey.
	Scheme string `yaml:"scheme" check:"enum=none|apikey|oauth|jwt|federation|exec|file"`
	// Key is the API key, as a reference; default the mock's own.
	Key Secret `yaml:"key"`
	// Header is the header that holds the credential of the schemes apikey, exec and file: authorization (as Bearer), x-api-key, or api-key (Azure's); default x-api-key for scheme apikey of the anthropic dialect, else authorization.
	Header string `yaml:"header" check:"enum=authorization|x-api-key|api-key"`
	// ClientID is the OAuth client id, and the default JWT issuer; default the mock's own.
	ClientID string `yaml:"client_id"`
	// ClientSecret is the OAuth client secret, as a reference; default the mock's own.
	ClientSecret Secret `yaml:"client_secret"`
	// TokenPath is the token endpoint: a path on the target's server that begins with a single /, or a URL; its query may contain references; default /oauth2/token. Scheme federation has /v1/oauth/token, or for dialect openai https://auth.openai.com/oauth/token, on the mock /oauth/token.
	TokenPath string `yaml:"token_path"`
	// Scope is what scheme oauth asks for, as names separated by spaces; default none.
	Scope string `yaml:"scope"`
	// Audience is the aud claim of the tokens that the client signs, and the audience that scheme oauth asks for; default none.
	Audience string `yaml:"audience"`
	// Command prints the credential of scheme exec, or the identity token of scheme federation, to its standard output: alone, or as JSON with its expiry. A list is a program and its arguments, run without a shell; a text is run by the shell (sh -c, on Windows cmd /C). It inherits the environment, gets no input and may take 30s; --allow-host does not restrict what it connects to; default none.
	Command Command `yaml:"command"`
	// File holds the credential of scheme file, or the identity token of scheme federation, alone or as JSON. It may be replaced at any time; default none.
	File string `yaml:"file"`
	// Every is how often a file is checked for a new credential, and how often a command is rerun if its credential has no expiry, 0…8760h; default 1s for a file. A command is also rerun when its credential is rejected.
	Every time.Duration `yaml:"every" check:"min=0,max=8760h"`
	// Federation names what scheme federation exchanges an identity token for.
	Federation Federation `yaml:"federation"`
	// JWT configures the tokens that the client signs itself: those of scheme jwt, and the identity tokens of scheme federation where neither a command nor a file gives them.
	JWT JWT `yaml:"jwt"`
	// Refresh sets when a new token is obtained.
	Refresh Refresh `yaml:"refresh"`
	// Clock is how far the client's own clock is off, by which it signs tokens and judges when they expire.
	Clock Clock `yaml:"clock"`
}

// Federation names what an identity token is exchanged for, as the official SDKs do. Dialect
// openai needs identity_provider and service_account, any other rule and organization; the
// mock needs none.
type Federation struct {
	// Rule is the federation_rule_id (fdrl_…) of the Claude API; default a made-up one for the mock.
	Rule string `yaml:"rule"`
	// Organization is the organization_id of the Claude API; default a made-up one for the mock.
	Organization string `yaml:"organization"`
	// ServiceAccount is the service_account_id; default none, for dialect openai a made-up one for the mock.
	ServiceAccount string `yaml:"service_account"`
	// Workspace is the workspace_id of the Claude API; default none, as the rule says.
	Workspace string `yaml:"workspace"`
	// IdentityProvider is the identity_provider_id of OpenAI's API; default a made-up one for the mock.
	IdentityProvider string `yaml:"identity_provider"`
	// TokenType is the kind of the identity token, jwt or id_token, for OpenAI's API; default jwt.
	TokenType string `yaml:"token_type" check:"enum=jwt|id_token"`
}

// JWT configures the tokens that the client signs itself.
type JWT struct {
	// Issuer is the iss claim; default the client id.
	Issuer string `yaml:"issuer"`
	// Subject is the sub claim; default none, for an identity token the issuer.
	Subject string `yaml:"subject"`
	// Secret is the HS256 key, as a reference; default the mock's own.
	Secret Secret `yaml:"secret"`
	// Key is the private key for RS256, ES256 and EdDSA, as a reference: PEM (PKCS #1, PKCS #8 or SEC 1, not encrypted) or a JWK; default the mock's own for ES256.
	Key Secret `yaml:"key"`
	// KeyID is the kid of the header, as text that may contain references; default that of the JWK or the mock's own, else none.
	KeyID Text `yaml:"kid"`
	// IssuedAt adds iat, when the token was signed, which makes a verifier whose clock is behind refuse it; default true.
	IssuedAt bool `yaml:"issued_at"`
	// NotBefore adds nbf, the same moment; default false.
	NotBefore bool `yaml:"not_before"`
	// PerRequest signs a token for every request instead of keeping one; default false.
	PerRequest bool `yaml:"per_request"`
	// TTL is a token's lifetime (exp − iat), 1s…8760h; default 55m. An identity token has at most 1h.
	TTL time.Duration `yaml:"ttl" check:"min=1s,max=8760h"`
	// Early is how long before expiry a new token is signed, 0…8760h; default 5m.
	Early time.Duration `yaml:"early" check:"min=0,max=8760h"`
	// Alg is the signature algorithm: HS256, RS256, ES256 or EdDSA; default that of the key, HS256 without one, ES256 for an identity token.
	Alg string `yaml:"alg" check:"enum=HS256|RS256|ES256|EdDSA"`
}

// Clock is how far the client's own clock is off, by which it signs tokens and judges when they expire.
type Clock struct {
	// Offset is added to the true time, -8760h…8760h, and negative is behind; default 0.
	Offset time.Duration `yaml:"offset" check:"min=-8760h,max=8760h"`
	// Drift is the seconds gained per second, -1…1; default 0.
	Drift float64 `yaml:"drift" check:"min=-1,max=1"`
}

// Refresh sets when a new token is obtained.
type Refresh struct {
	// Policy is ahead (renew before expiry), on_401 (renew when the token is rejected), fixed (renew on a schedule, regardless of expiry and rejection) or never (use one token forever, as an attacker who has captured it would); default ahead. A request waits only if there is no valid token, and the wait is its auth time.
	Policy string `yaml:"policy" check:"enum=on_401|ahead|fixed|never"`
	// Every is the schedule of the policy fixed, 1ms…8760h; default 1h.
	Every time.Duration `yaml:"every" check:"min=1ms,max=8760h"`
	// Background renews the token by a timer, so that no request waits while the current token is valid; without it, the request that finds the token due for renewal waits for the new one; default true.
	Background bool `yaml:"background"`
	// SingleFlight lets all requests that need a new token share one token request; without it each sends its own, a stampede; default true.
	SingleFlight bool `yaml:"single_flight"`
	// Retry is what happens to a request whose token was rejected: once sends it again with a new token, none lets it fail; default once for on_401 and for scheme federation, else none.
	Retry string `yaml:"retry" check:"enum=once|none"`
	// ExpiryError is added to the time at which the client believes a token to expire, as if it mistook local time for UTC, -8760h…8760h; default 0.
	ExpiryError time.Duration `yaml:"expiry_error" check:"min=-8760h,max=8760h"`
	// Early is how long before expiry the policy ahead renews, 0…8760h, at most half of the token's life; default 0, which stands for 30s and, as in the SDKs, for 2m with scheme federation and 20m with that of dialect openai.
	Early time.Duration `yaml:"early" check:"min=0,max=8760h"`
}

// Command is a program and its arguments.
type Command []string

// SetText makes the command run a text by the shell.
func (c *Command) SetText(text string) {
	*c = Command{"sh", "-c", text}
	if runtime.GOOS == "windows" {
		*c = Command{"cmd", "/C", text}
	}
}

// The time before expiry at which the official SDKs renew the tokens of federation.
const (
	EarlyAnthropic = 2 * time.Minute
	EarlyOpenAI    = 20 * time.Minute
)

// OpenAIFederation reports whether the API of a dialect exchanges identity tokens as OpenAI's
// does; any other does it as Anthropic's.
func OpenAIFederation(dialect string) bool {
	return dialect == dialectOpenAI || dialect == dialectResponses
}
