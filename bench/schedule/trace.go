package schedule

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// The bounds of a trace.
const (
	maxTraceLines  = 10_000_000
	maxTraceOffset = 366 * 24 * time.Hour
	maxTraceLength = 10_000_000
)

// Trace is when prompts were due once, to be played again: blocks play it one
// after another, and it starts over at its end, which is the mean gap after its
// last line. It is read once, and safe for many arms.
type Trace struct {
	// at ascends; lengths are in characters, 0 where a line gives none, and nil
	// where none does.
	at      []time.Duration
	lengths []uint32
	end     time.Duration
}

// ReadTrace reads a file of load.open.trace: a line for each prompt, as CSV
// (offset, maybe length; a header may come first) or JSON lines. An offset is
// seconds or a Go duration, at most 366 days, no less than the one before; a
// length is 1…10000000 characters. Errors name the file and the line.
func ReadTrace(file string, r io.Reader) (*Trace, error) {
	t := &Trace{}
	lines := bufio.NewScanner(r)
	n := 1
	for first := true; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || first && isHeader(line) {
			first = first && line == ""
			continue
		}
		first = false
		if err := t.add(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", file, n, err)
	}
	if len(t.at) == 0 {
		return nil, fmt.Errorf("%s: expected at least one prompt, found none", file)
	}
	first, last := t.at[0], t.at[len(t.at)-1]
	gap := time.Second
	if last > first {
		gap = max((last-first)/time.Duration(len(t.at)-1), 1)
	}
	t.end = last + gap
	return t, nil
}

// isHeader reports whether a line names columns: it begins with a letter.
func isHeader(line string) bool {
	begin := []rune(strings.TrimLeft(line, `" `))
	return len(begin) > 0 && unicode.IsLetter(begin[0])
}

func (t *Trace) add(line string) error {
	if len(t.at) == maxTraceLines {
		return fmt.Errorf("expected at most %d prompts", maxTraceLines)
	}
	parse := parseColumns
	if line[0] == '{' {
		parse = parseObject
	}
	at, length, err := parse(line)
	if err != nil {
		return err
	}
	if n := len(t.at); n > 0 && at < t.at[n-1] {
		return fmt.Errorf("expected an offset of at least the one before, %s, found %s", t.at[n-1], at)
	}
	t.at = append(t.at, at)
	if length > 0 && t.lengths == nil {
		t.lengths = make([]uint32, len(t.at)-1)
	}
	if t.lengths != nil {
		t.lengths = append(t.lengths, length)
	}
	return nil
}

// parseColumns reads offset[,length].
func parseColumns(line string) (time.Duration, uint32, error) {
	columns := strings.Split(line, ",")
	if len(columns) > 2 {
		return 0, 0, fmt.Errorf("expected an offset and maybe a length, found %d columns", len(columns))
	}
	at, err := parseOffset(unquoted(columns[0]))
	if err != nil || len(columns) == 1 || unquoted(columns[1]) == "" {
		return at, 0, err
	}
	length, err := parseLength(unquoted(columns[1]))
	return at, length, err
}

func unquoted(column string) string { return strings.Trim(strings.TrimSpace(column), `"`) }

// parseObject reads {"at": …, "length": …}, or at_ms in place of at.
func parseObject(line string) (time.Duration, uint32, error) {
	var object struct {
		At     any          `json:"at"`
		AtMS   *float64     `json:"at_ms"`
		Length *json.Number `json:"length"`
	}
	if err := json.Unmarshal([]byte(line), &object); err != nil {
		return 0, 0, fmt.Errorf(`expected an object with "at" or "at_ms", and maybe "length": %w`, err)
	}
	var at time.Duration
	var err error
	switch of := object.At.(type) {
	case nil:
		if object.AtMS == nil {
			return 0, 0, errors.New(`expected "at" (seconds or a duration) or "at_ms", found neither`)
		}
		at, err = offset(*object.AtMS / 1000)
	case float64:
		at, err = offset(of)
	case string:
		at, err = parseOffset(of)
	default:
		err = fmt.Errorf(`expected seconds or a duration as "at", found %v`, of)
	}
	switch {
	case err != nil:
		return 0, 0, err
	case object.At != nil && object.AtMS != nil:
		return 0, 0, errors.New(`expected one of "at" and "at_ms", found both`)
	case object.Length == nil:
		return at, 0, nil
	}
	length, err := parseLength(object.Length.String())
	return at, length, err
}

func parseOffset(text string) (time.Duration, error) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return offset(seconds)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("expected an offset such as 1.5 (seconds) or 1500ms, found %.40q", text)
	}
	return offset(d.Seconds())
}

// offset refuses what is no time from a start; a date is the likely mistake.
func offset(seconds float64) (time.Duration, error) {
	if !(seconds >= 0 && seconds <= maxTraceOffset.Seconds()) {
		return 0, fmt.Errorf("expected an offset from the start of the trace, 0 to %g seconds, found %g", maxTraceOffset.Seconds(), seconds)
	}
	return time.Duration(math.Round(seconds * float64(time.Second))), nil
}

func parseLength(text string) (uint32, error) {
	length, err := strconv.ParseUint(text, 10, 32)
	if err != nil || length < 1 || length > maxTraceLength {
		return 0, fmt.Errorf("expected a length of 1 to %d characters, found %.40q", maxTraceLength, text)
	}
	return uint32(length), nil
}

// arrivals is the stretch of the trace that falls to a block of the given
// duration: the block-th, as the trace is played over and over.
func (t *Trace) arrivals(block int, duration time.Duration) arrivals {
	from := time.Duration(block) * duration
	lap := from - from%t.end
	i := t.index(from - lap)
	return func() (arrival, bool) {
		if i == len(t.at) {
			i, lap = 0, lap+t.end
		}
		next := arrival{due: lap + t.at[i] - from}
		if next.due >= duration {
			return arrival{}, false
		}
		if t.lengths != nil {
			next.length = int(t.lengths[i])
		}
		i++
		return next, true
	}
}

// index is how many prompts are due before an offset in the trace.
func (t *Trace) index(before time.Duration) int {
	return sort.Search(len(t.at), func(i int) bool { return t.at[i] >= before })
}

// Rate is the mean rate, in prompts/s, of so many blocks of a duration.
func (t *Trace) Rate(blocks int, duration time.Duration) float64 {
	run := time.Duration(blocks) * duration
	laps := run / t.end
	due := int(laps)*len(t.at) + t.index(run%t.end)
	return float64(due) / run.Seconds()
}
