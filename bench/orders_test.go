package bench

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// noServers stands for the mocks of a scenario that has none.
type noServers struct{ Servers }

// startServer starts a server that answers everything at once, and returns its URL.
func startServer(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// threeArms returns a scenario with three arms and 4 short blocks, changed by each path=value.
func threeArms(t *testing.T, url string, sets ...string) *scenarios.Scenario {
	t.Helper()
	source := `
name: orders
target: {dialect: http, url: "` + url + `", http: {body: '{"p": {{json .Prompt}}}'}}
load: {warmup: 10ms, open: {rate: 500, arrivals: constant, duration: 40ms}}
experiment: {order: sequential, blocks: 4, seed: 3}
matrix: {model: {a: {target.model: a}, b: {target.model: b}, c: {target.model: c}}}
`
	s, err := scenarios.Parse("orders.yaml", []byte(source), scenarios.Changes{Set: sets})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func measured(t *testing.T, ctx context.Context, s *scenarios.Scenario, servers Servers, events Events) *record.Record {
	t.Helper()
	rec, err := Run(ctx, Options{Scenario: s, Servers: servers, Observe: func(Progress) {}, Events: events})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// recordedSlice is when one slice of a record was measured, in ms.
type recordedSlice struct {
	arm        string
	block      int
	start, end float64
}

// recordedSlices returns all slices of a record in the order in which they began.
func recordedSlices(rec *record.Record) []recordedSlice {
	var all []recordedSlice
	for _, arm := range rec.Arms {
		for _, b := range arm.Blocks {
			for _, s := range []*record.Slice{b.Open, b.Closed} {
				if s != nil {
					all = append(all, recordedSlice{arm.Name, b.Index, s.StartMS, s.StartMS + s.DurationMS})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b recordedSlice) int {
		if a.start < b.start {
			return -1
		}
		return 1
	})
	return all
}

func TestSequentialArmsTakeTurns(t *testing.T) {
	url := startServer(t)
	for _, sets := range [][]string{nil, {"load.closed={in_flight: 2, duration: 20ms, ramp: 1ms}"}} {
		rec := measured(t, context.Background(), threeArms(t, url, sets...), noServers{}, Events{})
		all := recordedSlices(rec)
		if want := 4 * 3 * (1 + len(sets)); len(all) != want || !rec.Complete || rec.Plan.Order != scenarios.Sequential {
			t.Fatalf("%d slices, want %d; %+v", len(all), want, rec.Plan)
		}
		orders := map[string]bool{}
		order := ""
		for i, now := range all {
			if i > 0 && now.start < all[i-1].end {
				t.Errorf("%+v began before %+v ended", now, all[i-1])
			}
			if now.block != i/(3*(1+len(sets))) {
				t.Errorf("slice %d belongs to block %d", i, now.block)
			}
			if order += now.arm; i%3 == 2 {
				orders[order] = true
				order = ""
			}
		}
		if len(orders) < 2 {
			t.Errorf("every block has the same order: %v", orders)
		}
	}
}

// After an interruption between two blocks, no arm has a slice in the second.
func TestInterruptedSequentialRun(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := threeArms(t, startServer(t))
	interrupt := Events{Block: func(string, record.Block) { cancel() }}
	rec := measured(t, ctx, s, noServers{}, interrupt)
	if rec.Complete || rec.Stopped != "interrupted" {
		t.Errorf("complete %v, stopped %q", rec.Complete, rec.Stopped)
	}
	if all := recordedSlices(rec); len(all) != 3 {
		t.Errorf("%d slices are kept, want the first block's 3: %+v", len(all), all)
	}
}

func TestOrderDependsOnSeedAndPhase(t *testing.T) {
	draw := func(seed uint64, phase string) [][]int {
		e := &experiment{arms: make([]*attack.Arm, 6), options: Options{Scenario: &scenarios.Scenario{}}}
		e.options.Scenario.Experiment.Seed = seed
		var all [][]int
		for block := range 5 {
			all = append(all, e.order(phase, block))
		}
		return all
	}
	same := func(a, b [][]int) bool { return slices.EqualFunc(a, b, slices.Equal) }
	if !same(draw(1, attack.PhaseOpen), draw(1, attack.PhaseOpen)) {
		t.Error("the same seed gives different orders")
	}
	if same(draw(1, attack.PhaseOpen), draw(2, attack.PhaseOpen)) || same(draw(1, attack.PhaseOpen), draw(1, attack.PhaseClosed)) {
		t.Error("different seeds or phases give the same orders")
	}
}

func TestExpectedDuration(t *testing.T) {
	closed := "load.closed={duration: 1s, ramp: 100ms}"
	for _, c := range []struct {
		sets []string
		want time.Duration
		// drains is how many answers of 1 s, one after another, the slices wait for.
		drains time.Duration
	}{
		{[]string{"experiment.order=concurrent"}, 10*time.Millisecond + 4*40*time.Millisecond, 1},
		{[]string{"experiment.order=concurrent", closed}, 10*time.Millisecond + 300*time.Millisecond + 4*(40*time.Millisecond+3300*time.Millisecond), 4 * (1 + 3)},
		{nil, 3 * (10*time.Millisecond + 4*40*time.Millisecond), 4 * 3},
		{[]string{closed}, 3 * (110*time.Millisecond + 4*1140*time.Millisecond), 4 * (3 + 3)},
		{[]string{closed, "experiment.restart_every=3"}, 3 * (2*110*time.Millisecond + 4*1140*time.Millisecond), 4 * (3 + 3)},
	} {
		s := threeArms(t, "mock", append(c.sets, "target.dialect=article")...)
		if got := expectedDuration(s, s.Arms()); got != c.want {
			t.Errorf("%v: %v, want %v", c.sets, got, c.want)
		}
		if got := expectedDrains(s, s.Arms(), func(int) time.Duration { return time.Second }); got != c.drains*time.Second {
			t.Errorf("%v: drains of %v, want %d answers of 1s", c.sets, got, c.drains)
		}
	}
}
