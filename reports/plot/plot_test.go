package plot

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
)

// drawings returns the plots of a record as SVG, by name.
func drawings(t *testing.T, rec *record.Record) map[string]string {
	t.Helper()
	plots, err := All(&summary.Judged{Record: rec})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, p := range plots {
		svg, err := p.SVG()
		if err != nil {
			t.Fatal(err)
		}
		out[p.Name] = string(svg)
		if !strings.Contains(out[p.Name], ">"+p.Title+"<") {
			t.Errorf("%s.svg has no title", p.Name)
		}
	}
	return out
}

func TestPlotsNameEveryArm(t *testing.T) {
	t.Parallel()
	for name, sh := range map[string]recordtest.Shape{"matrix": recordtest.Matrix(), "sixteen": recordtest.SixteenArms(false), "long": recordtest.SixteenArms(true)} {
		rec := recordtest.Record(sh)
		for file, svg := range drawings(t, rec) {
			if file == "forest" || file == "errors-over-time" {
				continue // these name levels and kinds of failure
			}
			for i := range rec.Arms {
				if label := armLabel(rec, i); !strings.Contains(svg, ">"+label+"<") {
					t.Errorf("%s: %s does not name the arm %s", name, file, label)
				}
			}
		}
	}
}

func TestPlotsOfFewFigures(t *testing.T) {
	t.Parallel()
	one := recordtest.Shape{Blocks: 1, Open: true, PromptsPerOpen: 30, Speed: func(map[string]string) float64 { return 1 }}
	short := recordtest.Matrix()
	short.Blocks = 2
	silent := recordtest.Record(one)
	silent.Arms[0].Blocks[0].Open = record.NewSlice(0, 2000)
	silent.Arms[0].OverTime.Points = []record.Point{{Due: 50, Failed: 50}}
	for name, c := range map[string]struct {
		rec   *record.Record
		says  string
		plots int
	}{
		"one block":    {recordtest.Record(one), "all", 7},
		"no answers":   {silent, "all (no answers)", 4},
		"no blocks":    {&record.Record{Arms: []record.Arm{{Name: "all"}}}, "all (no answers)", 3},
		"no arms":      {&record.Record{}, "Response latency by percentile", 3},
		"one arm of 8": {recordtest.Interrupted(recordtest.Record(short)), "batch10 · h1 · jwt (no answers)", 10},
	} {
		all := drawings(t, c.rec)
		if len(all) != c.plots || !strings.Contains(all["latency-percentile"], ">"+c.says+"<") {
			t.Errorf("%s: %d plots, or latency-percentile does not say %q", name, len(all), c.says)
		}
	}
}

// The plot over time of a long run has a bounded size.
func TestPlotOverALongTimeStaysSmall(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Small())
	for second := range 5000 {
		rec.Arms[0].OverTime.Add(time.Duration(second)*time.Second, record.Point{Due: 5, Answered: 5, ResponseTotalMS: 50, ResponseMaxMS: 20})
	}
	svg := drawings(t, rec)["over-time"]
	if size := len(svg); size > 100<<10 || !strings.Contains(svg, ">4000<") {
		t.Errorf("the svg of 5000 seconds is %d bytes long, or does not reach 4000 s", size)
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

// On a phone of 390 pixels an axis has room for some 48 characters: a longer label would be cut.
func TestLabelsFitAPhone(t *testing.T) {
	t.Parallel()
	plots, err := All(&summary.Judged{Record: recordtest.Record(recordtest.Matrix())})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plots {
		if p.Lines != nil && utf8.RuneCountInString(p.Lines.X) > 48 {
			t.Errorf("%s: %q is too long", p.Name, p.Lines.X)
		}
	}
}

func TestPartsPlotNamesItsParts(t *testing.T) {
	svg := drawings(t, recordtest.SplitRecord())["time-parts"]
	for text, want := range map[string]int{
		"split": 1, "older": 1, "batch filling": 1, "waiting": 1, "body": 1, "remainder": 1, "auth": 0, "slot wait": 0,
		"100": 1, "–": 2, // the whole at the end of a bar, and two arms without
	} {
		if got := strings.Count(svg, ">"+text+"<"); got < want || want == 0 && got > 0 {
			t.Errorf("the plot says %q %d times, want %d", text, got, want)
		}
	}
}

func TestCapacityIsDrawn(t *testing.T) {
	rec := recordtest.WithCapacities()
	svg := drawings(t, rec)["capacity"]
	for i := range rec.Arms {
		if label := armLabel(rec, i); !strings.Contains(svg, ">"+label+"<") {
			t.Errorf("the plot does not name %s", label)
		}
	}
	for _, few := range []*record.Capacity{{}, {Probes: []record.Probe{{RatePerS: 5, P50MS: new(1.0), P99MS: new(2.0)}}}} {
		rec.Arms[0].Capacity, rec.Arms[1].Capacity = few, nil
		if drawings(t, rec)["capacity"] == "" {
			t.Errorf("%+v is not drawn", few)
		}
	}
}

func TestImagesOfPlotsHaveAPalette(t *testing.T) {
	plots, err := All(&summary.Judged{Record: recordtest.Record(recordtest.Matrix())})
	if err != nil {
		t.Fatal(err)
	}
	var encoder PNGEncoder
	for _, p := range plots {
		encoded, err := encoder.Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := png.Decode(bytes.NewReader(encoded))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := decoded.(*image.Paletted); !ok {
			t.Errorf("%s has too many colours: %T", p.Name, decoded)
		}
	}
}
