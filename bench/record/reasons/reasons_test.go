package reasons

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestWhatVariesPerRequestIsAlike(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ a, b, want string }{
		{"The model 'x' does not exist", "The model 'x' does not exist", "The model 'x' does not exist"},
		{"Please try again in 1.2s.", "Please try again in 20ms.", "Please try again in …."},
		{"request_id: req_011CSHoE failed", "request_id: req_9zz failed", "request_id: … failed"},
		{"request id abcdef, later", "request id ghijkl, later", "request id …, later"},
		{`"request_id":"abcdef"`, `"request_id":"ghi"`, `"request_id":"…"`},
		{"dial tcp 127.0.0.1:1: refused", "dial tcp 127.0.0.1:65000: refused", "dial tcp …: refused"},
		{"127.0.0.1:5->10.0.0.1:80: reset", "127.0.0.1:6->10.0.0.1:80: reset", "…>…: reset"},
		{"at 2026-11-01T10:00:00.5Z (id 7)", "at 2026-12-31T23:59:59Z (id 81)", "at … (id …)"},
		{"5f0c1a2e-9b1d-4c1a-8e57-0242ac120002 is gone", "00000000-0000-4000-8000-000000000000 is gone", "… is gone"},
		{"stream error: stream ID 17; INTERNAL_ERROR", "stream error: stream ID 3; INTERNAL_ERROR", "stream error: stream ID …; INTERNAL_ERROR"},
	} {
		if a, b := withoutNumbers(c.a), withoutNumbers(c.b); a != c.want || b != c.want {
			t.Errorf("%q and %q become %q and %q, expected %q", c.a, c.b, a, b, c.want)
		}
	}
	if withoutNumbers("no such model") == withoutNumbers("no such key") {
		t.Error("different words are alike")
	}
}

func TestAlikeIsStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-z]{0,4}[0-9.:/…-]{0,3}[ '"=>]{0,2}|request id ){0,8}`).Draw(t, "text")
		if once := withoutNumbers(text); withoutNumbers(once) != once {
			t.Fatalf("%q becomes %q and then %q", text, once, withoutNumbers(once))
		}
	})
}

func TestTextsAreOneShortPrintableLine(t *testing.T) {
	t.Parallel()
	if got := OneLine("a\r\n::error::b\x1b[31m \u202ec\xff\tü"); got != `a ::error::b\x1b[31m \u202ec`+"\uFFFD ü" {
		t.Errorf("%q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if line := OneLine(text); strings.ContainsAny(line, "\n\r\x1b") || OneLine(line) != line {
			t.Fatalf("%q becomes %q", text, line)
		}
	})
	if got := shorten(strings.Repeat("ü", 201)); utf8.RuneCountInString(got) != maxText || !strings.HasSuffix(got, "ü…") {
		t.Errorf("%q", got)
	}
}

func TestStatusIsSaidOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status      int
		words, want string
	}{
		{404, "no such model", "404 no such model"},
		{404, "at most 4048 tokens", "404 at most 4048 tokens"},
		{302, "redirected (302) to /x", "redirected (302) to /x"},
		{500, "", "500"},
		{0, "connection refused", "connection refused"},
	} {
		if got := (Failure{Status: c.status, Words: c.words}).Said(); got != c.want {
			t.Errorf("%q, expected %q", got, c.want)
		}
	}
}

func TestLogGroupsByWhatWasSaid(t *testing.T) {
	t.Parallel()
	var l Log
	for i := range 30 {
		l.Add("open", "client", 404, "The model 'x1' does not exist", 100+float64(i))
		l.Add("open", "rate_limit", 429, fmt.Sprintf("try again in %d ms", i/2), 50+float64(i))
	}
	l.Add("warmup", "server", 503, "loading", 1)
	want := []Failure{
		{"open", "rate_limit", 429, "try again in … ms", 30, 50, "try again in 0 ms", &Times{1000, []uint64{0}, []uint64{30}}},
		{"open", "client", 404, "The model 'x1' does not exist", 30, 100, "The model 'x1' does not exist", &Times{1000, []uint64{0}, []uint64{30}}},
		{"warmup", "server", 503, "loading", 1, 1, "loading", &Times{1000, []uint64{0}, []uint64{1}}},
	}
	if got := l.List(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if first, again := l.New(), l.New(); len(first) != 3 || len(again) != 0 {
		t.Errorf("%d and then %d are new", len(first), len(again))
	}
	l.Add("open", "client", 404, "The model 'x1' does not exist", 99)
	l.Add("open", "server", 500, "broken", 99)
	if third := l.New(); len(third) != 1 || third[0].Words != "broken" {
		t.Errorf("%+v are new", third)
	}
}

// total is the number of failed requests of a phase.
func total(list []Failure, phase string) (n uint64) {
	for _, f := range list {
		if f.Phase == phase {
			n += f.Count
		}
	}
	return n
}

func TestLogIsBoundedAndCountsEveryFailure(t *testing.T) {
	t.Parallel()
	var l Log
	const n = 20_000
	word := func(i int) string { // without digits, so that none is like another
		return strings.NewReplacer("0", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5", "f", "6", "g", "7", "h", "8", "i", "9", "j").Replace(fmt.Sprint(i))
	}
	for i := range n {
		l.Add("open", "server", 500, "new "+word(i), float64(i))
		if i%10 == 0 {
			l.Add("open", "server", 503, "frequent", float64(i))
		}
	}
	list := l.List()
	if total(list, "open") != n+n/10 || len(list) != Most+1 || len(l.counts) > most {
		t.Errorf("%d of %d failures in %d kinds, %d in memory", total(list, "open"), n+n/10, len(list), len(l.counts))
	}
	if first, last := list[0], list[Most]; first.Words != "frequent" || first.Count != n/10 || last.Class != Others {
		t.Errorf("the first is %+v, the last %+v", first, last)
	}
}

// drawn is a list of failures as a Log makes it.
func drawn(t *rapid.T, name string) ([]Failure, uint64) {
	var l Log
	n := rapid.IntRange(0, 300).Draw(t, name)
	spread := rapid.SampledFrom([]float64{1, 999, 12_345, 1e6}).Draw(t, "spread")
	for i := range n {
		l.Add(rapid.SampledFrom([]string{"open", "closed"}).Draw(t, "phase"), rapid.SampledFrom([]string{"server", "client"}).Draw(t, "class"),
			rapid.SampledFrom([]int{0, 500}).Draw(t, "status"), rapid.StringMatching(`[a-f]{1,2}( [0-9]{1,2})?`).Draw(t, "text"), float64(i%7)*spread+float64(i))
	}
	return l.List(), uint64(n)
}

func TestCountsAddUpHoweverListsAreMerged(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, nA := drawn(t, "a")
		b, nB := drawn(t, "b")
		c, nC := drawn(t, "c")
		all := Merge(a, b, c)
		for name, other := range map[string][]Failure{"another order": Merge(c, a, b), "in pairs": Merge(a, Merge(b, c)), "the other pairs": Merge(Merge(a, b), c)} {
			if !reflect.DeepEqual(all, other) {
				t.Fatalf("merged in %s:\n%+v\nand not\n%+v", name, other, all)
			}
		}
		for _, list := range [][]Failure{all, Top(all, 3), Top(Top(all, 5), 3)} {
			if got := total(list, "open") + total(list, "closed"); got != nA+nB+nC {
				t.Fatalf("%d failures of %d", got, nA+nB+nC)
			}
			if err := Check(list); err != nil {
				t.Fatal(err)
			}
			for _, f := range list {
				if f.OverTime == nil || len(f.OverTime.AtSteps) > mostSteps {
					t.Fatalf("%s is over time %+v", f.Line(), f.OverTime)
				}
			}
		}
		if top := Top(all, 3); len(top) > 8 {
			t.Fatalf("%d kinds", len(top))
		}
	})
}
