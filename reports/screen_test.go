package reports

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/reportstest"
)

func shown(t *testing.T, s Screen, rec *record.Record) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, s, "table", &Judged{Record: rec}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestColoursDoNotChangeTheText(t *testing.T) {
	t.Parallel()
	whole := recordtest.Matrix()
	whole.Blocks = 3
	for _, rec := range []*record.Record{recordtest.Record(recordtest.Small()), recordtest.Interrupted(recordtest.Record(whole))} {
		plain := string(written(t, "table", rec))
		if strings.Contains(plain, "\x1b") {
			t.Fatal("a pipe gets escape sequences")
		}
		coloured := shown(t, Screen{Colour: true}, rec)
		if coloured == plain || sgr.ReplaceAllString(coloured, "") != plain {
			t.Errorf("with the colours taken away the table is not the plain one:\n%s", coloured)
		}
		for line := range strings.Lines(coloured) {
			if strings.Count(line, "\x1b[0m")*2 != strings.Count(line, "\x1b") {
				t.Errorf("a colour runs past its line: %q", line)
			}
		}
	}
}

func TestHeadlineHasTheColourOfItsSeverity(t *testing.T) {
	t.Parallel()
	screen := Screen{Colour: true}
	for name, c := range map[string]struct {
		change func(*record.Record)
		paint  func(string) string
	}{
		"valid":      {func(*record.Record) {}, screen.Good},
		"quick":      {func(r *record.Record) { r.Quick = true }, screen.Doubt},
		"incomplete": {func(r *record.Record) { r.Complete = false }, screen.Doubt},
		"invalid":    {func(r *record.Record) { r.Invalid = []string{"ledger"} }, screen.Bad},
	} {
		rec := recordtest.Record(recordtest.Small())
		c.change(rec)
		line, _, _ := strings.Cut(shown(t, screen, rec), "\n")
		if line != c.paint(sgr.ReplaceAllString(line, "")) {
			t.Errorf("%s: %q", name, line)
		}
	}
}

// On a narrow terminal tables are split, but no figure is lost and no line is too long.
func TestTablesFitTheScreen(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Matrix())
	wide := figuresOf(string(written(t, "table", rec)))
	for _, width := range []int{40, 60, 80, 100, 120, 200} {
		text := shown(t, Screen{Width: width}, rec)
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("width %d: %d columns: %s", width, n, line)
			}
		}
		narrow := figuresOf(text)
		for figure := range wide {
			if narrow[figure] < wide[figure] {
				t.Errorf("width %d: %q stands %d times, want at least %d", width, figure, narrow[figure], wide[figure])
			}
		}
	}
	if got, want := shown(t, Screen{Width: 118}, rec), string(written(t, "table", rec)); got != want {
		t.Errorf("a wide screen has another table than a pipe:\n%s", got)
	}
}

// figuresOf counts the words of a text.
func figuresOf(text string) map[string]int {
	counts := map[string]int{}
	for _, word := range strings.Fields(text) {
		counts[word]++
	}
	for word := range counts {
		if strings.Contains(word, "─") {
			delete(counts, word)
		}
	}
	return counts
}

// A verdict in a table has its colour, and the line about arms that fail that of what is bad; the
// columns stay where they are.
func TestVerdictsAndFailuresAreColoured(t *testing.T) {
	t.Parallel()
	j := reportstest.Judged(reportstest.Regressed())
	recordtest.Fail(&j.Record.Arms[1], 40)
	screen := Screen{Colour: true}
	for _, width := range []int{0, 40, 80, 200} {
		var coloured, plain bytes.Buffer
		screen.Width = width
		if err := errors.Join(Write(&coloured, screen, "table", j), Write(&plain, Screen{Width: width}, "table", j)); err != nil {
			t.Fatal(err)
		}
		if sgr.ReplaceAllString(coloured.String(), "") != plain.String() {
			t.Errorf("width %d: with the colours taken away the table is not the plain one:\n%s\nbut\n%s", width, coloured.String(), plain.String())
		}
		for _, verdict := range []string{screen.Good("pass"), screen.Bad("regression"), screen.Doubt("inconclusive"), screen.Good("holds")} {
			if !strings.Contains(coloured.String(), verdict) {
				t.Errorf("width %d: %q is not coloured", width, verdict)
			}
		}
		if !strings.Contains(coloured.String(), "\x1b[1;31mFAILING: 1 of 2 arms.") {
			t.Errorf("width %d: the arm that fails is not red:\n%s", width, coloured.String())
		}
		longest := 0
		for line := range strings.Lines(plain.String()) {
			longest = max(longest, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))
		}
		if width == 200 && longest <= 118 {
			t.Errorf("of 200 columns %d are used", longest)
		}
	}
}
