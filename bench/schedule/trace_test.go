package schedule

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weighbridge/bench/bounds"
)

func TestReadTrace(t *testing.T) {
	for _, c := range []struct {
		content string
		offsets []time.Duration
		lengths []uint32
		lap     time.Duration
		wrong   string
	}{
		{"0\n0.5\n1.5s\n", ms(0, 500, 1500), nil, 2250 * time.Millisecond, ""},
		{"\ufeffoffset,length\n0.1,20\n200ms,\n0.3\n", ms(100, 200, 300), []uint32{20, 0, 0}, 400 * time.Millisecond, ""},
		{"\n\"at\",\"length\"\n\n \"1\" , 7 \r\n", ms(1000), []uint32{7}, 2 * time.Second, ""},
		{"1\n1\n", ms(1000, 1000), nil, 2 * time.Second, ""},
		{"{\"at_ms\": 250}\n{\"at\": 0.5, \"length\": 9, \"model\": \"x\"}\n{\"at\": \"1s\"}\n", ms(250, 500, 1000), []uint32{0, 9, 0}, 1375 * time.Millisecond, ""},
		{"", nil, nil, 0, "t: expected at least one prompt, found none"},
		{"offset\n", nil, nil, 0, "t: expected at least one prompt, found none"},
		{"offset\nlength\n", nil, nil, 0, "t:2: expected an offset such as 1.5 (seconds) or 1500ms, found \"length\""},
		{"1\n0.5\n", nil, nil, 0, "t:2: offsets must not decrease: found 500ms after 1s"},
		{"1\n\n1 day\n", nil, nil, 0, "t:3: expected an offset such as"},
		{"-1\n", nil, nil, 0, "t:1: expected an offset of 0 to 3.16224e+07 seconds from the start of the trace, found -1"},
		{"1\nNaN\n", nil, nil, 0, "t:2: expected an offset of 0 to 3.16224e+07 seconds"},
		{"1700000000\n", nil, nil, 0, "t:1: expected an offset of 0 to 3.16224e+07 seconds"},
		{"1,2,3\n", nil, nil, 0, "t:1: expected an offset and optionally a length, found 3 columns"},
		{"1,0\n", nil, nil, 0, "t:1: expected a length of 1 to 10000000 characters, found \"0\""},
		{"1,1.5\n", nil, nil, 0, "t:1: expected a length"},
		{"{\"at\": 1,\n", nil, nil, 0, `t:1: expected an object with "at" or "at_ms"`},
		{"{}\n", nil, nil, 0, `t:1: expected "at" (seconds or a duration) or "at_ms", found neither`},
		{"{\"at\": 1, \"at_ms\": 1000}\n", nil, nil, 0, `t:1: expected "at" or "at_ms", found both`},
		{"{\"at\": [1]}\n", nil, nil, 0, `t:1: expected "at" to be seconds or a duration`},
		{"{\"at\": 1, \"length\": -4}\n", nil, nil, 0, "t:1: expected a length"},
		{"0\n0.000000001\n", nil, nil, 0, "t: expected at most 1000000 prompts/s, found 1000000000"},
		{"1\n" + strings.Repeat("5", 1<<17), nil, nil, 0, "t:2: "},
	} {
		trace, err := ReadTrace("t", "", 1, strings.NewReader(c.content))
		if c.wrong != "" {
			if err == nil || !strings.HasPrefix(err.Error(), c.wrong) {
				t.Errorf("%.60q: %v, want %s", c.content, err, c.wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.content, err)
			continue
		}
		if !slices.Equal(trace.offsets, c.offsets) || !slices.Equal(trace.lengths, c.lengths) || trace.lap != c.lap {
			t.Errorf("%q: got %+v", c.content, *trace)
		}
	}
}

func FuzzReadTrace(f *testing.F) {
	for _, seed := range []string{"0\n0.5,20\n1.5s\n", "offset,length\n1,2\n", "{\"at_ms\": 250}\n{\"at\": \"1s\", \"length\": 9}\n", "0x1p-2\n1_0\n", "\n,\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		defer bounds.Check(t)()
		trace, err := ReadTrace("t", "", 1, strings.NewReader(content))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "t:") {
				t.Fatalf("the error does not name the file: %v", err)
			}
			return
		}
		n := len(trace.offsets)
		if !slices.IsSorted(trace.offsets) || trace.offsets[0] < 0 || trace.lap <= trace.offsets[n-1] || trace.lengths != nil && len(trace.lengths) != n {
			t.Fatalf("%q: %+v", content, *trace)
		}
		next := trace.arrivals(3, time.Second)
		for range 100 {
			if got, ok := next(); ok && (got.due < 0 || got.due >= time.Second) {
				t.Fatalf("due at %v in a block of 1s", got.due)
			}
		}
	})
}

// Concatenated, the blocks are the trace repeated.
func TestConsecutiveBlocksReplayTheTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trace := &Trace{lap: time.Duration(rapid.Int64Range(10, 1000).Draw(t, "lap"))}
		for range rapid.IntRange(1, 20).Draw(t, "lines") {
			trace.offsets = append(trace.offsets, time.Duration(rapid.Int64Range(0, int64(trace.lap)-1).Draw(t, "at")))
			trace.lengths = append(trace.lengths, uint32(len(trace.offsets)))
		}
		slices.Sort(trace.offsets)
		duration := time.Duration(rapid.Int64Range(1, 3000).Draw(t, "duration"))
		blocks := rapid.IntRange(1, 8).Draw(t, "blocks")
		var got, want []arrival
		for block := range blocks {
			next := trace.arrivals(block, duration)
			for a, ok := next(); ok; a, ok = next() {
				if a.due < 0 || a.due >= duration {
					t.Fatalf("due at %d in a block of %d", a.due, duration)
				}
				a.due += time.Duration(block) * duration
				got = append(got, a)
			}
			if _, ok := next(); ok {
				t.Fatal("more arrivals after the end of a block")
			}
		}
		run := time.Duration(blocks) * duration
		for lap := time.Duration(0); lap < run; lap += trace.lap {
			for i, at := range trace.offsets {
				if lap+at < run {
					want = append(want, arrival{due: lap + at, length: length{n: i + 1}})
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%+v in blocks of %d gives %v, want %v", *trace, duration, got, want)
		}
		if rate := float64(len(want)) / run.Seconds(); trace.Rate(blocks, duration) != rate {
			t.Fatalf("a rate of %v, want %v", trace.Rate(blocks, duration), rate)
		}
	})
}
