//go:build unix

package hosted

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weighbridge/bench"
	"weighbridge/scenarios"
	"weighbridge/target/outbound"
)

// keyPair writes a private key to a file, and returns its reference and the public key in PEM.
func keyPair(t *testing.T, key crypto.Signer) (reference, public string) {
	t.Helper()
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600); err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return "${file:" + path + "}", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// The mock, which takes one API key only, accepts each kind of credential, and refuses a key of
// the right kind that it does not know.
func TestEveryCredentialAgainstTheMock(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaFile, rsaPublic := keyPair(t, rsaKey)
	edFile, edPublic := keyPair(t, edKey)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(`{"token": "only-key"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	yaml := fmt.Sprintf(`
name: credentials
target: {dialect: anthropic}
load: {warmup: 0s, open: {rate: 100, arrivals: constant, duration: 30ms}}
mock:
  latency: {request: 0}
  auth: {keys: [only-key], jwt: {audience: api, keys: {rsa: %q, ed: %q}}}
matrix:
  auth:
    oauth: {target.auth.scheme: oauth}
    jwt: {target.auth: {scheme: jwt, audience: api}}
    es256: {target.auth: {scheme: jwt, audience: api, jwt: {alg: ES256}}}
    rs256: {target.auth: {scheme: jwt, audience: api, jwt: {key: %q, kid: rsa}}}
    eddsa: {target.auth: {scheme: jwt, audience: api, jwt: {key: %q, kid: ed}}}
    stranger: {target.auth: {scheme: jwt, audience: api, jwt: {key: %q, kid: ed}}}
    assertion: {target.auth.scheme: federation}
    subject: {target.dialect: openai, target.auth: {scheme: federation, refresh: {policy: on_401}}}
    responses: {target.dialect: responses, target.auth.scheme: federation}
    rsa-identity: {target.auth: {scheme: federation, jwt: {key: %q, kid: rsa}}}
    exec: {target.auth: {scheme: exec, header: x-api-key, command: [echo, only-key]}}
    shell: {target.dialect: openai, target.auth: {scheme: exec, command: "echo '{\"access_token\": \"only-key\", \"expires_in\": 600}'"}}
    brief: {target.auth: {scheme: exec, command: "echo '{\"token\": \"only-key\", \"expires_in\": 0.001}'"}}
    file: {target.auth: {scheme: file, file: %q}}
    same: {target.auth: {scheme: file, file: %q}}
`, rsaPublic, edPublic, rsaFile, edFile, rsaFile, rsaFile, token, token)
	scenario, err := scenarios.Parse("credentials.yaml", []byte(yaml), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	if err := preflight("credentials.yaml", scenario, outbound.Dialer{}); err != nil {
		t.Fatal(err)
	}
	rec, err := bench.Run(t.Context(), bench.Options{Scenario: scenario, Servers: &Local{}, Observe: func(bench.Progress) {}})
	if err != nil {
		t.Fatal(err)
	}
	var warnings []string
	for _, warning := range rec.Warnings {
		if strings.Contains(warning, "credential") && !strings.HasPrefix(warning, "arm auth=stranger: ") { // it may wait for another
			warnings = append(warnings, warning)
		}
	}
	if len(warnings) != 2 || !strings.HasPrefix(warnings[0], "arm auth=brief: ") || !strings.Contains(warnings[0], "waited for a credential, up to ") ||
		warnings[1] != "the credential in "+token+" can be read by every user of this machine" {
		t.Errorf("the warnings about credentials are %q", warnings)
	}
	for _, arm := range rec.Arms {
		refused := strings.HasSuffix(arm.Name, "stranger")
		open := arm.Blocks[0].Open
		if open.Due == 0 || open.Answered != map[bool]uint64{false: open.Due}[refused] {
			t.Errorf("%s: %d of %d prompts were answered; failures: %+v", arm.Name, open.Answered, open.Due, arm.Failures)
		}
		if l := arm.Ledger; l == nil || !l.Matches {
			t.Errorf("%s: the ledger is %+v", arm.Name, l)
		}
	}
}
