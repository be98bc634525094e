package target

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// reference matches ${env:NAME} and ${file:PATH}.
var reference = regexp.MustCompile(`\$\{(env|file):([^}]+)\}`)

// Text is a string that may contain references: ${env:NAME} and ${file:PATH}.
// References are kept as written until Expand resolves them.
type Text string

// Expand returns the text with every reference resolved. A file's trailing
// newlines are dropped. An unset variable or an unreadable file is an error,
// which names the reference but contains none of the resolved values.
func (t Text) Expand() (string, error) {
	var failed error
	out := reference.ReplaceAllStringFunc(string(t), func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		value, err := resolve(m[1], m[2])
		failed = errors.Join(failed, err)
		return value
	})
	if failed != nil {
		return "", failed
	}
	return out, nil
}

// resolve reads an environment variable (kind env) or a file (kind file).
func resolve(kind, name string) (string, error) {
	if kind == "env" {
		value, ok := os.LookupEnv(name)
		if !ok {
			return "", fmt.Errorf("${env:%s}: the environment variable is not set", name)
		}
		return value, nil
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("${file:%s}: %w", name, err)
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}

// Secret is a reference to a credential. It never holds the credential itself,
// so no scenario, record or log can leak one.
type Secret string

// UnmarshalText accepts exactly one reference and rejects everything else, so a
// credential cannot be written into a scenario.
func (s *Secret) UnmarshalText(text []byte) error {
	loc := reference.FindIndex(text)
	if loc == nil || loc[0] != 0 || loc[1] != len(text) {
		return errors.New("a secret must be a reference: ${env:NAME} or ${file:PATH}")
	}
	*s = Secret(text)
	return nil
}

// Reveal returns the credential that the reference points to; "" for an empty Secret.
func (s Secret) Reveal() (string, error) { return Text(s).Expand() }

// LogValue keeps even the reference out of logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// CheckReferences resolves every reference in the section and discards the
// values. Its error names the key of a reference that cannot be resolved, before
// any load is sent.
func (c Config) CheckReferences() error {
	texts := map[string]Text{
		"target.auth.key": Text(c.Auth.Key), "target.auth.client_secret": Text(c.Auth.ClientSecret),
		"target.auth.jwt.secret": Text(c.Auth.JWT.Secret),
	}
	for name, text := range c.Headers {
		texts["target.headers."+name] = text
	}
	for name, text := range c.HTTP.Headers {
		texts["target.http.headers."+name] = text
	}
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if _, err := texts[key].Expand(); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}
