package bounds

import (
	"strings"
	"testing"
	"time"
)

// failures collects what a test would fail with.
type failures struct {
	testing.TB
	all []string
}

func (f *failures) Errorf(format string, _ ...any) { f.all = append(f.all, format) }

func TestWhatCostsTooMuchFails(t *testing.T) {
	var kept []byte
	for _, c := range []struct {
		name  string
		most  time.Duration
		bytes uint64
		want  string
	}{
		{"within both", time.Hour, 1 << 30, ""},
		{"too long", -1, 1 << 30, "took"},
		{"too much", time.Hour, 1 << 20, "allocated"},
	} {
		f := &failures{TB: t}
		end := check(f, c.most, c.bytes)
		kept = make([]byte, 8<<20)
		end()
		if got := strings.Join(f.all, "\n"); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	_ = kept
}
