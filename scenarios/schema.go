package scenarios

import (
	_ "embed"
	"slices"
)

//go:embed scenario.schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of scenario files. It is generated from the
// types of the language, their docs, check tags and defaults: go test ./scenarios -run Schema
// -update.
func Schema() []byte { return slices.Clone(schema) }
