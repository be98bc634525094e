package answer

import (
	"fmt"
	"strings"
	"testing"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
	"weighbridge/reports/summary/curves"
)

// inFlight is a numeric axis with the levels 1 to n, or their powers of two.
func inFlight(n int, doubled bool) record.Axis {
	a := record.Axis{Name: "in-flight"}
	for i := range n {
		level := i + 1
		if doubled {
			level = 1 << i
		}
		a.Levels = append(a.Levels, fmt.Sprint(level))
	}
	return a
}

func level(levels map[string]string) float64 {
	var v float64
	fmt.Sscan(levels["in-flight"], &v)
	return v
}

// swept is a record of blocks with open and closed load, of which an arm is so fast.
func swept(blocks int, speed func(map[string]string) float64, axes ...record.Axis) *record.Record {
	return recordtest.Record(recordtest.Shape{Axes: axes, Blocks: blocks, Open: true, Closed: true, PromptsPerOpen: 100, Speed: speed})
}

func answersOf(rec *record.Record) []string { return Of(rec, (&summary.Judged{Record: rec}).Summary()) }

// A numeric axis is answered by where the figures turn, where the knee is, and which level is best.
func TestAnswersAlongNumbers(t *testing.T) {
	t.Parallel()
	growing := func(l map[string]string) float64 { return level(l) / (1 + level(l)/12) / 10 }
	peaked := func(l map[string]string) float64 { return level(l) / (1 + level(l)*level(l)/25) }
	flat := func(map[string]string) float64 { return 1 }
	for name, c := range map[string]struct {
		rec  *record.Record
		says []string
	}{
		"growing": {swept(15, growing, inFlight(8, true)), []string{
			"in-flight: p50 response latency falls from ", "monotone as far as can be told.",
			"in-flight: TPS rises from ", " at 1 to ", " at 128 (",
			"in-flight: no knee in this range: TPS over p50 response latency is highest at its upper end, near 128.",
			"in-flight: best by p50 response latency 128; by TPS 128.",
		}},
		"a peak": {swept(15, peaked, inFlight(6, true)), []string{
			"in-flight: TPS rises from ", " at 4 (", ", then falls from ", " at 32 (", ": not monotone.",
			"in-flight: the knee is near 4, where TPS over p50 response latency is highest.",
			"in-flight: best by p50 response latency 4", "; by TPS 4.",
		}},
		"flat": {swept(15, flat, inFlight(5, true)), []string{
			"in-flight: no difference in p50 response latency between its levels could be told apart from noise (16 against 1: ",
			"in-flight: no difference in TPS between its levels",
		}},
		"few blocks":  {swept(3, growing, inFlight(5, true)), []string{"in-flight: TPS goes from ", "too few blocks for an interval"}},
		"many levels": {swept(8, growing, inFlight(50, false)), []string{"in-flight: TPS rises from ", "in-flight: best by"}},
		"names":       {swept(15, func(l map[string]string) float64 { return 1 + 0.2*float64(l["server"][0]-'a') }, record.Axis{Name: "server", Levels: strings.Split("abcdef", "")}), []string{"server: best by p50 response latency f; by TPS f."}},
	} {
		got := answersOf(c.rec)
		text := strings.Join(got, "\n")
		rest := text
		for _, says := range c.says {
			_, after, found := strings.Cut(rest, says)
			if !found {
				t.Errorf("%s does not say %q in its place:\n%s", name, says, text)
				break
			}
			rest = after
		}
		if n := len(got) - 1; n > 5 { // the first is about errors
			t.Errorf("%s takes %d sentences", name, n)
		}
		if name == "flat" && strings.Contains(text, "best") {
			t.Errorf("no level is better than another:\n%s", text)
		}
	}
}

// Throughput under open load alone is what was offered: no level is best by it, and it makes no knee.
func TestOfferedThroughputIsNoAnswer(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Shape{Axes: []record.Axis{inFlight(5, false)}, Blocks: 8, Open: true, PromptsPerOpen: 100, Speed: level})
	for i := range rec.Arms {
		for k := range rec.Arms[i].Blocks {
			s := rec.Arms[i].Blocks[k].Open
			s.InWindow += uint64(10 * i) // as of a Poisson process
		}
	}
	if text := strings.Join(answersOf(rec), "\n"); strings.Contains(text, "TPS") || !strings.Contains(text, "best by p50 response latency 5") {
		t.Errorf("the answer has what was offered:\n%s", text)
	}
	for i := range rec.Arms { // another rate each: then it says at which the server is at its knee
		rec.Arms[i].Load.OpenPerS = float64(100 * (i + 1))
	}
	if text := strings.Join(answersOf(rec), "\n"); !strings.Contains(text, "TPS over p50") || strings.Contains(text, "by TPS") {
		t.Errorf("along rates there is a knee, and no best TPS:\n%s", text)
	}
}

// Beside an axis of rates another axis has no throughput of its own.
func TestOfferedThroughputIsNoneOfAnotherAxis(t *testing.T) {
	t.Parallel()
	rate, batch := record.Axis{Name: "rate", Levels: []string{"20", "80", "160"}}, record.Axis{Name: "in-flight", Levels: []string{"1", "4", "10"}}
	rec := recordtest.Record(recordtest.Shape{Axes: []record.Axis{rate, batch}, Blocks: 8, Open: true, PromptsPerOpen: 100, Speed: level})
	for i := range rec.Arms {
		fmt.Sscan(rec.Arms[i].Levels["rate"], &rec.Arms[i].Load.OpenPerS)
	}
	if curves.OnlyOffered(rec, "rate") || !curves.OnlyOffered(rec, "in-flight") {
		t.Error("the rate is varied by its own axis alone")
	}
	for _, text := range answersOf(rec) {
		if strings.HasPrefix(text, "in-flight: ") && strings.Contains(text, "TPS") {
			t.Errorf("%q is about what was offered", text)
		}
	}
}

// A ratio that the two figures beside it do not have is said to be one of blocks.
func TestRatiosOfBlocksAreSaidToBe(t *testing.T) {
	t.Parallel()
	c := curve{curves.Curve{Levels: []string{"10", "300"}, Values: []float64{10453, 3299}}}
	for ratio, want := range map[float64]string{1.21: "block by block 1.21×, too few blocks for an interval", 0.32: "0.320×, too few blocks for an interval"} {
		if got := c.ratio(figures.Comparison{Base: "10", Head: "300", Ratio: new(ratio)}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Levels that fail are no winners without saying so.
func TestBestLevelsThatFailAreSaidTo(t *testing.T) {
	t.Parallel()
	rec := swept(15, func(l map[string]string) float64 { return level(l) }, inFlight(4, true))
	for k := range rec.Arms[3].Blocks {
		s := rec.Arms[3].Blocks[k].Open
		s.Answered, s.Failed = s.Answered-40, s.Failed+40
	}
	text := strings.Join(answersOf(rec), "\n")
	for _, says := range []string{"FAILING: 1 of 4 arms. in-flight=8 fails 40.", "in-flight: most prompts fail at 8 (40.", "+40", ", which fails 40."} {
		if !strings.Contains(text, says) {
			t.Errorf("the answer does not say %q:\n%s", says, text)
		}
	}
}

// Of two axes the answer says whether what one does depends on the other.
func TestInteractionOfTwoAxes(t *testing.T) {
	t.Parallel()
	server, auth := record.Axis{Name: "server", Levels: []string{"old", "new"}}, record.Axis{Name: "auth", Levels: []string{"key", "jwt"}}
	alone := answersOf(swept(15, func(map[string]string) float64 { return 1 }, server, auth))
	if got, want := alone[len(alone)-1], "server and auth: no interaction could be told apart from noise in p90 response latency or TPS."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	together := strings.Join(answersOf(swept(15, func(l map[string]string) float64 {
		if l["server"] == "new" && l["auth"] == "jwt" {
			return 2
		}
		return 1
	}, server, auth)), "\n")
	for _, says := range []string{"server interacts with the other axes: the TPS of new is ", "× that of old at auth=jwt, and ", "× at auth=key (apart by 2.0", "the pooled figure describes neither."} {
		if !strings.Contains(together, says) {
			t.Errorf("the answer does not say %q:\n%s", says, together)
		}
	}
}
