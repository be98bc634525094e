package stat

import "testing"

func TestWithoutBursts(t *testing.T) {
	got := WithoutBursts([]float64{0.1, -0.2, 0.15, -1.1, 0.1, 0.9, -0.05})
	if len(got) != 5 {
		t.Errorf("kept %v", got)
	}
	if got := WithoutBursts([]float64{0, 0, 0, 0, 5}); len(got) != 5 {
		t.Errorf("where most are alike none is a burst: kept %v", got)
	}
}
