package scenarios

import (
	_ "embed"
	"reflect"
	"slices"

	"weighbridge/scenarios/tree"
)

// language is the type whose fields are the keys of the language.
func language() reflect.Type { return reflect.TypeFor[Scenario]() }

// mayHoldCredential reports whether the value at a path may be a credential that was typed by mistake.
// Messages do not repeat such values.
func mayHoldCredential(path string) bool {
	for _, holder := range []string{
		"target.url", "target.path", "target.query", "target.body", "target.headers", "target.http", "target.auth.key", "target.auth.client_id", "target.auth.client_secret",
		"target.auth.token_path", "target.auth.jwt.issuer", "target.auth.jwt.secret", "mock.auth.keys", "mock.auth.jwt.secret",
	} {
		if tree.Overlap(path, holder) {
			return true
		}
	}
	return false
}

// public reports whether messages may repeat the value at a path. The value at a misspelt path
// may be anything, so it is not public.
func public(path string) bool {
	return path != "" && tree.TypeAt(language(), tree.Steps(path)) != nil && !mayHoldCredential(path)
}

// armSections returns the sections that patches may set.
func armSections() []string { return tree.Keys(reflect.TypeFor[Arm]()) }

// explain adds the source line to each error, as far as it may be shown. root is nil if the
// source could not be parsed.
func explain(all tree.Errors, source string, root *tree.Node) {
	e := tree.NewExcerpts(source, language(), public)
	if root == nil {
		e.FindKeys()
	} else {
		e.Keys(root, "", func(f tree.Entry) {
			if f.Key != "matrix" {
				e.Values(f.Value, f.Key)
				return
			}
			e.Keys(f.Value, "", func(axis tree.Entry) {
				e.Keys(axis.Value, "", func(level tree.Entry) {
					e.Keys(level.Value, "", func(patch tree.Entry) { e.Values(patch.Value, patch.Key) })
				})
			})
		})
	}
	e.Explain(all)
}

//go:embed scenario.schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of scenario files. It is generated from the
// types of the language, their docs, check tags and defaults: go test ./scenarios -run Schema
// -update.
func Schema() []byte { return slices.Clone(schema) }
