package bench_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/attack"
	"weighbridge/bench/attack/hits"
	"weighbridge/bench/hosted"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// failing is a set of mocks whose methods can fail.
type failing struct {
	hosted.Local
	lost      func(error)
	ledgerErr error // of the arm side=b
	stopErr   error
	startErr  error // of the second start
	starts    int
}

func (f *failing) Start(ctx context.Context, arms []scenarios.Arm, lost func(error)) ([]attack.Endpoint, error) {
	f.lost = lost
	if f.starts++; f.starts == 2 && f.startErr != nil {
		return nil, f.startErr
	}
	return f.Local.Start(ctx, arms, lost)
}

func (f *failing) Ledger(ctx context.Context, arm string) (*bench.Account, error) {
	if f.ledgerErr != nil && arm == "side=b" {
		return nil, f.ledgerErr
	}
	return f.Local.Ledger(ctx, arm)
}

func (f *failing) Stop() error { return errors.Join(f.Local.Stop(), f.stopErr) }

// openOnly, in place of a patch, takes the closed load away from blocksScenario.
const openOnly = "open only"

// blocksScenario is two arms with short blocks; patches are added to it.
func blocksScenario(t *testing.T, sets ...string) *scenarios.Scenario {
	t.Helper()
	closed := ", closed: {in_flight: 2, duration: 20ms, ramp: 5ms}"
	if i := slices.Index(sets, openOnly); i >= 0 {
		closed, sets = "", slices.Delete(slices.Clone(sets), i, i+1)
	}
	s, err := scenarios.Parse("blocks.yaml", []byte(`
name: blocks
target: {dialect: article}
load: {warmup: 20ms, drain: 1s, open: {rate: 100, duration: 50ms}`+closed+`}
experiment: {blocks: 4}
mock: {latency: {request: 1ms}}
matrix:
  side:
    a: {client.timeout: 10s}
    b: {client.timeout: 11s}
`), scenarios.Changes{Set: sets})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// whole counts an arm's complete blocks.
func whole(a record.Arm) (n int) {
	for _, b := range a.Blocks {
		if b.Complete {
			n++
		}
	}
	return n
}

// keeps wants an incomplete record that says what stopped it and has blocks to show.
func keeps(t *testing.T, rec *record.Record, err error, stopped string) {
	t.Helper()
	if err != nil {
		t.Fatalf("there is no record: %v", err)
	}
	if rec.Complete || !strings.Contains(rec.Stopped, stopped) {
		t.Errorf("complete is %v, stopped is %q, want it to say %q", rec.Complete, rec.Stopped, stopped)
	}
	for _, arm := range rec.Arms {
		if whole(arm) == 0 {
			t.Errorf("%s has no complete block", arm.Name)
		}
	}
}

func TestUnreadableLedgerMakesTheRecordInvalid(t *testing.T) {
	for name, sets := range map[string][]string{"at the end": nil, "before a restart": {"experiment.restart_every=1"}} {
		t.Run(name, func(t *testing.T) {
			mocks := &failing{ledgerErr: errors.New("connection refused")}
			rec, err := bench.Run(t.Context(), bench.Options{Scenario: blocksScenario(t, sets...), Servers: mocks, Observe: func(bench.Progress) {}})
			keeps(t, rec, err, "read the mock's ledger of arm side=b: connection refused")
			want := "side=b: the mock's ledger could not be read: connection refused"
			if !slices.Contains(rec.Invalid, want) {
				t.Errorf("invalid is %q, want %q among them", rec.Invalid, want)
			}
			if l := rec.Arms[0].Ledger; !l.Matches || l.Attempts == 0 || l.Unread != "" {
				t.Errorf("the other arm's ledger is %+v", l)
			}
		})
	}
}

func TestFailureAfterABlockKeepsTheRecord(t *testing.T) {
	broken := errors.New("it broke")
	for name, c := range map[string]struct {
		mocks *failing
		sets  []string
	}{
		"the mocks do not end":         {&failing{stopErr: broken}, nil},
		"the mocks do not start again": {&failing{startErr: broken}, []string{"experiment.restart_every=2"}},
	} {
		t.Run(name, func(t *testing.T) {
			rec, err := bench.Run(t.Context(), bench.Options{Scenario: blocksScenario(t, c.sets...), Servers: c.mocks, Observe: func(bench.Progress) {}})
			keeps(t, rec, err, broken.Error())
			for _, arm := range rec.Arms {
				if l := arm.Ledger; l == nil || !l.Matches {
					t.Errorf("the ledger of %s is %+v", arm.Name, l)
				}
			}
		})
	}
}

// A mock that is lost ends the run at once, whatever load is under way.
func TestLostMockEndsTheRun(t *testing.T) {
	const blocks, lostIn, longSince = 400, 8, 100
	const inFirst = 10 // prompts of open load in the first block, at 100/s for 50 ms in each of two arms
	planned := fmt.Sprintf("experiment.blocks=%d", blocks)
	for name, sets := range map[string][]string{
		"in a block":           {planned},
		"in contiguous blocks": {planned, openOnly},
		"in sequential order":  {planned, "experiment.order=sequential"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mocks := &failing{}
			// On a machine that lags behind, prompts of later blocks may be answered before those of the first, and
			// some of the first are never sent.
			var first, measured atomic.Int64
			rec, err := bench.Run(t.Context(), bench.Options{
				Scenario: blocksScenario(t, append(sets, "load.open.arrivals=constant")...), Servers: mocks, Observe: func(bench.Progress) {},
				Hits: func(h hits.Hit) {
					if h.Block == 0 && h.Phase == attack.PhaseOpen {
						first.Add(1)
					}
					if (h.Block >= lostIn && first.Load() >= inFirst || h.Block >= longSince) && measured.Add(1) == 1 {
						mocks.lost(errors.New("the mock has ended"))
					}
				},
			})
			keeps(t, rec, err, "the mock has ended")
			if n := whole(rec.Arms[0]); n > blocks/2 {
				t.Errorf("%d of %d blocks are complete, %d had begun", n, blocks, lostIn+1)
			}
		})
	}
}

func TestFailureBeforeTheFirstBlockLeavesNoRecord(t *testing.T) {
	mocks := &failing{}
	rec, err := bench.Run(t.Context(), bench.Options{
		Scenario: blocksScenario(t, "load.open.duration=1h"), Servers: mocks, Observe: func(bench.Progress) {},
		Hits: func(hits.Hit) { mocks.lost(errors.New("the mock has ended")) },
	})
	if rec != nil || err == nil || err.Error() != "the mock has ended" {
		t.Errorf("got a record %v and the error %v", rec != nil, err)
	}
}

// The cause of a context's end is a failure like the run's own; a cancelled one is an interrupt.
func TestCauseOfTheContextsEnd(t *testing.T) {
	for name, cause := range map[string]error{"the disk is full": errors.New("the disk is full"), bench.Interrupted: context.Canceled} {
		ctx, end := context.WithCancelCause(t.Context())
		rec, err := bench.Run(ctx, bench.Options{
			Scenario: blocksScenario(t, "experiment.blocks=1000"), Servers: &hosted.Local{}, Observe: func(bench.Progress) {},
			Hits: func(h hits.Hit) {
				if h.Block == 1 {
					end(cause)
				}
			},
		})
		keeps(t, rec, err, name)
		for _, arm := range rec.Arms {
			if !arm.Ledger.Matches {
				t.Errorf("%s: the ledger of %s is %+v", name, arm.Name, arm.Ledger)
			}
		}
	}
	ctx, end := context.WithCancelCause(t.Context())
	rec, err := bench.Run(ctx, bench.Options{
		Scenario: blocksScenario(t, "load.open.duration=1h"), Servers: &hosted.Local{}, Observe: func(bench.Progress) {},
		Hits: func(hits.Hit) { end(context.Canceled) },
	})
	if err != nil || rec.Stopped != bench.Interrupted {
		t.Errorf("an interrupt in the first block leaves %+v, %v", rec, err)
	}
}

// urlScenario asks a server under test, in 40 blocks of half a second.
func urlScenario(t *testing.T, server string, sets ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("url.yaml", []byte(`
name: url
target: {dialect: http}
load: {warmup: 20ms, drain: 1s, open: {rate: 40, duration: 500ms}}
experiment: {blocks: 40}
`), scenarios.Changes{Set: append(sets, "target.url="+server)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// goneServer is a server that goes away in block 2, told by its first hit.
func goneServer(t *testing.T) (url string, onHit func(hits.Hit)) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	t.Cleanup(server.Close)
	return server.URL, func(h hits.Hit) {
		if h.Block == 2 {
			go server.Close()
		}
	}
}

// A target that goes away for good ends the run, once it is sure.
func TestTargetThatGoesAwayEndsTheRun(t *testing.T) {
	t.Parallel()
	url, onHit := goneServer(t)
	began := time.Now()
	rec, err := bench.Run(t.Context(), bench.Options{Scenario: urlScenario(t, url), Observe: func(bench.Progress) {}, Hits: onHit})
	keeps(t, rec, err, "arm all: nothing answered for 1")
	if took := time.Since(began); !strings.Contains(rec.Stopped, "connection refused") || took > time.Minute {
		t.Errorf("stopped after %v: %s", took, rec.Stopped)
	}
	if n := whole(rec.Arms[0]); n < 15 || n > 38 {
		t.Errorf("%d blocks are complete", n)
	}
}

// One that goes away for the last blocks is measured: its failures are the figures. Where the machine is late, the end of the run
// is what some of them fail by.
func TestTargetThatGoesAwayNearTheEndIsMeasured(t *testing.T) {
	t.Parallel()
	url, onHit := goneServer(t)
	rec, err := bench.Run(t.Context(), bench.Options{Scenario: urlScenario(t, url, "experiment.blocks=5"), Observe: func(bench.Progress) {}, Hits: onHit})
	if err != nil {
		t.Fatal(err)
	}
	last := rec.Arms[0].Blocks[4].Open
	if !rec.Complete || whole(rec.Arms[0]) != 5 || last.Answered > 0 || last.Errors["transport"] == 0 || last.Errors["transport"]+last.Errors["cut_off"] != last.Due {
		t.Errorf("complete is %v (%s); the last of %d blocks is %+v", rec.Complete, rec.Stopped, whole(rec.Arms[0]), last)
	}
}
