package fault_test

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"weighbridge/mockserver/fault"
)

func TestWhenValidates(t *testing.T) {
	for _, test := range []struct {
		when fault.When
		want string
	}{
		{fault.When{}, ""},
		{fault.When{Share: 0.1, Routes: []string{"/v1"}, After: 1, Until: 2, Every: 4, For: 3}, ""},
		{fault.When{Share: 1, Every: 4, For: 4}, ""},
		{fault.When{Share: 1, After: 2, Until: 2}, "`until` must be later than `after`"},
		{fault.When{Share: 1, For: 2}, "`for` requires `every`, the interval between windows"},
		{fault.When{Share: 1, Every: 1, For: 2}, "`for` must not be longer than `every`"},
		{fault.When{Routes: []string{"/v1"}}, "routes and times have no effect because share is 0"},
		{fault.When{After: 1}, "routes and times have no effect because share is 0"},
		{fault.When{Every: 1}, "routes and times have no effect because share is 0"},
	} {
		expectInvalid(t, test.when, test.want)
	}
}

// expectInvalid checks the error of a config's Validate; "" means that it is valid.
func expectInvalid(t *testing.T, config interface{ Validate() error }, want string) {
	t.Helper()
	got := ""
	if err := config.Validate(); err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("%+v: got %q, want %q", config, got, want)
	}
}

func TestWindows(t *testing.T) {
	const forever = 1 << 62
	always := fault.When{}
	between := fault.When{After: 10, Until: 20}
	bursts := fault.When{After: 10, Every: 10, For: 3}
	both := fault.When{After: 10, Until: 32, Every: 10, For: 3}
	for _, test := range []struct {
		when      fault.When
		age, want time.Duration
	}{
		{always, 0, forever},
		{fault.When{Every: 5}, 7, forever},
		{fault.When{Every: 5, For: 5}, 4, forever},
		{between, 9, 0},
		{between, 10, 10},
		{between, 19, 1},
		{between, 20, 0},
		{bursts, 9, 0},
		{bursts, 10, 3},
		{bursts, 12, 1},
		{bursts, 13, 0},
		{bursts, 20, 3},
		{bursts, 1004, 0},
		{bursts, 1012, 1},
		{both, 22, 1},
		{both, 31, 1},
		{both, 32, 0},
	} {
		trigger := fault.NewTrigger(1, "reset", test.when)
		if got := trigger.Remaining(test.age); got != test.want || trigger.Active(test.age) != (test.want > 0) {
			t.Errorf("%+v at %d: %d remaining, active %v, want %d", test.when, test.age, got, trigger.Active(test.age), test.want)
		}
	}
}

func TestTriggerNeedsAllConditions(t *testing.T) {
	trigger := fault.NewTrigger(1, "reset", fault.When{Share: 1, Routes: []string{"/a", "/b"}, After: 10, Until: 20})
	never := fault.NewTrigger(1, "reset", fault.When{})
	for _, test := range []struct {
		trigger fault.Trigger
		moment  fault.Moment
		want    bool
	}{
		{trigger, fault.Moment{Route: "/a", Age: 10}, true},
		{trigger, fault.Moment{Route: "/b", Age: 19}, true},
		{trigger, fault.Moment{Route: "/c", Age: 10}, false},
		{trigger, fault.Moment{Route: "/a", Age: 9}, false},
		{trigger, fault.Moment{Route: "/a", Age: 20}, false},
		{trigger, fault.Moment{Route: "/c", Requested: []string{"other", "reset"}}, true},
		{trigger, fault.Moment{Route: "/c", Requested: []string{"other"}}, false},
		{never, fault.Moment{}, false},
		{never, fault.Moment{Requested: []string{"reset"}}, true},
	} {
		if got := test.trigger.Hits(test.moment); got != test.want {
			t.Errorf("%+v hits %+v: %v", test.trigger, test.moment, got)
		}
	}
}

func TestTriggerShareAndSeed(t *testing.T) {
	when := fault.When{Share: 0.05}
	one, same, other := fault.NewTrigger(1, "reset", when), fault.NewTrigger(1, "reset", when), fault.NewTrigger(2, "reset", when)
	namesake := fault.NewTrigger(1, "truncate", when)
	hits, both, bothNames := 0, 0, 0
	for id := range uint64(attempts) {
		m := fault.Moment{Attempt: id}
		if one.Hits(m) != same.Hits(m) {
			t.Fatalf("attempt %d differs with the same seed", id)
		}
		if one.Hits(m) {
			hits++
			both += toInt(other.Hits(m))
			bothNames += toInt(namesake.Hits(m))
		}
	}
	expectShare(t, "reset", hits, 0.05)
	expectShare(t, "reset with two seeds", both, 0.05*0.05)
	expectShare(t, "reset and truncate", bothNames, 0.05*0.05)
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestTriggerIgnoresGoroutineOrder(t *testing.T) {
	trigger := fault.NewTrigger(3, "reset", fault.When{Share: 0.5})
	got := make([]bool, 2000)
	var all sync.WaitGroup
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(len(got)) {
		all.Go(func() { got[i] = trigger.Hits(fault.Moment{Attempt: uint64(i)}) })
	}
	all.Wait()
	for i := range got {
		if got[i] != trigger.Hits(fault.Moment{Attempt: uint64(i)}) {
			t.Fatalf("attempt %d is decided differently alone", i)
		}
	}
}

// The numbers for a hit must be independent of the one that decided it, which is small.
func TestDrawsOfHitsAreUniform(t *testing.T) {
	trigger := fault.NewTrigger(1, "malformed", fault.When{Share: 0.1})
	var n, sum, second float64
	for id := range uint64(attempts) {
		if m := (fault.Moment{Attempt: id}); trigger.Hits(m) {
			draw := trigger.Draw(m)
			n, sum, second = n+1, sum+draw(0), second+(draw(0)-0.5)*(draw(1)-0.5)
		}
	}
	// The mean of n numbers has the standard error 1/√12n, that of n products 1/12√n.
	if off := math.Abs(sum/n - 0.5); off > 5/math.Sqrt(12*n) {
		t.Errorf("the mean of %v draws is %v", n, sum/n)
	}
	if off := math.Abs(second / n); off > 5/(12*math.Sqrt(n)) {
		t.Errorf("the numbers of one request are correlated by %v", second/n*12)
	}
}
