// Package schema holds the JSON Schemas (draft 2020-12) of what weighbridge writes: its records, their summaries, trends and
// comparisons. They are
// generated from the Go types and their comments: go test ./reports/schema -update.
package schema

import _ "embed"

//go:embed record.schema.json
var record []byte

//go:embed summary.schema.json
var summary []byte

//go:embed trend.schema.json
var trend []byte

//go:embed comparison.schema.json
var comparison []byte

// Record is the schema of record.json.
func Record() []byte { return record }

// Summary is the schema of a line of report --format json.
func Summary() []byte { return summary }

// Trend is the schema of report --format json of several records.
func Trend() []byte { return trend }

// Comparison is the schema of compare --format json.
func Comparison() []byte { return comparison }
