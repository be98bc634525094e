package record

import (
	"strings"
	"testing"
	"time"
)

// An alert fires at the end of each step in whose window too few prompts succeeded, and in no other.
func TestAlertFiresWhileTheRateIsUnder(t *testing.T) {
	const ok, bad = 1000, 20 // prompts, and how many of them fail in a bad second
	for name, c := range map[string]struct {
		seconds string // . is good, x bad, o one in which the harness ended what failed, _ one without prompts
		window  time.Duration
		under   float64
		want    string
	}{
		"good":                   {"........", 3 * time.Second, 0.995, "........"},
		"bad":                    {"xxxx", 3 * time.Second, 0.995, "!!!!"},
		"at the limit":           {"...x........", 4 * time.Second, 0.995, "............"},
		"over it":                {"...x........", 3 * time.Second, 0.995, "...!!!......"},
		"crosses and comes back": {"......xxxx........", 8 * time.Second, 0.995, "........!!!!!!!..."},
		"a window of one step":   {".x.x.", time.Second, 0.995, ".!.!."},
		"no traffic":             {".x____x..", 3 * time.Second, 0.995, ".!!!__!!!"},
		"ended by the harness":   {"oooo", 2 * time.Second, 0.995, "...."},
		"not of whole steps":     {"xxxx", 1500 * time.Millisecond, 0.995, ""},
		"shorter than a step":    {"xxxx", 100 * time.Millisecond, 0.995, ""},
	} {
		var s Series
		for i, second := range c.seconds {
			p := Point{Due: ok, Answered: ok}
			switch second {
			case '_':
				continue
			case 'o':
				p = Point{Due: ok, Answered: ok - bad, Failed: bad, Own: bad}
			case 'x':
				p = Point{Due: ok, Answered: ok - bad, Failed: bad}
			}
			s.Add(time.Duration(i)*time.Second, p)
		}
		var got strings.Builder
		for _, fires := range (Alert{Under: c.under, WindowMS: Milliseconds(c.window)}).Steps(&s) {
			got.WriteString(map[bool]string{true: "!", false: "."}[fires])
		}
		if want := strings.ReplaceAll(c.want, "_", "."); got.String() != want {
			t.Errorf("%s: %q, want %q", name, got.String(), want)
		}
	}
	for range (Alert{Under: 1, WindowMS: 1000}).Steps(nil) {
		t.Error("no series has a step")
	}
}
