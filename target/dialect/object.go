package dialect

import (
	"maps"
	"slices"
	"strings"
)

// object is a JSON object with its members in order. Its values always marshal.
type object []member

type member struct {
	name  string
	value any
}

// merged returns the object with a JSON Merge Patch (RFC 7396) applied: a mapping is merged
// into the value that is there, null removes it, anything else replaces it. New members
// follow in the order of their names.
func (o object) merged(patch map[string]any) object {
	if len(patch) == 0 {
		return o
	}
	out := object{}
	known := map[string]bool{}
	for _, m := range o {
		change, given := patch[m.name]
		known[m.name] = true
		switch {
		case !given:
			out = append(out, m)
		case change != nil:
			out = append(out, member{m.name, mergePatch(m.value, change)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(patch)) {
		if change := patch[name]; change != nil && !known[name] {
			out = append(out, member{name, mergePatch(nil, change)})
		}
	}
	return out
}

// mergePatch returns a value with a patch applied, as RFC 7396 §2 defines.
func mergePatch(value, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	into := map[string]any{}
	if before, ok := value.(map[string]any); ok {
		maps.Copy(into, before)
	}
	for name, change := range changes {
		if change == nil {
			delete(into, name)
			continue
		}
		into[name] = mergePatch(into[name], change)
	}
	return into
}

func (o object) json() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(marshal(m.name))
		b.WriteByte(':')
		b.WriteString(marshal(m.value))
	}
	b.WriteByte('}')
	return b.String()
}
