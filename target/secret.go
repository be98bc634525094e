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

// reference is ${env:NAME} or ${file:PATH}.
var reference = regexp.MustCompile(`\$\{(env|file):([^}]+)\}`)

// Text is a string that may hold references, ${env:NAME} and ${file:PATH}. It
// keeps them as written; Expand reads what they stand for.
type Text string

// Expand replaces every reference by what it stands for. A file's trailing
// newline is dropped. It fails, and gives nothing away, on a variable that is not
// set or a file that cannot be read.
func (t Text) Expand() (string, error) {
	var failed error
	out := reference.ReplaceAllStringFunc(string(t), func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		value, err := lookUp(m[1], m[2])
		failed = errors.Join(failed, err)
		return value
	})
	if failed != nil {
		return "", failed
	}
	return out, nil
}

func lookUp(kind, name string) (string, error) {
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
// so that no scenario, record or log can give one away.
type Secret string

// UnmarshalText takes one reference and refuses anything else, so that no
// credential is ever written into a scenario.
func (s *Secret) UnmarshalText(text []byte) error {
	loc := reference.FindIndex(text)
	if loc == nil || loc[0] != 0 || loc[1] != len(text) {
		return errors.New("a secret is given by reference: ${env:NAME} or ${file:PATH}")
	}
	*s = Secret(text)
	return nil
}

// Reveal reads the credential that the reference stands for; an empty Secret is "".
func (s Secret) Reveal() (string, error) { return Text(s).Expand() }

// LogValue keeps even the reference out of logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// CheckReferences reads every reference of the section and forgets what it
// stands for, so that one that cannot be read is known before any load.
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
