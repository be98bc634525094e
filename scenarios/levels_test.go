package scenarios

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestALevelThatSetsNothingIsTheScenarioAsWritten(t *testing.T) {
	source := minimal + "client: {timeout: 7s}\nmatrix:\n  wait: {base: {}, long: {client.timeout: 9s}}\n"
	s := mustParse(t, source)
	if got := s.Warnings(); len(got) != 0 {
		t.Errorf("warnings %q", got)
	}
	arms := s.Arms()
	if len(arms) != 2 || arms[0].Name != "wait=base" || arms[0].Client.Timeout != 7*time.Second || arms[1].Client.Timeout != 9*time.Second {
		t.Errorf("arms %+v", arms)
	}
	showsAgain(t, "test.yaml", s)
	both := mustParse(t, withMatrix("a: {x: {}, y: {}, z: {client.timeout: 1s}}"))
	if got, want := both.Warnings(), []string{"axis a: the levels x and y make the same arms"}; !slices.Equal(got, want) {
		t.Errorf("two levels that set nothing: %q, want %q", got, want)
	}
}

func TestWarningsAboutEqualLevels(t *testing.T) {
	s := mustParse(t, withMatrix("a: {x: {target.batch.size: 1}, y: {target.batch.size: 2}, z: {target.batch: {size: 1}}}\n  b: {p: {client.timeout: 1s}, q: {client.timeout: 1000ms}}"))
	want := []string{"axis a: the levels x and z make the same arms", "axis b: the levels p and q make the same arms"}
	if got := s.Warnings(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := mustParse(t, minimal).Warnings(); len(got) != 0 {
		t.Errorf("without axes: %q", got)
	}
}

func TestObjectivesThatACapacitySearchDoesNotUseAreAWarning(t *testing.T) {
	for source, warned := range map[string]bool{
		"load: {capacity: {}}\nobjectives: {response: 200ms}\n":        true,
		"load: {capacity: {p90: 1s}}\nobjectives: {response: 200ms}\n": false,
		"load: {capacity: {}}\n":                                       false,
		"load: {open: {rate: 1}}\nobjectives: {response: 200ms}\n":     false,
	} {
		got := strings.Join(mustParse(t, minimal+source).Warnings(), "\n")
		if strings.Contains(got, "load.capacity.p99") != warned {
			t.Errorf("%s: %q", source, got)
		}
	}
}
