package scenarios

import "testing"

// BenchmarkParseManyArms reads a scenario of 256 arms with a rule and a claim, and asks
// for its arms as often as a run does.
func BenchmarkParseManyArms(b *testing.B) {
	source := []byte(withMatrix(manyAxes(4, 4)) + `rules:
  - {name: no worse, no_regression: {}}
  - {name: fast, assert: 'ratio(p50_ms, "a0=l1", "a0=l0") < 2'}
claims:
  - {id: C1, measure: p50_ms}
`)
	for b.Loop() {
		s, err := Parse("many.yaml", source, Changes{})
		if err != nil {
			b.Fatal(err)
		}
		for range 3 { // preflight, outline and run
			if len(s.Arms()) != 256 {
				b.Fatal("expected 256 arms")
			}
		}
		s.Warnings()
	}
}
