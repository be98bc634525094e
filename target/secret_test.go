package target

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TEST_SECRET", "from-env")
	for text, want := range map[string]string{
		"plain":                                  "plain",
		"${env:TEST_SECRET}":                     "from-env",
		"Token ${env:TEST_SECRET}!":              "Token from-env!",
		"${file:" + file + "}":                   "from-file",
		"${env:TEST_SECRET}${file:" + file + "}": "from-envfrom-file",
		"$HOME {other:x}":                        "$HOME {other:x}",
	} {
		if got, err := Text(text).Expand(); err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"${env:NO_SUCH_VARIABLE}": "${env:NO_SUCH_VARIABLE}: the environment variable is not set",
		"${file:/no/such/file}":   "${file:/no/such/file}: ",
	} {
		if _, err := Text(text).Expand(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestSecretMustBeAReference(t *testing.T) {
	for text, ok := range map[string]bool{
		"${env:KEY}": true, "${file:/run/secrets/key}": true,
		"hunter2": false, "": false, "x${env:KEY}": false, "${env:KEY}x": false, "${env:}": false, "$KEY": false,
	} {
		var s Secret
		err := s.UnmarshalText([]byte(text))
		if (err == nil) != ok {
			t.Errorf("%q: error %v, want accepted: %v", text, err, ok)
		}
		if err != nil && text != "" && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error contains the secret: %v", err)
		}
	}
}

func TestConfigNeverPrintsASecret(t *testing.T) {
	t.Setenv("TEST_SECRET", "sesame")
	cfg := Config{Auth: Auth{Key: "${env:TEST_SECRET}"}, Headers: map[string]Text{"X-Key": "${env:TEST_SECRET}"}}
	if err := cfg.CheckReferences(); err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("config", "config", cfg, "key", cfg.Auth.Key)
	raw, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", cfg, cfg, cfg), logged.String(), string(raw)} {
		if strings.Contains(text, "sesame") {
			t.Errorf("a credential appears in %s", text)
		}
	}
	if value, err := cfg.Auth.Key.Reveal(); err != nil || value != "sesame" {
		t.Errorf("Reveal() = %q, %v; want sesame", value, err)
	}
}

func TestCheckReferencesNamesTheKey(t *testing.T) {
	for want, cfg := range map[string]Config{
		"target.auth.key: ":           {Auth: Auth{Key: "${env:NO_SUCH_VARIABLE}"}},
		"target.auth.client_secret: ": {Auth: Auth{ClientSecret: "${env:NO_SUCH_VARIABLE}"}},
		"target.auth.jwt.secret: ":    {Auth: Auth{JWT: JWT{Secret: "${file:/no/such/file}"}}},
		"target.headers.X-A: ":        {Headers: map[string]Text{"X-A": "${env:NO_SUCH_VARIABLE}"}},
		"target.http.headers.X-B: ":   {HTTP: HTTP{Headers: map[string]Text{"X-B": "${env:NO_SUCH_VARIABLE}"}}},
	} {
		if err := cfg.CheckReferences(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want one that begins with %q", err, want)
		}
	}
}

func TestClassOf(t *testing.T) {
	for status, want := range map[int]Class{
		200: Success, 204: Success, 302: Success, 400: ClientErr, 401: AuthError, 403: AuthError, 404: ClientErr,
		408: Timeout, 413: ClientErr, 429: RateLimit, 500: Server, 502: Server, 503: Server, 504: Timeout, 522: Server, 524: Timeout, 529: Server,
	} {
		if got := ClassOf(status); got != want {
			t.Errorf("ClassOf(%d) = %q, want %q", status, got, want)
		}
	}
}
