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

// noServers are the mocks of a scenario that names URLs.
type noServers struct{ Servers }

// answering is a server that answers everything at once.
func answering(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// threeArms asks the server at url, in 4 short blocks, and is changed by each path=value.
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

// turn is one slice as it lies in a record.
type turn struct {
	arm        string
	block      int
	start, end float64
}

// turns are all slices of a record by the moment they began.
func turns(rec *record.Record) []turn {
	var all []turn
	for _, arm := range rec.Arms {
		for _, b := range arm.Blocks {
			for _, s := range []*record.Slice{b.Open, b.Closed} {
				if s != nil {
					all = append(all, turn{arm.Name, b.Index, s.StartMS, s.StartMS + s.DurationMS})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b turn) int {
		if a.start < b.start {
			return -1
		}
		return 1
	})
	return all
}

func TestSequentialArmsTakeTurns(t *testing.T) {
	url := answering(t)
	for _, sets := range [][]string{nil, {"load.closed={in_flight: 2, duration: 20ms, ramp: 1ms}"}} {
		rec := measured(t, context.Background(), threeArms(t, url, sets...), noServers{}, Events{})
		all := turns(rec)
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
				t.Errorf("slice %d is of block %d", i, now.block)
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

// Arms of which one is measured while the run is interrupted: what it was due
// is kept, and the arms whose turn did not come have no slice in that block.
func TestSequentialRunIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := threeArms(t, answering(t))
	interrupt := Events{Block: func(string, record.Block) { cancel() }}
	rec := measured(t, ctx, s, noServers{}, interrupt)
	if rec.Complete || rec.Stopped != "interrupted" {
		t.Errorf("complete %v, stopped %q", rec.Complete, rec.Stopped)
	}
	if all := turns(rec); len(all) != 3 {
		t.Errorf("%d slices are kept, want the first block's 3: %+v", len(all), all)
	}
}

func TestOrdersAreOfTheSeed(t *testing.T) {
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
		t.Error("the same seed gives other orders")
	}
	if same(draw(1, attack.PhaseOpen), draw(2, attack.PhaseOpen)) || same(draw(1, attack.PhaseOpen), draw(1, attack.PhaseClosed)) {
		t.Error("another seed or phase gives the same orders")
	}
}

func TestExpectedDuration(t *testing.T) {
	closed := "load.closed={duration: 1s, ramp: 100ms}"
	for _, c := range []struct {
		sets []string
		want time.Duration
	}{
		{[]string{"experiment.order=concurrent"}, 10*time.Millisecond + 4*40*time.Millisecond},
		{[]string{"experiment.order=concurrent", closed}, 10*time.Millisecond + 300*time.Millisecond + 4*(40*time.Millisecond+3300*time.Millisecond)},
		{nil, 3 * (10*time.Millisecond + 4*40*time.Millisecond)},
		{[]string{closed}, 3 * (110*time.Millisecond + 4*1140*time.Millisecond)},
		{[]string{closed, "experiment.restart_every=3"}, 3 * (2*110*time.Millisecond + 4*1140*time.Millisecond)},
	} {
		s := threeArms(t, "mock", append(c.sets, "target.dialect=article")...)
		if got := expectedDuration(s, s.Arms()); got != c.want {
			t.Errorf("%v: %v, want %v", c.sets, got, c.want)
		}
	}
}
