package field

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/record"
	"weighbridge/mockserver"
	"weighbridge/mockserver/ledger"
	"weighbridge/scenarios"
	"weighbridge/target/outbound"
)

// remoteName is the name of the mock that is reached as a remote host is.
const remoteName = "api.example.test"

// remoteMock is a mock behind TLS under a name that resolves to loopback.
type remoteMock struct {
	*mockserver.Server
	// client is what a scenario's client needs to reach it.
	client string
}

// remote starts a mock with a section mock. Its credentials are in the environment: REMOTE_KEY,
// REMOTE_CLIENT_SECRET, REMOTE_JWT_SECRET, REMOTE_SIGNING_KEY.
func remote(t *testing.T, section string) remoteMock {
	t.Helper()
	s, err := scenarios.Parse("mock.yaml", []byte("name: mock\ntarget: {dialect: article, url: mock}\nmock: "+section), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	mock, err := mockserver.New(s.Arms()[0].Mock, mockserver.Options{Secure: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(mock.Close)
	certificate := certificateOf(t, remoteName)
	server := httptest.NewUnstartedServer(mock)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that are opened and not used
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}), 0o600); err != nil {
		t.Fatal(err)
	}
	own := mock.Credentials()
	for name, value := range map[string]string{
		"REMOTE_KEY": own.Key, "REMOTE_CLIENT_SECRET": own.ClientSecret, "REMOTE_JWT_SECRET": own.JWTSecret, "REMOTE_SIGNING_KEY": own.SigningKey,
	} {
		t.Setenv(name, value)
	}
	return remoteMock{mock, fmt.Sprintf(`tls: {ca: %q}, resolve: {%s: %q}`, ca, remoteName, server.Listener.Addr())}
}

// certificateOf makes a self-signed certificate for a name.
func certificateOf(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}

// run runs a scenario against the mock, as --allow-host lets it.
func (m remoteMock) run(t *testing.T, yaml string) *record.Record {
	t.Helper()
	return m.runTelling(t, bench.Events{}, yaml)
}

// runTelling is run with functions that are called meanwhile.
func (m remoteMock) runTelling(t *testing.T, events bench.Events, yaml string) *record.Record {
	t.Helper()
	s, err := scenarios.Parse("remote.yaml", []byte(yaml), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	allowed, err := outbound.ParseAllowed([]string{remoteName})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := bench.Run(t.Context(), bench.Options{Scenario: s, Source: []byte(yaml), Allowed: allowed, Observe: func(bench.Progress) {}, Events: events})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// agrees fails unless the mock saw each attempt of the record, and billed the tokens that the record has.
func (m remoteMock) agrees(t *testing.T, rec *record.Record) ledger.Snapshot {
	t.Helper()
	var attempts, output uint64
	for _, arm := range rec.Arms {
		attempts += arm.Totals.Attempts
		output += arm.Totals.Tokens.Output
	}
	seen, err := m.Ledger().Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if seen.Attempts != attempts || seen.Statuses["200"] != attempts || seen.Tokens.Output != output {
		t.Errorf("%d attempts with %d output tokens; the mock saw %d, with %d, answered with %v", attempts, output, seen.Attempts, seen.Tokens.Output, seen.Statuses)
	}
	return seen
}

// credentials are the levels of an axis of the ways to have a credential. header is that of an API key,
// and federation what scheme federation needs besides; it is left out if that is empty.
func credentials(t *testing.T, header, federation string) string {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(os.Getenv("REMOTE_KEY")), 0o600); err != nil {
		t.Fatal(err)
	}
	levels := []string{
		`apikey: {target.auth: {scheme: apikey, key: "${env:REMOTE_KEY}"}}`,
		`header: {target.auth.scheme: none, target.headers: {` + header + `}}`,
		`oauth: {target.auth: {scheme: oauth, client_id: weighbridge, client_secret: "${env:REMOTE_CLIENT_SECRET}"}}`,
		`hs256: {target.auth: {scheme: jwt, client_id: weighbridge, jwt: {secret: "${env:REMOTE_JWT_SECRET}"}}}`,
		`es256: {target.auth: {scheme: jwt, client_id: weighbridge, jwt: {key: "${env:REMOTE_SIGNING_KEY}", kid: KID}}}`,
		fmt.Sprintf(`file: {target.auth: {scheme: file, file: %q}}`, key),
	}
	if runtime.GOOS != "windows" {
		levels = append(levels, `exec: {target.auth: {scheme: exec, command: 'printf %s "$REMOTE_KEY"'}}`)
	}
	if federation != "" {
		levels = append(levels, `federation: {target.auth: {scheme: federation, client_id: weighbridge, `+federation+`, jwt: {key: "${env:REMOTE_SIGNING_KEY}", kid: KID}}}`)
	}
	return "\n    " + strings.Join(levels, "\n    ")
}

// Every dialect with every credential, over TLS under a name, as a remote host is reached.
func TestRemoteDialectsAndCredentials(t *testing.T) {
	bearer, federation := `Authorization: "Bearer ${env:REMOTE_KEY}"`, `token_path: /oauth/token, federation: {identity_provider: idp_1, service_account: me}`
	for name, row := range map[string]struct{ target, protocol, header, federation string }{
		"article":   {`dialect: article, batch: {size: 2, linger: 5ms}`, "http/2", bearer, ""},
		"anthropic": {`dialect: anthropic, stream: true, model: mock-model`, "http/1.1", `X-Api-Key: "${env:REMOTE_KEY}"`, `federation: {rule: fdrl_1, organization: org}`},
		"openai":    {`dialect: openai, stream: true, model: mock-model`, "http/2", bearer, federation},
		"responses": {`dialect: responses, stream: false, model: mock-model`, "http/1.1", bearer, federation},
		"http": {
			`dialect: http, http: {path: /v1/chat/completions, body: '{"model": "m", "max_tokens": 4, "messages": [{"role": "user", "content": {{json .Prompt}}}]}', success: 'status == 200'}`,
			"http/1.1", bearer, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			mock := remote(t, "{auth: {keys: [sk-of-a-test]}, latency: {request: 1ms}}")
			rec := mock.run(t, strings.ReplaceAll(`
name: remote
target: {url: "https://`+remoteName+`", `+row.target+`}
client: {protocol: `+row.protocol+`, `+mock.client+`}
prompts: {max_tokens: 16, length: 40}
load: {warmup: 0s, open: {rate: 100, arrivals: constant, duration: 50ms}, drain: 30s}
experiment: {blocks: 1}
budget: {requests: 10000}
matrix:
  auth:`+credentials(t, row.header, row.federation), "KID", mock.Credentials().KeyID))
			for _, arm := range rec.Arms {
				if open := arm.Blocks[0].Open; open.Answered != open.Due || open.Due == 0 || arm.Network.Reached == nil {
					t.Errorf("%s: %d of %d prompts answered: %+v", arm.Name, open.Answered, open.Due, arm.Failures)
				}
			}
			if name == "http" { // it reads no usage
				return
			}
			mock.agrees(t, rec)
		})
	}
}

// Axes of everything that is compared, against one remote server.
func TestRemoteMatrix(t *testing.T) {
	mock := remote(t, "{latency: {request: 1ms}}")
	rec := mock.run(t, `
name: matrix
target: {url: "https://`+remoteName+`", dialect: article, auth: {client_id: weighbridge, client_secret: "${env:REMOTE_CLIENT_SECRET}", jwt: {secret: "${env:REMOTE_JWT_SECRET}"}}}
client: {`+mock.client+`}
prompts: {max_tokens: 16, length: 40}
load: {warmup: 10ms, open: {rate: 100, arrivals: constant, duration: 50ms}, closed: {in_flight: 4, duration: 30ms, ramp: 0s}, drain: 30s}
experiment: {blocks: 2}
budget: {requests: 100000}
matrix:
  batching: {single: {target.batch.size: 1}, batch10: {target.batch.size: 10}}
  protocol: {h1: {client.protocol: http/1.1}, h2: {client.protocol: http/2}}
  auth: {oauth: {target.auth.scheme: oauth}, jwt: {target.auth.scheme: jwt}}
`)
	if seen := mock.agrees(t, rec); seen.TokenRequests != 4 || rec.Plan.Order != record.Sequential {
		t.Errorf("%d token requests, arms in order %s", seen.TokenRequests, rec.Plan.Order)
	}
	for _, arm := range rec.Arms {
		for _, b := range arm.Blocks {
			if b.Open.Answered != b.Open.Due || b.Closed.Failed > 0 {
				t.Errorf("%s: %d of %d answered, closed %d of %d: %+v", arm.Name, b.Open.Answered, b.Open.Due, b.Closed.Answered, b.Closed.Due, arm.Failures)
			}
		}
	}
}

// 500 streams at once lose nothing: each is answered, and has all of its tokens.
func TestRemoteStreamsAtOnce(t *testing.T) {
	const streams, tokens = 500, 5
	mock := remote(t, "{slots: 1000, latency: {request: 1ms, output_token: 200ms}}")
	rec := mock.run(t, fmt.Sprintf(`
name: streams
target: {url: "https://%s", dialect: anthropic, stream: true, model: mock-model, auth: {key: "${env:REMOTE_KEY}"}}
client: {protocol: http/2, %s}
prompts: {max_tokens: %d, length: 40}
load: {warmup: 0s, closed: {in_flight: %d, duration: 600ms, ramp: 0s}, drain: 60s}
experiment: {blocks: 1}
budget: {requests: 100000}
`, remoteName, mock.client, tokens, streams))
	closed := rec.Arms[0].Blocks[0].Closed
	if seen := mock.agrees(t, rec); seen.Tokens.Output != tokens*seen.Attempts || closed.Failed > 0 || seen.Attempts < streams/5 { // a busy machine starts fewer in time
		t.Errorf("%d streams with %d tokens, %d failed: %+v", seen.Attempts, seen.Tokens.Output, closed.Failed, rec.Arms[0].Failures)
	}
}
