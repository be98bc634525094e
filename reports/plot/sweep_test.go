package plot

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/reportstest"
)

// An axis of numbers is a sweep: its arms are points of a line, one line for each combination of
// the other axes.
func TestSweepAlongNumbers(t *testing.T) {
	t.Parallel()
	numbers := record.Axis{Name: "in-flight", Levels: []string{"16", "1", "4"}}
	other := record.Axis{Name: "server", Levels: []string{"old", "new"}}
	shape := func(axes ...record.Axis) recordtest.Shape {
		return recordtest.Shape{Axes: axes, Blocks: 2, Closed: true, Speed: func(map[string]string) float64 { return 1 }}
	}
	for name, c := range map[string]struct {
		axes   []record.Axis
		series int
		labels []string
	}{
		"alone":            {[]record.Axis{numbers}, 1, []string{"1", "4", "16", "TPS, prompts/s against p50, by in-flight"}},
		"beside another":   {[]record.Axis{other, numbers}, 2, []string{"1", "4", "16", "old", "new"}},
		"too few":          {[]record.Axis{{Name: "n", Levels: []string{"1", "2"}}}, 0, nil},
		"not all numbers":  {[]record.Axis{{Name: "n", Levels: []string{"1", "2", "all"}}}, 0, nil},
		"the same numbers": {[]record.Axis{{Name: "n", Levels: []string{"1", "1.0", "2"}}}, 0, nil},
		"not finite":       {[]record.Axis{{Name: "n", Levels: []string{"1", "Inf", "NaN"}}}, 0, nil},
	} {
		svg := drawings(t, recordtest.Record(shape(c.axes...)))
		both := svg["rate-latency"]
		if (both == "") != (c.series == 0) || (svg["by-level"] == "") != (c.series == 0) {
			t.Errorf("%s: drawn %v", name, both != "")
		}
		for _, label := range c.labels {
			if !strings.Contains(both, ">"+label+"<") {
				t.Errorf("%s: the plot does not say %q", name, label)
			}
		}
	}
}

// Where two axes differ in a number each, what the claims are about is drawn against the first that has
// enough levels, with a line for each level of the other.
func TestTheQuestionOverTwoSettings(t *testing.T) {
	t.Parallel()
	sets := func(path string, values ...string) (all []map[string]string) {
		for _, v := range values {
			all = append(all, map[string]string{path: v})
		}
		return all
	}
	ttl := record.Axis{Name: "ttl", Levels: []string{"short", "long"}, Sets: sets("target.dns.ttl", "300ms", "3s")}
	interval := record.Axis{Name: "interval", Levels: []string{"9s", "1s", "3s"}, Sets: sets("target.health.interval", "9s", "1s", "3s")}
	words := record.Axis{Name: "kind", Levels: []string{"reset", "hang"}, Sets: []map[string]string{{"mock.x": ""}, {"mock.x": ""}}}
	claim := func(measure string) record.Claim { return record.Claim{ID: "C", Measure: measure, Claimed: 1} }
	tps, p50 := claim(`at(tps, "ttl=short,interval=1s")`), claim(`ratio(p50_ms, "ttl=long", "ttl=short")`)
	for name, c := range map[string]struct {
		axes   []record.Axis
		claims []record.Claim
		says   []string // nil for no plot
	}{
		"two settings":      {[]record.Axis{ttl, interval}, []record.Claim{p50, p50}, []string{"P50, by interval and ttl, with 95% intervals", "ttl=short", "ttl=long", "1s", "3s", "9s", "interval (log)"}},
		"two metrics":       {[]record.Axis{ttl, interval}, []record.Claim{p50, tps}, []string{"p50 of response latency, ms", "TPS, prompts/s"}},
		"a third axis":      {[]record.Axis{ttl, interval, words}, []record.Claim{p50}, []string{"short · reset", "long · hang"}},
		"no claim":          {[]record.Axis{ttl, interval}, nil, nil},
		"one setting":       {[]record.Axis{interval, words}, []record.Claim{claim(`at(tps, "interval=1s,kind=hang")`)}, nil},
		"too few for lines": {[]record.Axis{ttl, words}, []record.Claim{claim(`at(tps, "ttl=short,kind=hang")`)}, nil},
	} {
		rec := recordtest.Record(recordtest.Shape{Axes: c.axes, Blocks: 8, Closed: true, Speed: func(levels map[string]string) float64 { return 1 + float64(len(levels["ttl"])) }})
		rec.Claims = c.claims
		svg := drawings(t, rec)["by-two-settings"]
		if (svg == "") != (c.says == nil) {
			t.Errorf("%s: drawn %v", name, svg != "")
		}
		for _, text := range c.says {
			if !strings.Contains(svg, ">"+text+"<") {
				t.Errorf("%s: the plot does not say %q", name, text)
			}
		}
	}
}

// Levels that stand evenly on a linear axis are on one; a logarithmic axis says so.
func TestScaleOfLevels(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		levels []float64
		log    bool
	}{
		"even":      {[]float64{5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60}, false},
		"doubled":   {[]float64{1, 2, 4, 8, 16, 32, 64}, true},
		"decades":   {[]float64{1, 2, 5, 10, 20, 50, 100}, true},
		"with none": {[]float64{0, 1, 10, 100}, false},
		"narrow":    {[]float64{10, 20, 40}, false},
	} {
		w := sweep{series: []sweepSeries{{}}}
		for _, level := range c.levels {
			w.series[0].steps = append(w.series[0].steps, sweepStep{level: level})
		}
		if _, _, scale := w.levelScale(); (scale == Logarithmic) != c.log {
			t.Errorf("%s: logarithmic %v, want %v", name, !c.log, c.log)
		}
	}
}

// Throughput that is only what was offered is not drawn along an axis.
func TestOfferedThroughputIsNotDrawn(t *testing.T) {
	t.Parallel()
	numbers := record.Axis{Name: "added-ms", Levels: []string{"1", "4", "16"}}
	svg := drawings(t, recordtest.Record(recordtest.Shape{Axes: []record.Axis{numbers}, Blocks: 2, Open: true, PromptsPerOpen: 30, Speed: func(map[string]string) float64 { return 1 }}))
	if level := svg["by-level"]; svg["rate-latency"] != "" || strings.Contains(level, "TPS") || !strings.Contains(level, ">added-ms (log)<") {
		t.Error("what was offered is drawn as a figure of the arms, or the axis does not say that it is logarithmic")
	}
}

// A panel without a point is left out.
func TestUnknownThroughputHasNoPanel(t *testing.T) {
	t.Parallel()
	for rate, want := range map[float64]int{math.NaN(): 1, 0: 2, 5: 2} {
		w := sweep{series: []sweepSeries{{steps: []sweepStep{{level: 1, rate: rate, latency: 20}, {level: 2, rate: math.NaN(), latency: 30}}}}}
		if panels := w.levelFigures(); len(panels) != want {
			t.Errorf("of a rate of %v there are %d panels, want %d", rate, len(panels), want)
		}
	}
}

// A claim that was tried along an axis is drawn level by level, with its setting and what it claims.
func TestClaimsAlongAnAxis(t *testing.T) {
	t.Parallel()
	j := reportstest.Judged(reportstest.Regressed())
	plots, err := All(j)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(plots, func(p Plot) bool { return p.Name == "claims" })
	if i < 0 {
		t.Fatal("claims are not drawn")
	}
	svg, err := plots[i].SVG()
	if err != nil {
		t.Fatal(err)
	}
	for _, label := range []string{"mock.auth.oauth.introspect", "C13", "1ms", "10ms"} {
		if !bytes.Contains(svg, []byte(">"+label+"<")) {
			t.Errorf("the plot does not say %q", label)
		}
	}
	for _, c := range j.Summary().Claims {
		if c.Along == nil {
			continue
		}
		along := *c.Along
		along.Points = slices.Clone(along.Points)
		for i := range along.Points {
			along.Points[i].Measured = nil
		}
		c.Along = &along
		if p, err := claimPanel(c); p != nil || err != nil {
			t.Errorf("a claim of which nothing was measured is drawn: %v", err)
		}
	}
	j = reportstest.Judged(reportstest.Regressed())
	j.Claims = j.Claims[:1] // at one level alone
	if plots, err = All(j); err != nil || slices.ContainsFunc(plots, func(p Plot) bool { return p.Name == "claims" }) {
		t.Errorf("%v: a claim at one level is drawn", err)
	}
}

// Arms without a figure have no point.
func TestSweepWithoutAnswers(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Shape{
		Axes: []record.Axis{{Name: "rate", Levels: []string{"-1", "0", "1"}}}, Blocks: 1, Closed: true, Speed: func(map[string]string) float64 { return 1 },
	})
	for i := range rec.Arms {
		rec.Arms[i].Blocks[0].Closed = &record.Slice{DurationMS: 400}
		svg := drawings(t, rec)
		if svg["by-level"] == "" {
			t.Errorf("with %d silent arms nothing is drawn", i+1)
		}
		if none := i == len(rec.Arms)-1; none != (svg["rate-latency"] == "") {
			t.Errorf("with %d silent arms throughput against latency is drawn without a point, or not at all", i+1)
		}
	}
}
