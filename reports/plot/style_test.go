package plot

import (
	"fmt"
	"image/color"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// levels returns an axis of n levels with the names that name gives.
func levels(axis string, n int, name string) record.Axis {
	a := record.Axis{Name: axis}
	for i := range n {
		a.Levels = append(a.Levels, fmt.Sprintf(name, i+1))
	}
	return a
}

func TestArmStylesAreAllDifferent(t *testing.T) {
	t.Parallel()
	for name, axes := range map[string][]record.Axis{
		"eight":            recordtest.Matrix().Axes,
		"sixteen":          recordtest.SixteenArms(false).Axes,
		"fifty":            {levels("server", 50, "server%d")},
		"a hundred":        {levels("server", 25, "server%d"), levels("auth", 4, "auth%d")},
		"numbers":          {levels("in-flight", 50, "%d")},
		"numbers, servers": {levels("server", 3, "server%d"), levels("in-flight", 50, "%d")},
	} {
		seen := map[string]bool{}
		for _, style := range armStyles(recordtest.Base(record.Scenario{}, axes, 1)) {
			look := fmt.Sprint(style.line.Width, style.line.Dashes, style.line.Color)
			if seen[look] {
				t.Errorf("%s arms: %s looks like another", name, style.label)
			}
			seen[look] = true
		}
	}
}

// contrast is that of a colour against white (WCAG 2.2, relative luminance).
func contrast(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 1.05 / (0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B) + 0.05)
}

func TestLinesStandOutAgainstWhite(t *testing.T) {
	t.Parallel()
	all := palette[:]
	for i := range 101 {
		all = append(all, onRamp(float64(i)/100))
	}
	for _, c := range all {
		if got := contrast(c); got < 3 {
			t.Errorf("%v has a contrast of %.2f:1, want 3:1", c, got)
		}
	}
}

// Every arm is in the legend, within the picture, however many there are.
func TestLegendsAreWhole(t *testing.T) {
	t.Parallel()
	rec := recordtest.Base(record.Scenario{}, []record.Axis{levels("server", 120, "server%d")}, 1)
	k := legend(armStyles(rec), func(int) bool { return false })
	listed := 0
	for _, column := range k.columns(dataHeight) {
		listed += len(column)
		if below := 2*margin + keyRow*vg.Length(len(column)); below > dataHeight-2*margin {
			t.Errorf("a column of %d entries is %v high, in a plot of %v", len(column), below, dataHeight)
		}
	}
	if listed != 120 {
		t.Errorf("%d of 120 arms are in the legend", listed)
	}
	if narrow, wide := legend(armStyles(rec)[:5], func(int) bool { return false }).width(dataHeight), k.width(dataHeight); wide < 4*narrow {
		t.Errorf("120 arms need %v, five %v", wide, narrow)
	}
}

// The pictures are shown on dark pages too.
func TestPlotsAreWhite(t *testing.T) {
	t.Parallel()
	for name, svg := range drawings(t, recordtest.WithCapacities()) {
		_, body, _ := strings.Cut(svg, "<path")
		first, _, _ := strings.Cut(body, "/>")
		if !strings.Contains(first, `d="M0,`) || !strings.Contains(first, `fill="#ffffff"`) {
			t.Errorf("%s begins with %q, want a white background", name, first)
		}
	}
}

func TestTicksAreShort(t *testing.T) {
	t.Parallel()
	for _, ticks := range [][2]float64{{0, 753}, {17, 23}, {0, 0.7}} {
		for _, tick := range plainTicks(ticks[0], ticks[1]) {
			if strings.Contains(tick.Label, ".") && strings.HasSuffix(tick.Label, "0") {
				t.Errorf("of %v: %s", ticks, tick.Label)
			}
		}
	}
	labels := func(low, high float64) (n int) {
		for _, tick := range roundTicks(math.Log10(low), math.Log10(high)) {
			if tick.Label != "" {
				n++
			}
		}
		return n
	}
	if few, many := labels(0.4, 250), labels(0.015, 1200); few != 9 || many != 5 {
		t.Errorf("%d labels over few decades, want 9; %d over many, want the 5 powers of ten", few, many)
	}
	for _, tick := range roundTicks(math.Log10(17), math.Log10(23)) {
		if strings.HasSuffix(tick.Label, "0") && strings.Contains(tick.Label, ".") {
			t.Errorf("of a logarithmic axis: %s", tick.Label)
		}
	}
}

func TestVeryLongNamesAreCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long", 50)
	rec := recordtest.Base(record.Scenario{}, []record.Axis{levels("a", 2, long+"%d"), levels("b", 2, long+"%d")}, 1)
	label := armLabel(rec, 1)
	if n := len([]rune(label)); n != longestLabel || !strings.HasPrefix(label, "longlong") || !strings.HasSuffix(label, "long2") {
		t.Errorf("%d characters: %s", n, label)
	}
}

// Of very many arms a few stand out, by name, and the plot of differences has the largest.
func TestVeryManyArmsStayLegible(t *testing.T) {
	t.Parallel()
	sh := recordtest.Shape{Axes: []record.Axis{levels("server", 150, "server%d")}, Blocks: 7, Open: true, PromptsPerOpen: 10, Speed: func(l map[string]string) float64 {
		return 1 + float64(len(l["server"]))
	}}
	svg := drawings(t, recordtest.Record(sh))
	for _, name := range []string{"latency-percentile", "over-time", "latency-block"} {
		if n := strings.Count(svg[name], ">server"); n != 9 || !strings.Contains(svg[name], ">server:<") || !strings.Contains(svg[name], ">142 other arms<") {
			t.Errorf("%s names %d arms, want the axis and the 8 that stand out", name, n)
		}
	}
	if rows := strings.Count(svg["forest"], " vs server1: "); rows > mostForestRows || rows == 0 {
		t.Errorf("the plot of differences has %d rows", rows)
	}
}
