package manual

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const text = `# The language

| key | meaning |
|---|---|
| ` + "`not a key`" + ` | of this table |

| key | type and range | default | meaning |
|---|---|---|---|
| ` + "`name`" + ` | text | required | What it is. |
| ` + "`mock`" + ` | section |  | The mock. |
| ` + "`mock.delay`" + ` | duration or [distribution](#distributions) | 1s | The delay \| pause. |
| ` + "`mock.errors`" + ` | mapping to: section, or its ` + "`share`" + ` alone | none | By status. |
| ` + "`mock.errors.*.body`" + ` | text | empty | Sent unchanged. |
| ` + "`share`" + ` | number, 0…1 | 0 | The share. |
| ` + "`lognormal.p50`" + ` | number |  | The median. |
`

func TestFind(t *testing.T) {
	m := Parse(text, []string{"name", "mock"})
	for _, row := range []struct {
		path string
		want Key
	}{
		{"name", Key{"name", "text", "required", "What it is."}},
		{"mock.delay", Key{"mock.delay", "duration or distribution", "1s", "The delay | pause."}},
		{"mock.delay.lognormal.p50", Key{"mock.delay.lognormal.p50", "number", "", "The median."}},
		{"mock.errors.500", Key{"mock.errors.500", "section, or its share alone", "", "By status."}},
		{"mock.errors.500.share", Key{"mock.errors.500.share", "number, 0…1", "0", "The share."}},
		{"mock.errors.500.body", Key{"mock.errors.*.body", "text", "empty", "Sent unchanged."}},
		{"not a key", Key{}},
		{"mock.name", Key{}},
		{"mock.", Key{}},
		{"mock.delay.share.share", Key{}},
		{"", Key{}},
	} {
		if got, ok := m.Find(row.path); got != row.want || ok != (row.want != Key{}) {
			t.Errorf("%q: got %+v, %v, want %+v", row.path, got, ok, row.want)
		}
	}
}

func TestBelowAndEnding(t *testing.T) {
	m := Parse(text, []string{"name", "mock"})
	paths := func(keys []Key) (out []string) {
		for _, k := range keys {
			out = append(out, k.Path)
		}
		return out
	}
	for _, row := range []struct{ got, want []string }{
		{paths(m.Below("mock")), []string{"mock.delay", "mock.errors"}},
		{paths(m.Below("mock.errors")), []string{"mock.errors.*.body"}},
		{paths(m.Below("name")), nil},
		{paths(m.Ending("delay")), []string{"mock.delay"}},
		{paths(m.Ending("elay")), nil},
	} {
		if diff := cmp.Diff(row.want, row.got); diff != "" {
			t.Error(diff)
		}
	}
}
