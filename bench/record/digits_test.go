package record

import (
	"testing"
	"time"
)

func TestOver(t *testing.T) {
	for _, c := range []struct {
		d, limit time.Duration
		want     string
	}{
		{7385087 * time.Microsecond, 1660518300, "7.39s, over 1.66s"},
		{6071 * time.Microsecond, 3939100, "6.07ms, over 3.94ms"},
		{60 * time.Millisecond, 5 * time.Millisecond, "60ms, over 5ms"},
		{5001 * time.Microsecond, 5 * time.Millisecond, "5.001ms, over 5ms"},
		{999, 0, "999ns, over 0s"},
	} {
		if got := Over(c.d, c.limit); got != c.want {
			t.Errorf("%v and %v: %q, want %q", c.d, c.limit, got, c.want)
		}
	}
}
