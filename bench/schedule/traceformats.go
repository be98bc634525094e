package schedule

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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

// row reads a line.
func (r *traceReader) row(line string) (traceRow, error) {
	switch r.format {
	case traceMooncake:
		return mooncakeRow(line)
	case traceAzure, traceBurstGPT:
		return r.csvRow(line)
	}
	parse := parseCSV
	if line[0] == '{' {
		parse = parseJSON
	}
	offset, length, err := parse(line)
	return traceRow{offset: offset, length: length}, err
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
