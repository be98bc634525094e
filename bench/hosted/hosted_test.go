package hosted

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"weighbridge/bench"
	"weighbridge/bench/attack/hits"
	"weighbridge/scenarios"
)

const source = `
name: library
target: {dialect: article, auth: {scheme: jwt}}
load: {warmup: 20ms, drain: 1s, open: {rate: 100, duration: 50ms}, closed: {in_flight: 2, duration: 20ms, ramp: 5ms}}
experiment: {blocks: 3}
mock: {latency: {request: 1ms}}
matrix:
  protocol:
    h1: {client.protocol: http/1.1}
    h2c: {client.protocol: h2c}
`

// openOnly is source without closed load: its blocks are contiguous.
var openOnly = strings.Replace(source, ", closed: {in_flight: 2, duration: 20ms, ramp: 5ms}", "", 1)

// newMocks gives mocks in a child of this test program, and their scenario.
func newMocks(t *testing.T, argument string, sets ...string) (*Mocks, *scenarios.Scenario) {
	t.Helper()
	return newMocksOf(t, source, argument, sets...)
}

func newMocksOf(t *testing.T, source, argument string, sets ...string) (*Mocks, *scenarios.Scenario) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	job := Job{File: "library.yaml", Source: source, Changes: scenarios.Changes{Set: sets}}
	scenario, err := job.Scenario()
	if err != nil {
		t.Fatal(err)
	}
	return &Mocks{Job: job, Command: []string{self, argument}}, scenario
}

// A program that is not weighbridge measures against mocks in a child process.
func TestRunAsALibrary(t *testing.T) {
	mocks, scenario := newMocks(t, childArgument, "experiment.restart_every=2")
	started := map[string]int{}
	mocks.Started = func(arm, _ string) { started[arm]++ }
	rec, err := bench.Run(t.Context(), bench.Options{Scenario: scenario, Servers: mocks, Observe: func(bench.Progress) {}})
	if err != nil {
		t.Fatal(err)
	}
	if !rec.Complete || rec.Harness.Mocks == nil || rec.Harness.Mocks.FilesPeak == nil {
		t.Errorf("complete is %v (%s), the child took %+v", rec.Complete, rec.Stopped, rec.Harness.Mocks)
	}
	for _, arm := range rec.Arms {
		if l := arm.Ledger; l == nil || !l.Matches || l.Attempts == 0 || l.Attempts != arm.Totals.Attempts {
			t.Errorf("%s: %d attempts, the ledger is %+v", arm.Name, arm.Totals.Attempts, l)
		}
		if started[arm.Name] != 2 {
			t.Errorf("%s: its mock was started %d times, want 2", arm.Name, started[arm.Name])
		}
	}
	if mocks.child != nil {
		t.Error("the child is left behind")
	}
}

func TestKilledChildEndsTheRunWithARecord(t *testing.T) {
	mocks, scenario := newMocks(t, childArgument, "experiment.blocks=1000")
	var once atomic.Bool
	rec, err := bench.Run(t.Context(), bench.Options{
		Scenario: scenario, Servers: mocks, Observe: func(bench.Progress) {},
		Hits: func(h hits.Hit) {
			if h.Block >= 2 && once.CompareAndSwap(false, true) {
				_ = mocks.child.command.Process.Kill()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	const stopped = "the mock has ended: signal: killed"
	if rec.Complete || rec.Stopped != stopped {
		t.Errorf("complete is %v, stopped is %q, want %q", rec.Complete, rec.Stopped, stopped)
	}
	want := "protocol=h2c: the mock's ledger could not be read: " + stopped
	if text := strings.Join(rec.Invalid, "\n"); !strings.Contains(text, want) {
		t.Errorf("invalid is\n%s\nwant it to say %s", text, want)
	}
	for _, arm := range rec.Arms {
		if len(arm.Blocks) < 2 || !arm.Blocks[0].Complete || !arm.Blocks[1].Complete {
			t.Errorf("%s has %d blocks, the first two not complete", arm.Name, len(arm.Blocks))
		}
	}
	for _, warning := range rec.Warnings {
		if strings.Contains(warning, "CPU") {
			t.Errorf("the processor time of a child that has ended is known: %s", warning)
		}
	}
}

// In contiguous blocks, prompts of earlier blocks are still open when the child is killed: those of the
// last quarter of a second, five blocks. Blocks that lose answers in this way are not complete. No arm
// opens more than one connection, which on a busy machine would take longer than that.
func TestCompleteBlocksDoNotSufferFromAKilledChild(t *testing.T) {
	source := strings.Replace(openOnly, "h1: {client.protocol: http/1.1}", "streams: {client.protocol: h2c, client.connections: 1}", 1)
	mocks, scenario := newMocksOf(t, source, childArgument, "experiment.blocks=80", "mock.latency.request=250ms")
	var once atomic.Bool
	rec, err := bench.Run(t.Context(), bench.Options{
		Scenario: scenario, Servers: mocks, Observe: func(bench.Progress) {},
		Hits: func(h hits.Hit) {
			if h.Block >= 20 && once.CompareAndSwap(false, true) {
				_ = mocks.child.command.Process.Kill()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, arm := range rec.Arms {
		complete, hurt := 0, 0
		for _, b := range arm.Blocks {
			switch {
			case b.Complete:
				complete++
				if b.Open.Failed > 0 {
					t.Errorf("%s: prompts of the complete block %d failed: %v", arm.Name, b.Index, b.Open.Errors)
				}
			case b.Open.Failed > 0:
				hurt++
			}
		}
		if complete < 5 || hurt < 2 {
			t.Errorf("%s: %d of %d blocks are complete, and %d others lost answers", arm.Name, complete, len(arm.Blocks), hurt)
		}
	}
}

func TestChildThatDoesNotStart(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Mocks)
		want   string
	}{
		"no such program":      {func(m *Mocks) { m.Command = []string{"/nonexistent/weighbridge"} }, "start the mock: fork/exec /nonexistent/weighbridge"},
		"it ends at once":      {func(m *Mocks) { m.Command = []string{m.Command[0], "-test.run=^$"} }, "start the mock: it ended before it was ready: "},
		"it cannot do its job": {func(m *Mocks) { m.Job.Source = "name: [" }, "library.yaml:1:"},
		"it hosts other arms":  {func(m *Mocks) { m.Job.Source = strings.ReplaceAll(source, "h2c:", "h2:") }, "start the mock: no mock is hosted for arm protocol=h2c"},
	} {
		mocks, scenario := newMocks(t, childArgument)
		c.change(mocks)
		rec, err := bench.Run(t.Context(), bench.Options{Scenario: scenario, Servers: mocks, Observe: func(bench.Progress) {}})
		if rec != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got a record %v and the error %v, want %s", name, rec != nil, err, c.want)
		}
		if mocks.child != nil || strings.Contains(err.Error(), "has ended") {
			t.Errorf("%s: a child is left behind, or its end told twice: %v", name, err)
		}
	}
}

// A child that ignores the end of its standard input is killed.
func TestStopKillsAStubbornChild(t *testing.T) {
	t.Parallel()
	mocks, scenario := newMocks(t, stubbornArgument)
	lost := func(err error) { t.Errorf("the end that was asked for is taken for a loss: %v", err) }
	if _, err := mocks.Start(t.Context(), scenario.Arms(), lost); err != nil {
		t.Fatal(err)
	}
	child := mocks.child
	if err := mocks.Stop(); err != nil {
		t.Error(err)
	}
	if !child.hasExited() {
		t.Error("it still runs")
	}
	if err := mocks.Stop(); err != nil {
		t.Errorf("a second stop: %v", err)
	}
}

// What the control listener answers wrongly is an error, not a ledger of zeros.
func TestLedgerThatCannotBeRead(t *testing.T) {
	answers := map[string]http.HandlerFunc{
		"500":                           func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"the control listener's answer": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{")) },
		"attempt ids":                   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"ids":"!"}`)) },
	}
	for want, handler := range answers {
		control := httptest.NewServer(handler)
		mocks := &Mocks{child: &child{exited: make(chan struct{}), control: control.Client()}}
		mocks.child.info.Control = control.URL
		if account, err := mocks.Ledger(t.Context(), "all"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %+v and the error %v, want %s", account, err, want)
		}
		control.Close()
	}
}
