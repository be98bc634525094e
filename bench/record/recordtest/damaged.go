package recordtest

import (
	"encoding/json"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
)

// Full is a record with every level of nesting, of one or two arms and blocks. It has few
// histograms, each of which costs time.
func Full(arms, blocks int) *record.Record {
	rec := WithStreams()
	rec.Schema = record.Schema
	rec.Arms = rec.Arms[len(rec.Arms)-arms:]
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		arm.Blocks = arm.Blocks[:blocks]
		for k := range arm.Blocks {
			for _, h := range arm.Blocks[k].Open.Hists() {
				if h.Name != "response" && h.Name != "ttft" {
					*h.Hist = nil
				}
			}
		}
		arm.OverTime.Points = arm.OverTime.Points[:3]
		arm.Capacity = SearchedFor(400)
		arm.Capacity.Probes = arm.Capacity.Probes[:1]
		arm.Ledger = &record.Ledger{Matches: true}
		arm.Failures = []reasons.Failure{{Phase: "open", Class: "client", Status: 404, Words: "no", Count: 1, Example: "no", OverTime: &reasons.Times{StepMS: 1000, AtSteps: []uint64{0}, Counts: []uint64{1}}}}
	}
	return rec
}

// Value is where a value stands in a JSON text.
type Value struct{ From, To int }

// Values lists the values of a JSON text that are not objects or lists, and the keys.
func Values(text string) []Value {
	var all []Value
	tokens := json.NewDecoder(strings.NewReader(text))
	for from := 0; ; {
		token, err := tokens.Token()
		if err != nil {
			return all
		}
		to := int(tokens.InputOffset())
		if _, bracket := token.(json.Delim); !bracket {
			for from < to && strings.ContainsRune(" \t\r\n:,", rune(text[from])) {
				from++
			}
			all = append(all, Value{from, to})
		}
		from = to
	}
}

// Replaced is the text with its value number at, counted round, replaced by with; an
// empty with replaces nothing.
func Replaced(text string, at uint16, with string) string {
	all := Values(text)
	if with == "" || len(all) == 0 {
		return text
	}
	v := all[int(at)%len(all)]
	return text[:v.From] + with + text[v.To:]
}
