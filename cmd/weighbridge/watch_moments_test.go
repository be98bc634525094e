package main

import (
	"reflect"
	"testing"
	"time"

	"weighbridge/bench"
)

func TestMomentsAreOfASecondEach(t *testing.T) {
	t.Parallel()
	var m moments
	for _, now := range []bench.Progress{
		{Elapsed: 400 * time.Millisecond},
		{Elapsed: time.Second, P50: 20 * time.Millisecond, P99: 40 * time.Millisecond, Answered: 10, Failed: 1},
		{Elapsed: 1500 * time.Millisecond, Answered: 20, Failed: 1},
		{Elapsed: 3 * time.Second, Answered: 50, Failed: 5},
	} {
		m.add(now)
	}
	want := []moment{{1, 10, 1, new(20.0), new(40.0)}, {3, 20, 2, nil, nil}}
	all, n := m.since(0)
	if !reflect.DeepEqual(all, want) || n != 2 {
		t.Errorf("%d moments: %+v", n, all)
	}
	if later, n := m.since(1); !reflect.DeepEqual(later, want[1:]) || n != 2 {
		t.Errorf("after the first there are %d: %+v", n, later)
	}
	if none, _ := m.since(2); len(none) != 0 || none == nil {
		t.Errorf("%+v", none)
	}
}

func TestOldMomentsAreDropped(t *testing.T) {
	t.Parallel()
	var m moments
	for second := range mostMoments + 5 {
		m.add(bench.Progress{Elapsed: time.Duration(second+1) * time.Second})
	}
	if all, n := m.since(0); len(all) != mostMoments || all[0].At != 6 || n != mostMoments+5 {
		t.Errorf("%d of %d moments from %v s on", len(all), n, all[0].At)
	}
	if last, _ := m.since(mostMoments + 4); len(last) != 1 || last[0].At != mostMoments+5 {
		t.Errorf("%+v", last)
	}
}

// Every reader gets each moment once, and all of them anew when another scenario runs.
func TestAPageGetsEachMomentOnce(t *testing.T) {
	t.Parallel()
	w := newWatcher()
	w.show("first", nil)
	w.observe(bench.Progress{Elapsed: time.Second, Answered: 7})
	var at seen
	expect := func(what string, restart bool, n int) {
		t.Helper()
		if s := w.state(&at); s.Restart != restart || len(s.Moments) != n {
			t.Errorf("%s: restart %v, %d moments", what, s.Restart, len(s.Moments))
		}
	}
	expect("at first", true, 1)
	expect("again", false, 0)
	w.observe(bench.Progress{Elapsed: 2 * time.Second, Answered: 9})
	expect("a second later", false, 1)
	w.show("second", nil)
	expect("of another scenario", true, 0)
	w.observe(bench.Progress{Elapsed: time.Second, Answered: 1})
	expect("and then", false, 1)
}
