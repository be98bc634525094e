package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"weighbridge/target"
)

const (
	// maxPrinted is how much a command may print to its standard output, in bytes, and
	// maxComplaint how much of the end of its standard error is kept.
	maxPrinted   = 1 << 20
	maxComplaint = 4 << 10
	// waitDelay is how long the output of a command that has ended is waited for, where a
	// process that it left behind holds it open.
	waitDelay = time.Second
)

// errPrintsTooMuch ends a command.
var errPrintsTooMuch = fmt.Errorf("the command printed more than %d bytes", maxPrinted)

// command runs a program that prints a credential.
type command struct {
	args []string
	now  func() time.Time
}

// get runs the command until ctx ends. It inherits the environment and has no standard input.
// Errors have the end of what it wrote to its standard error, without secrets.
func (c command) get(ctx context.Context) (token, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	began := time.Now()
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	printed, complaint := &limitedBuffer{full: func() { stop(errPrintsTooMuch) }}, &tail{}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = printed, complaint, waitDelay
	inOwnGroup(cmd)
	err := cmd.Run()
	endGroup(cmd)
	switch cause := context.Cause(ctx); {
	case errors.Is(err, exec.ErrWaitDelay):
		err = nil // it succeeded, and left a process behind
	case errors.Is(cause, errPrintsTooMuch):
		err = cause
	case errors.Is(cause, context.DeadlineExceeded):
		err = fmt.Errorf("the command did not end within %v", time.Since(began).Round(time.Second))
	case cause != nil:
		return token{}, cause
	case cmd.ProcessState != nil && err != nil:
		err = fmt.Errorf("the command failed, %v", cmd.ProcessState)
	}
	found := token{}
	if err == nil {
		found, err = c.parse(printed.kept)
	}
	if err != nil {
		return token{}, explained(err, printed.kept, complaint.text())
	}
	return found, nil
}

func (c command) parse(printed []byte) (token, error) {
	if len(bytes.TrimSpace(printed)) == 0 {
		return token{}, errors.New("the command printed nothing: expected a credential, or JSON with one")
	}
	found, err := parsePrinted(string(printed), c.now())
	if err != nil {
		return token{}, fmt.Errorf("what the command printed: %w", err)
	}
	return found, nil
}

// commandError is the failure of a command, without secrets.
type commandError struct {
	text  string
	cause error
}

func (e commandError) Error() string { return e.text }
func (e commandError) Unwrap() error { return e.cause }

// explained adds what a command complained of to its failure. It takes out what may be secret:
// what the command printed, what may be a credential in its environment, and what looks like one.
func explained(err error, printed []byte, complaint string) error {
	text := "target.auth.command: " + err.Error()
	if complaint != "" {
		text += "; its standard error ends: " + complaint
	}
	var secrets target.Redactor
	secrets.Add(secretsIn(printed)...)
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if named := target.NamesCredential(name) && !strings.HasSuffix(name, "PWD"); named || mayBeCredential(value) { // PWD is a folder
			secrets.Add(value)
		}
	}
	return commandError{maskLikely(secrets.Redact(text)), err}
}

// What looks like a credential: after the name of one, a JWT, or a long word of letters and digits.
var (
	afterName = regexp.MustCompile(`(?i)((?:bearer|basic)\s+|(?:token|secret|passw(?:or)?d|passphrase|api-?key|assertion|authorization)["']?\s*[=:]\s*["']?(?:bearer\s+|basic\s+)?)([^\s"'&,;]+)`)
	likely    = regexp.MustCompile(`eyJ[\w-]+(?:\.[\w-]*)*|[\w+=-]{24,}`)
)

// mayBeCredential reports whether the value of a variable may be one, whatever the variable's name:
// a long word of letters and digits that is no path, address or list.
func mayBeCredential(value string) bool {
	const shortest = 12
	return len(value) >= shortest && !strings.ContainsAny(value, "/\\:, \t\n") && mixed(value)
}

// mixed reports whether a word has letters and digits.
func mixed(word string) bool {
	return strings.ContainsAny(word, "0123456789") && strings.ContainsFunc(word, isLetter)
}

// maskLikely masks what looks like a credential.
func maskLikely(text string) string {
	text = afterName.ReplaceAllString(text, "${1}"+target.Masked)
	return likely.ReplaceAllStringFunc(text, func(word string) string {
		if strings.HasPrefix(word, "eyJ") || mixed(word) {
			return target.Masked
		}
		return word
	})
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

// limitedBuffer keeps at most maxPrinted bytes, and calls full once there are more.
type limitedBuffer struct {
	kept []byte
	full func()
}

// Write implements io.Writer.
func (b *limitedBuffer) Write(p []byte) (int, error) {
	if len(b.kept)+len(p) > maxPrinted {
		b.full()
		return 0, errPrintsTooMuch
	}
	b.kept = append(b.kept, p...)
	return len(p), nil
}

// tail keeps the last maxComplaint bytes of what is written to it.
type tail struct{ kept []byte }

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - maxComplaint; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

// text returns what was kept on one line.
func (t *tail) text() string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(string(t.kept), "")), " ")
}
