package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	testscript.Main(leakFree{m}, map[string]func(){"weighbridge": func() { os.Exit(checkingLedgers(start())) }})
}

// leakFree fails tests that leave goroutines behind; goleak.VerifyTestMain would
// exit before testscript has cleaned up.
type leakFree struct{ *testing.M }

func (m leakFree) Run() int {
	code := m.M.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

// requests counts what the scripts' own servers were asked, per script.
type requests struct{ n atomic.Int64 }

// TestScripts runs the command line as a user would. Each script has a server of
// its own: $PLAIN speaks HTTP and answers {"ok":true}; $UNTRUSTED speaks TLS with
// a certificate nobody trusts; $FAILING answers 500.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: setUp,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":    exits,
			"await":    await,
			"signal":   signalRuns,
			"killmock": killMocks,
			"hits":     hitsAgree,
			"record":   writeRecord,
			"smaller":  smaller,
		},
	})
}

func setUp(env *testscript.Env) error {
	seen := &requests{}
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.n.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"ok":true}`)
	}))
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusInternalServerError)
	}))
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	env.Defer(plain.Close)
	env.Defer(failing.Close)
	env.Defer(untrusted.Close)
	env.Values["requests"] = seen
	// A program built with -race sleeps for a second before it exits; there are hundreds here.
	env.Vars = append(env.Vars, "GORACE=atexit_sleep_ms=0")
	env.Vars = append(env.Vars, "PLAIN="+plain.URL, "FAILING="+failing.URL, "UNTRUSTED="+untrusted.URL, "HOME="+env.WorkDir)
	return nil
}

// exits CODE COMMAND ARG… runs a command that must end with the exit code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// smaller FILE BYTES wants the file to be under so many bytes.
func smaller(ts *testscript.TestScript, _ bool, args []string) {
	limit, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if info.Size() >= limit {
		ts.Fatalf("%s has %d bytes, want under %d", args[0], info.Size(), limit)
	}
}

// await N waits until the script's server was asked N times.
func await(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	seen := ts.Value("requests").(*requests)
	for deadline := time.Now().Add(time.Minute); seen.n.Load() < want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("the server was asked %d times in a minute, want %d", seen.n.Load(), want)
		}
	}
}

// A panic or a hang in the entry point would show here without any process.
func TestRunGivesTheContractsExitCodes(t *testing.T) {
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"list"}, exitDone},
		{[]string{"--help"}, exitDone},
		{[]string{"run", "--help"}, exitDone},
		{[]string{"lst"}, exitUsage},
		{[]string{"list", "--frmat"}, exitUsage},
		{[]string{"list", "extra"}, exitUsage},
		{[]string{"report"}, exitUsage},
		{[]string{"report", "/nonexistent"}, exitFailed},
		{[]string{"validate", "/nonexistent.yaml"}, exitUsage},
	} {
		if got := run(context.Background(), c.args, os.Stdin, io.Discard, io.Discard); got != c.want {
			t.Errorf("%v ends with %d, want %d", c.args, got, c.want)
		}
	}
}
