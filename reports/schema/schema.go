// Package schema holds the JSON Schemas (draft 2020-12) of what weighbridge writes: its records and their summaries. They are
// generated from the Go types and their comments: go test ./reports/schema -update.
package schema

import _ "embed"

//go:embed record.schema.json
var record []byte

//go:embed summary.schema.json
var summary []byte

// Record is the schema of record.json.
func Record() []byte { return record }

// Summary is the schema of a line of report --format json.
func Summary() []byte { return summary }
