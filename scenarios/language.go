package scenarios

import (
	"reflect"

	"weighbridge/scenarios/tree"
)

// language is the type whose fields are the keys of the language.
func language() reflect.Type { return reflect.TypeFor[Scenario]() }

// secretive reports whether a value at the path may hold a credential that
// somebody typed by mistake; it is not repeated.
func secretive(path string) bool {
	for _, holder := range []string{
		"target.url", "target.headers", "target.http", "target.auth.key", "target.auth.client_id", "target.auth.client_secret",
		"target.auth.token_path", "target.auth.jwt.issuer", "target.auth.jwt.secret", "mock.auth.keys", "mock.auth.jwt.secret",
	} {
		if tree.Overlap(path, holder) {
			return true
		}
	}
	return false
}

// public reports whether a path names a field whose value may be repeated:
// under a misspelt path anything may stand.
func public(path string) bool {
	return path != "" && tree.TypeAt(language(), tree.Steps(path)) != nil && !secretive(path)
}

// armSections is where the paths of levels begin.
func armSections() []string { return tree.Keys(reflect.TypeFor[Arm]()) }

// explain gives each error the line it stands in, as far as it may be shown; root is nil where the source was no YAML.
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
