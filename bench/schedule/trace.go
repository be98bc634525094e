package schedule

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strings"
	"time"
)

// The limits of a trace.
const (
	// MaxTraceBytes is the length of the longest file.
	MaxTraceBytes = 1 << 30
	// maxTraceRate is the highest mean rate, in prompts/s, as of load.open.rate.
	maxTraceRate   = 1_000_000
	maxTraceLines  = 10_000_000
	maxTraceOffset = 366 * 24 * time.Hour
	maxTraceLength = 10_000_000
	// maxTraceLine is the length of the longest line: Mooncake's list the blocks of a prompt.
	maxTraceLine = 1 << 20
)

// Trace is a list of recorded due times. Blocks replay it one after another, and it
// repeats: one lap ends a mean gap after its last prompt. A Trace is read-only and
// safe for concurrent use.
type Trace struct {
	// offsets are due times from the start of the trace, ascending.
	offsets []time.Duration
	// lengths are in characters or, with inTokens, in tokens, 0 if a line gives none; nil if no
	// line does.
	lengths  []uint32
	inTokens bool
	// outputs are the lengths of answers in tokens, 0 if a line gives none; nil if no line
	// does.
	outputs []uint32
	// lap is the duration of one repetition.
	lap time.Duration
}

// ReadTrace reads a trace, one prompt per line, as CSV (offset[,length]; a header line
// is allowed) or JSON Lines. An offset is in seconds or a Go duration, at most 366
// days, and not before the previous one; a length is 1…10000000 characters. The mean
// rate is at most 1000000 prompts/s. Errors name the file and the line.
//
// The traces of Mooncake, Azure and BurstGPT are read too, told by their first line: format, one of
// load.open.trace_format, is empty or must be that of the file. Their times count from the first
// prompt. The trace runs speed times as fast as it was recorded.
func ReadTrace(file, format string, speed float64, r io.Reader) (*Trace, error) {
	t := &Trace{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxTraceLine)
	var reader *traceReader
	n := 1
	for ; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" {
			continue
		}
		if reader == nil {
			found, header, err := newTraceReader(format, line)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, n, err)
			}
			if reader = found; header {
				continue
			}
		}
		row, err := reader.row(line)
		if err == nil {
			err = t.add(row)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", file, n, err)
	}
	if len(t.offsets) == 0 {
		return nil, fmt.Errorf("%s: expected at least one prompt, found none", file)
	}
	t.inTokens = reader.format != traceOwn
	t.rescale(reader.format != traceOwn, speed)
	first, last := t.offsets[0], t.offsets[len(t.offsets)-1]
	gap := time.Second
	if last > first {
		gap = max((last-first)/time.Duration(len(t.offsets)-1), 1)
	}
	t.lap = last + gap
	if rate := float64(len(t.offsets)) / t.lap.Seconds(); rate > maxTraceRate {
		return nil, fmt.Errorf("%s: expected at most %d prompts/s, found %.0f: an offset is in seconds", file, maxTraceRate, rate)
	}
	return t, nil
}

func (t *Trace) add(row traceRow) error {
	if len(t.offsets) == maxTraceLines {
		return fmt.Errorf("expected at most %d prompts", maxTraceLines)
	}
	if n := len(t.offsets); n > 0 && row.offset < t.offsets[n-1] {
		return fmt.Errorf("offsets must not decrease: found %s after %s", row.offset, t.offsets[n-1])
	}
	t.lengths = appendNumber(t.lengths, len(t.offsets), row.length)
	t.outputs = appendNumber(t.outputs, len(t.offsets), row.output)
	t.offsets = append(t.offsets, row.offset)
	return nil
}

// appendNumber appends v to a list of n numbers, which stays nil as long as all of them are 0.
func appendNumber(list []uint32, n int, v uint32) []uint32 {
	if list == nil && v > 0 {
		list = make([]uint32, n)
	}
	if list != nil {
		list = append(list, v)
	}
	return list
}

// rescale makes the trace run speed times as fast and, if fromFirst, begin with its first prompt.
func (t *Trace) rescale(fromFirst bool, speed float64) {
	first := time.Duration(0)
	if fromFirst {
		first = t.offsets[0]
	}
	for i, offset := range t.offsets {
		t.offsets[i] = time.Duration(math.Round(float64(offset-first) / speed))
	}
}

// arrivals returns the due times of the given block of the given duration, with the
// trace repeated for as long as needed.
func (t *Trace) arrivals(block int, duration time.Duration) arrivals {
	blockStart := time.Duration(block) * duration
	lapStart := blockStart - blockStart%t.lap
	i := t.countBefore(blockStart - lapStart)
	return func() (arrival, bool) {
		if i == len(t.offsets) {
			i, lapStart = 0, lapStart+t.lap
		}
		next := arrival{due: lapStart + t.offsets[i] - blockStart}
		if next.due >= duration {
			return arrival{}, false
		}
		if t.lengths != nil {
			next.length.n, next.length.tokens = int(t.lengths[i]), t.inTokens
		}
		if t.outputs != nil {
			next.output = int(t.outputs[i])
		}
		i++
		return next, true
	}
}

// countBefore returns how many prompts of one lap are due before an offset.
func (t *Trace) countBefore(offset time.Duration) int {
	return sort.Search(len(t.offsets), func(i int) bool { return t.offsets[i] >= offset })
}

// Rate returns the mean rate, in prompts/s, over the given number of blocks of the
// given duration.
func (t *Trace) Rate(blocks int, duration time.Duration) float64 {
	total := time.Duration(blocks) * duration
	return float64(t.due(total)) / total.Seconds()
}

// due returns how many prompts are due before an offset from the start of a repeated trace.
func (t *Trace) due(before time.Duration) int {
	return int(before/t.lap)*len(t.offsets) + t.countBefore(before%t.lap)
}

// MostOutput is the longest answer that the trace asks for, in tokens; 0 if it gives none, or is nil.
func (t *Trace) MostOutput() int {
	if t == nil || t.outputs == nil {
		return 0
	}
	return int(slices.Max(t.outputs))
}
