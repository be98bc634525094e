package schedule

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"weighbridge/scenarios"
)

// The values of load.open.trace_format.
const (
	traceOwn      = "own"
	traceMooncake = "mooncake"
	traceAzure    = "azure"
	traceBurstGPT = "burstgpt"
)

// traceRow is one prompt of a trace: when it is due, its length, in characters or in tokens as the
// format has it, and that of its answer in tokens, 0 if the trace does not say.
type traceRow struct {
	offset         time.Duration
	length, output uint32
}

// traceReader reads the lines of one format.
type traceReader struct {
	format string
	// columns are the places of the time, the input and the output tokens in a CSV.
	columns [3]int
	// fields is the number of columns.
	fields int
	// origin is the time of the first row in a format whose times are not offsets.
	origin time.Time
}

// newTraceReader chooses the reader of a trace by its first line, which it has read if that is a
// header. format is one of load.open.trace_format, empty to tell by the line.
func newTraceReader(format, line string) (reader *traceReader, header bool, err error) {
	names := strings.Split(strings.ToLower(line), ",")
	for i := range names {
		names[i] = unquote(names[i])
	}
	found := traceOwn
	switch {
	case strings.HasPrefix(line, "{") && strings.Contains(line, `"timestamp"`):
		found = traceMooncake
	case slices.Contains(names, "contexttokens"):
		found = traceAzure
	case slices.Contains(names, "request tokens"):
		found = traceBurstGPT
	}
	if format != "" && format != found {
		return nil, false, fmt.Errorf("expected the format %s (load.open.trace_format), found %s", format, found)
	}
	r := &traceReader{format: found, fields: len(names)}
	var wanted []string
	switch found {
	case traceAzure:
		wanted = []string{"timestamp", "contexttokens", "generatedtokens"}
	case traceBurstGPT:
		wanted = []string{"timestamp", "request tokens", "response tokens"}
	default:
		return r, found == traceOwn && isHeader(line), nil
	}
	for i, name := range wanted {
		if r.columns[i] = slices.Index(names, name); r.columns[i] < 0 {
			return nil, false, fmt.Errorf("expected a column %q", name)
		}
	}
	return r, true, nil
}

// isHeader reports whether a line names columns: its first character is a letter.
func isHeader(line string) bool {
	begin := []rune(strings.TrimLeft(line, `" `))
	return len(begin) > 0 && unicode.IsLetter(begin[0])
}

// row reads a line.
func (r *traceReader) row(line string) (traceRow, error) {
	switch r.format {
	case traceMooncake:
		return mooncakeRow(line)
	case traceAzure, traceBurstGPT:
		return r.csvRow(line)
	}
	if line[0] == '{' {
		return ownJSONRow(line)
	}
	return ownCSVRow(line)
}

// ownCSVRow reads offset[,length].
func ownCSVRow(line string) (row traceRow, err error) {
	columns := strings.Split(line, ",")
	if len(columns) > 2 {
		return traceRow{}, fmt.Errorf("expected an offset and optionally a length, found %d columns", len(columns))
	}
	row.offset, err = parseOffset(unquote(columns[0]))
	if err != nil || len(columns) == 1 || unquote(columns[1]) == "" {
		return row, err
	}
	row.length, err = parseLength(unquote(columns[1]))
	return row, err
}

func unquote(column string) string { return strings.Trim(strings.TrimSpace(column), `"`) }

// ownJSONRow reads {"at": …, "length": …}, where "at_ms" may stand for "at" and the length is optional.
func ownJSONRow(line string) (row traceRow, err error) {
	var object struct {
		At     any          `json:"at"`
		AtMS   *float64     `json:"at_ms"`
		Length *json.Number `json:"length"`
	}
	if err := json.Unmarshal([]byte(line), &object); err != nil {
		return traceRow{}, fmt.Errorf(`expected an object with "at" or "at_ms" and optionally "length": %w`, err)
	}
	switch at := object.At.(type) {
	case nil:
		if object.AtMS == nil {
			return traceRow{}, errors.New(`expected "at" (seconds or a duration) or "at_ms", found neither`)
		}
		row.offset, err = offsetOf(*object.AtMS / 1000)
	case float64:
		row.offset, err = offsetOf(at)
	case string:
		row.offset, err = parseOffset(at)
	default:
		err = fmt.Errorf(`expected "at" to be seconds or a duration, found %v`, at)
	}
	switch {
	case err != nil:
		return traceRow{}, err
	case object.At != nil && object.AtMS != nil:
		return traceRow{}, errors.New(`expected "at" or "at_ms", found both`)
	case object.Length == nil:
		return row, nil
	}
	row.length, err = parseLength(object.Length.String())
	return row, err
}

func parseOffset(text string) (time.Duration, error) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return offsetOf(seconds)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("expected an offset such as 1.5 (seconds) or 1500ms, found %.40q", text)
	}
	return offsetOf(d.Seconds())
}

// offsetOf converts seconds. Most values out of range are Unix times by mistake.
func offsetOf(seconds float64) (time.Duration, error) {
	if !(seconds >= 0 && seconds <= maxTraceOffset.Seconds()) {
		return 0, fmt.Errorf("expected an offset of 0 to %g seconds from the start of the trace, found %g", maxTraceOffset.Seconds(), seconds)
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

// mooncakeRow reads a line of Mooncake's traces: the timestamp is in ms, the lengths in tokens.
// Their hash_ids, by which prompts share beginnings, are not used.
// https://github.com/kvcache-ai/Mooncake
func mooncakeRow(line string) (traceRow, error) {
	var row struct {
		Timestamp *float64 `json:"timestamp"`
		Input     *uint64  `json:"input_length"`
		Output    *uint64  `json:"output_length"`
	}
	if err := json.Unmarshal([]byte(line), &row); err != nil {
		return traceRow{}, fmt.Errorf("invalid line of a Mooncake trace: %w", err)
	}
	if row.Timestamp == nil || row.Input == nil || row.Output == nil {
		return traceRow{}, errors.New(`expected "timestamp" (ms), "input_length" and "output_length" (tokens)`)
	}
	offset, err := offsetOf(*row.Timestamp / 1000)
	if err != nil {
		return traceRow{}, err
	}
	return ofTokens(offset, *row.Input, *row.Output)
}

// csvRow reads a row of Azure's or BurstGPT's traces. Azure's times are dates, BurstGPT's seconds
// from the beginning of the data.
// https://github.com/Azure/AzurePublicDataset, https://github.com/HPMLL/BurstGPT
func (r *traceReader) csvRow(line string) (traceRow, error) {
	cells := strings.Split(line, ",")
	if len(cells) != r.fields {
		return traceRow{}, fmt.Errorf("expected %d columns, found %d", r.fields, len(cells))
	}
	cell := func(i int) string { return unquote(cells[r.columns[i]]) }
	var offset time.Duration
	var err error
	if r.format == traceAzure {
		offset, err = r.sinceOrigin(cell(0))
	} else {
		offset, err = parseOffset(cell(0))
	}
	if err != nil {
		return traceRow{}, err
	}
	var tokens [2]uint64
	for i := range tokens {
		if _, err := fmt.Sscanf(cell(i+1)+"\n", "%d\n", &tokens[i]); err != nil {
			return traceRow{}, fmt.Errorf("expected a number of tokens, found %.40q", cell(i+1))
		}
	}
	return ofTokens(offset, tokens[0], tokens[1])
}

// sinceOrigin reads a date such as 2023-11-16 18:17:03.9799600, with or without a time zone.
func (r *traceReader) sinceOrigin(text string) (time.Duration, error) {
	for _, layout := range []string{"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05"} {
		at, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if r.origin.IsZero() {
			r.origin = at
		}
		return offsetOf(at.Sub(r.origin).Seconds())
	}
	return 0, fmt.Errorf("expected a time such as 2023-11-16 18:17:03.979, found %.40q", text)
}

// ofTokens is a row of tokens. A prompt has at least one, and an answer too: traces hold requests
// that failed.
func ofTokens(offset time.Duration, input, output uint64) (traceRow, error) {
	const most = maxTraceLength / scenarios.CharactersPerToken
	if input > most || output > maxOutputTokens {
		return traceRow{}, fmt.Errorf("expected at most %d input tokens and %d output tokens, found %d and %d", most, maxOutputTokens, input, output)
	}
	return traceRow{offset, uint32(max(input, 1)), uint32(max(output, 1))}, nil
}
