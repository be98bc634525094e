package target

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"

	"weighbridge/target/files"
)

// maxSecretBytes is the length of the longest file that a reference may name.
const maxSecretBytes = 1 << 20

// reference matches ${env:NAME} and ${file:PATH}.
var reference = regexp.MustCompile(`\$\{(env|file):([^}]+)\}`)

// Text is a string that may contain references: ${env:NAME} and ${file:PATH}.
// References are kept as written until Expand resolves them.
type Text string

// Expand returns the text with every reference resolved. A file's trailing
// newlines are dropped. An unset variable, an unreadable file or a malformed
// reference is an error, which names the reference but contains none of the
// resolved values.
func (t Text) Expand() (string, error) {
	return t.expand(func(value string) string { return value })
}

// expand is Expand with each value passed through escape.
func (t Text) expand(escape func(string) string) (string, error) {
	failed := t.CheckForm()
	out := reference.ReplaceAllStringFunc(string(t), func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		value, err := resolve(m[1], m[2])
		failed = errors.Join(failed, err)
		return escape(value)
	})
	if failed != nil {
		return "", failed
	}
	return out, nil
}

// malformed matches the beginning of a reference.
var malformed = regexp.MustCompile(`\$\{[^}$]*\}?`)

// CheckForm returns an error if something in the text begins like a reference and is none.
// The error does not repeat what may be a secret.
func (t Text) CheckForm() error {
	found := malformed.FindString(reference.ReplaceAllString(string(t), ""))
	switch {
	case found == "":
		return nil
	case !strings.HasSuffix(found, "}"):
		return errors.New("a reference has no closing brace: expected ${env:NAME} or ${file:PATH}")
	}
	return errors.New("${…} without env: or file: is not a reference: expected ${env:NAME} or ${file:PATH}")
}

// HasReference reports whether the text refers to a secret.
func (t Text) HasReference() bool { return reference.MatchString(string(t)) }

// Variables returns the names of the environment variables that the text refers to.
func (t Text) Variables() []string { return t.named("env") }

// Files returns the paths of the files that the text refers to.
func (t Text) Files() []string { return t.named("file") }

// named returns what the references of a kind name.
func (t Text) named(kind string) []string {
	var names []string
	for _, m := range reference.FindAllStringSubmatch(string(t), -1) {
		if m[1] == kind {
			names = append(names, m[2])
		}
	}
	return names
}

// Values returns what the references in the text stand for; its errors are those of Expand.
func (t Text) Values() ([]string, error) {
	var all []string
	_, err := t.expand(func(value string) string {
		all = append(all, value)
		return value
	})
	return all, err
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
	raw, err := files.Read(name, maxSecretBytes)
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
