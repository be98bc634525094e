package scenarios

import (
	_ "embed"
	"slices"
)

//go:embed scenario.schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of scenario files, as committed in
// scenario.schema.json. It is made from the types of the language, their docs,
// check tags and defaults: go test ./scenarios -run Schema -update.
func Schema() []byte { return slices.Clone(schema) }
