package reports

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
)

// drawings are the plots of a record as svg, by name.
func drawings(t *testing.T, rec *record.Record) map[string]string {
	t.Helper()
	plots, err := draft(rec, Summarize(Judged{Record: rec}))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, d := range plots {
		svg, err := d.svg()
		if err != nil {
			t.Fatal(err)
		}
		out[d.name] = string(svg)
	}
	return out
}

func TestPlotsNameEveryArm(t *testing.T) {
	t.Parallel()
	for name, sh := range map[string]shape{"matrix": matrixShape(), "sixteen": sixteenArms(false), "long": sixteenArms(true)} {
		rec := synthetic(sh)
		for file, svg := range drawings(t, rec) {
			for i := range rec.Arms {
				if label := armLabel(rec, i); !strings.Contains(svg, ">"+label+"<") {
					t.Errorf("%s: %s does not name the arm %s", name, file, label)
				}
			}
		}
	}
}

func TestPlotsOfLittle(t *testing.T) {
	t.Parallel()
	one := shape{blocks: 1, open: true, promptsPerOpen: 30, speed: func(map[string]string) float64 { return 1 }}
	short := matrixShape()
	short.blocks = 2
	silent := synthetic(one)
	silent.Arms[0].Blocks[0].Open = emptySlice(2000)
	silent.Arms[0].OverTime.Points = []record.Point{{Due: 50, Failed: 50}}
	for name, c := range map[string]struct {
		rec   *record.Record
		says  string
		plots int
	}{
		"one block":    {synthetic(one), "all", 6},
		"no answers":   {silent, "all (no answers)", 5},
		"no blocks":    {&record.Record{Arms: []record.Arm{{Name: "all"}}}, "all (no answers)", 4},
		"no arms":      {&record.Record{}, "Response latency by percentile", 4},
		"one arm of 8": {broken(synthetic(short)), "batch10 · h1 · jwt (no answers)", 6},
	} {
		all := drawings(t, c.rec)
		if len(all) != c.plots || !strings.Contains(all["latency-percentile"], ">"+c.says+"<") {
			t.Errorf("%s: %d plots, or latency-percentile does not say %q", name, len(all), c.says)
		}
	}
}

// However long a run, its plot over time stays a plot that a page can hold.
func TestPlotOverALongTimeStaysSmall(t *testing.T) {
	t.Parallel()
	rec := synthetic(smallShape())
	for second := range 5000 {
		rec.Arms[0].OverTime.Add(time.Duration(second)*time.Second, record.Point{Due: 5, Answered: 5, ResponseTotalMS: 50, ResponseMaxMS: 20})
	}
	svg := drawings(t, rec)["over-time"]
	if size := len(svg); size > 100<<10 || !strings.Contains(svg, ">4000<") {
		t.Errorf("the svg of 5000 seconds is %d bytes long, or does not reach 4000 s", size)
	}
}

func TestArmStylesAreAllDifferent(t *testing.T) {
	for name, sh := range map[string]shape{"eight": matrixShape(), "sixteen": sixteenArms(false)} {
		seen := map[string]bool{}
		for _, style := range armStyles(synthetic(sh)) {
			var look bytes.Buffer
			for _, d := range style.line.Dashes {
				fmt.Fprint(&look, d)
			}
			r, g, b, _ := style.line.Color.RGBA()
			key := fmt.Sprint(look.String(), r, g, b)
			if seen[key] {
				t.Errorf("%s arms: %s looks like another", name, style.label)
			}
			seen[key] = true
		}
	}
}

func TestRoundTicks(t *testing.T) {
	labels := func(low, high float64) string {
		var out []string
		for _, tick := range roundTicks(math.Log10(low), math.Log10(high)) {
			if tick.Label != "" {
				out = append(out, tick.Label)
			}
		}
		return strings.Join(out, " ")
	}
	if got := labels(0.9, 120); got != "1 2 5 10 20 50 100" {
		t.Errorf("0.9 to 120: %s", got)
	}
	if got := strings.Fields(labels(31, 42)); len(got) < 3 {
		t.Errorf("31 to 42: %v, want three ticks at least", got)
	}
}
