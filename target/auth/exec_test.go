//go:build unix

package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"weighbridge/target"
	"weighbridge/target/transport"
)

// run runs a command that a text or a list describes.
func run(ctx context.Context, args ...string) (token, error) {
	c := target.Command(args)
	if len(args) == 1 {
		c.SetText(args[0])
	}
	return command{c, time.Now}.get(ctx)
}

func TestCommands(t *testing.T) {
	t.Setenv("WEIGHBRIDGE_TEST_WORD", "inherited")
	for _, c := range []struct {
		args []string
		want string
		life time.Duration
	}{
		{[]string{"echo t0ken-a"}, "t0ken-a", 0},
		{[]string{"printf", "%s", "t0ken-$HOME;`id`"}, "t0ken-$HOME;`id`", 0}, // no shell
		{[]string{"echo $WEIGHBRIDGE_TEST_WORD"}, "inherited", 0},
		{[]string{"cat; echo t0ken-a; echo noise >&2"}, "t0ken-a", 0}, // the input is empty
		{[]string{`echo '{"access_token": "t0ken-a", "expires_in": 600}'`}, "t0ken-a", 10 * time.Minute},
		{[]string{"sleep 300 & echo t0ken-a"}, "t0ken-a", 0}, // what is left behind is not waited for
	} {
		got, err := run(context.Background(), c.args...)
		if err != nil || got.value != c.want || (got.life-c.life).Abs() > time.Minute {
			t.Errorf("%q: %q for %v (%v), want %q for %v", c.args, got.value, got.life, err, c.want, c.life)
		}
	}
}

func TestFailuresOfCommands(t *testing.T) {
	const secret = "sesame-4711"
	t.Setenv("WEIGHBRIDGE_TEST_PASSWORD", secret)
	t.Setenv("WEIGHBRIDGE_TEST_UNNAMED", "sesame-open-0815")
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"exit 3"}, []string{"target.auth.command: the command failed, exit status 3"}},
		{[]string{"echo not logged in >&2; exit 1"}, []string{"exit status 1", "its standard error ends: not logged in"}},
		{[]string{"kill -TERM $$"}, []string{"signal: terminated"}},
		{[]string{"true"}, []string{"the command printed nothing"}},
		{[]string{"/no/such/program", "x"}, []string{"/no/such/program: no such file"}},
		{[]string{"weighbridge-no-such-program", "x"}, []string{"executable file not found"}},
		{[]string{"echo two; echo lines"}, []string{"it has 2 lines"}},
		{[]string{"yes t0ken"}, []string{"printed more than 1048576 bytes"}},
		{[]string{"i=0; while [ $i -lt 3000 ]; do echo noise >&2; i=$((i+1)); done; echo the end >&2; exit 1"}, []string{"the end"}},
		// What it printed, what its environment holds and what looks like a credential is not repeated.
		{[]string{"echo " + secret + "; echo I printed " + secret + " >&2; exit 1"}, []string{"I printed [secret]"}},
		{[]string{`echo '{"refresh_token": "` + secret + `"}'; echo it was ` + secret + ` >&2`}, []string{"no credential", "it was [secret]"}},
		{[]string{"echo password $WEIGHBRIDGE_TEST_PASSWORD >&2; exit 1"}, []string{"password [secret]"}},
		{[]string{"echo $WEIGHBRIDGE_TEST_UNNAMED in $PWD >&2; exit 1"}, []string{"[secret] in /"}},
		{[]string{"echo 'Authorization: Bearer " + secret + "' >&2; exit 1"}, []string{"[secret]"}},
		{[]string{"echo 'client_secret=" + secret + "&x' >&2; exit 1"}, []string{"client_secret=[secret]&x"}},
		{[]string{"echo got eyJhbGciOiJub25lIn0.eyJzZXNhbWUiOiI0NzExIn0.sesame >&2; exit 1"}, []string{"got [secret]"}},
		{[]string{"echo got sesame0123456789abcdefghijk and a-very-long-word-without-any >&2; exit 1"}, []string{"got [secret] and a-very-long-word-without-any"}},
	} {
		_, err := run(context.Background(), c.args...)
		if err == nil {
			t.Errorf("%q: no error", c.args)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %q", c.args, err, want)
			}
		}
		if text := err.Error(); strings.Contains(text, "sesame") || len(text) > maxComplaint+200 || strings.Contains(text, "\n") {
			t.Errorf("%q: the error repeats a secret, or too much: %v", c.args, err)
		}
	}
}

// A command that hangs is ended with all that it started.
func TestHangingCommandIsEnded(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	go func() { // its time is over once it runs
		for text := []byte(nil); !bytes.HasSuffix(text, []byte("\n")) && ctx.Err() == nil; text, _ = os.ReadFile(pids) {
			time.Sleep(time.Millisecond)
		}
		cancel(context.DeadlineExceeded)
	}()
	_, err := run(ctx, "sleep 300 & echo $! >"+pids+"; trap '' TERM; sleep 300")
	if err == nil || !strings.Contains(err.Error(), "did not end within") {
		t.Errorf("%v, want that it did not end", err)
	}
	text, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		t.Fatal(err)
	}
	for range 1000 { // it may take a moment, and init to collect it
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || err == nil && strings.Contains(string(stat), ") Z ") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %d is still there", pid)
}

// The end of a run ends a command; that is no failure of the command.
func TestCloseEndsACommand(t *testing.T) {
	s, err := New(target.Auth{Scheme: "exec", Command: target.Command{"sleep", "300"}}, Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	go func() { failed <- s.Authorize(context.Background(), http.Header{}) }()
	for s.(*cached).renewing() == nil {
		time.Sleep(time.Millisecond)
	}
	s.Close()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the end of the context", err)
	}
}

// renewing returns the renewal under way.
func (c *cached) renewing() *renewal {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.renewal
}

// Requests that come at once share one run of the command; its credential goes into the header
// that is asked for, and is run again when it was rejected.
func TestExecScheme(t *testing.T) {
	runs := filepath.Join(t.TempDir(), "runs")
	cfg := target.Auth{
		Scheme: "exec", Header: "x-api-key", Refresh: target.Refresh{Policy: PolicyOn401, Background: true, SingleFlight: true},
		Command: target.Command{"sh", "-c", "echo >>" + runs + "; printf key-; wc -l <" + runs + " | tr -d ' '"},
	}
	var secrets target.Redactor
	s, err := New(cfg, Options{Now: time.Now, Secrets: &secrets})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	authorize := func(want string) http.Header {
		h := http.Header{}
		if err := s.Authorize(context.Background(), h); err != nil || h.Get("X-Api-Key") != want || len(h) != 1 {
			t.Errorf("%v (%v), want %s", h, err, want)
		}
		return h
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { authorize("key-1") })
	}
	all.Wait()
	if !s.Rejected(authorize("key-1")) {
		t.Error("a rejected credential asks for no retry")
	}
	authorize("key-2")
	if got := secrets.Redact("key-1 key-2"); strings.Contains(got, "key") {
		t.Errorf("not all is known as secret: %s", got)
	}
	if cost := s.Cost(); cost.Count != 2 || cost.Requests != 0 {
		t.Errorf("cost %+v, want two credentials and no token request", cost)
	}
}

// A command that cannot be started for lack of files is a limit of this machine.
func TestNoFilesForACommand(t *testing.T) {
	err := explained(fmt.Errorf("start: %w", syscall.EMFILE), nil, "")
	if _, own := transport.OwnLimit(err); !own {
		t.Errorf("%v is not the machine's own limit", err)
	}
}
