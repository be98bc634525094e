package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	testscript.Main(leakFree{m}, map[string]func(){"weighbridge": func() { os.Exit(checkingLedgers(program)) }})
}

// program is weighbridge as tests start it: a selftest is shorter if its caller asks for that.
func program() int {
	if len(os.Args) > 1 && os.Args[1] == "selftest" && os.Getenv(shortSelftests) != "" {
		return shortSelftest()
	}
	return start()
}

// leakFree fails if tests leave goroutines behind. goleak.VerifyTestMain cannot be used: it
// exits before testscript has cleaned up.
type leakFree struct{ *testing.M }

func (m leakFree) Run() int {
	runFourAtOnce()
	// A test that is run by nohup ignores SIGHUP, and so would the programs that it starts, had it no handler.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	code := m.M.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

// runFourAtOnce lets four of the tests that call t.Parallel run at once, unless -parallel says how many: they mostly
// wait for the runs that they start.
func runFourAtOnce() {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		_ = flag.Set("test.parallel", "4") // of any test binary
	}
}

// requests counts the requests to a script's $PLAIN.
type requests struct{ n atomic.Int64 }

// TestScripts runs the command line as a user would, by the scripts of testdata/script. Each has
// servers of its own: $PLAIN answers {"ok":true} over HTTP, $UNTRUSTED speaks TLS with a certificate
// that is not trusted, and $FAILING answers with status 500.
func TestScripts(t *testing.T) { runScripts(t, scripts) }

// TestConcurrentScripts runs those in which a run is interrupted, watched, or goes on beside what fails.
// make test has them, and every test with Concurrent in its name, run under the race detector.
func TestConcurrentScripts(t *testing.T) { runScripts(t, concurrentScripts) }

const (
	scripts           = "testdata/script"
	concurrentScripts = scripts + "/concurrent"
)

func runScripts(t *testing.T, folder string) {
	t.Helper()
	testscript.Run(t, testscript.Params{
		Dir:   folder,
		Setup: setUp,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":    exits,
			"await":    await,
			"signal":   signalRuns,
			"killmock": killMocks,
			"hits":     hitsAgree,
			"record":   writeRecord,
			"remote":   startRemote,
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
	// By default a program built with -race sleeps for a second before it exits. Its reports are files, so that none is missed.
	races := filepath.Join(env.WorkDir, ".races")
	env.Vars = append(env.Vars, "GORACE=atexit_sleep_ms=0 log_path="+races)
	env.Defer(func() { failIfAny(env.T(), races) })
	env.Vars = append(env.Vars, "PLAIN="+plain.URL, "PLAIN_ADDRESS="+plain.Listener.Addr().String(), "FAILING="+failing.URL, "UNTRUSTED="+untrusted.URL, "HOME="+env.WorkDir)
	return nil
}

// failIfAny fails if the race detector has written a report to a file with the prefix.
func failIfAny(t testscript.T, prefix string) {
	files, _ := filepath.Glob(prefix + ".*") // the pattern is well formed
	for _, file := range files {
		text, err := os.ReadFile(file)
		t.Fatal(string(text), err)
	}
}

// exits is the script command exits CODE COMMAND ARG…: the command must end with the exit code.
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

// smaller is the script command smaller FILE BYTES: the file must have fewer bytes.
func smaller(ts *testscript.TestScript, _ bool, args []string) {
	limit, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if info.Size() >= limit {
		ts.Fatalf("%s has %d bytes, want under %d", args[0], info.Size(), limit)
	}
}

// await is the script command await N: it waits until $PLAIN has got N requests.
func await(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	seen := ts.Value("requests").(*requests)
	const most = 5 * time.Minute
	for deadline := time.Now().Add(most); seen.n.Load() < want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("the server got %d requests in %v, want %d", seen.n.Load(), most, want)
		}
	}
}

// The entry point is called without a process: a panic or a hang in it shows here.
func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"list"}, exitDone},
		{[]string{"--help"}, exitDone},
		{[]string{"run", "--help"}, exitDone},
		{[]string{"doctor", "--help"}, exitDone},
		{[]string{"lst"}, exitUsage},
		{[]string{"lst", "--help"}, exitUsage},
		{[]string{"-q", "lst", "-h"}, exitUsage},
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
