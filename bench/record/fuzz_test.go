package record_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"weighbridge/bench/bounds"
	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
	"weighbridge/bench/record/recordtest"
)

func text(t testing.TB, rec *record.Record) string {
	t.Helper()
	raw, err := json.Marshal(rec)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// useRead does with a record whatever is done with one that was read: it is merged with itself,
// made slim, looked into, and written. None of these may panic, and the record is read again as
// it was. The merged one may have more than any run has, which is refused.
func useRead(t testing.TB, raw []byte) {
	t.Helper()
	rec, err := readText(raw)
	if err != nil {
		if err.Error() == "" || strings.Contains(err.Error(), "\n") {
			t.Errorf("the error is not one line: %q", err)
		}
		return
	}
	expectReadAgain(t, "the record", rec)
	expectReadAgain(t, "the slim record", record.Slim(rec))
	for i := range rec.Arms {
		for _, b := range rec.Arms[i].Blocks {
			lookInto(b.Open)
			lookInto(b.Closed)
		}
		if over := rec.Arms[i].OverTime; over != nil {
			over.Coarse(1)
		}
		mergeWithItself(&rec.Arms[i])
	}
	rec.Harness.Merge(&rec.Harness)
	if _, err := json.Marshal(rec); err != nil {
		t.Errorf("the record merged with itself cannot be written: %v", err)
	}
}

func lookInto(s *record.Slice) {
	if s == nil {
		return
	}
	s.Charged()
	for _, h := range s.Hists() {
		record.PercentilesOf(*h.Hist)
		(*h.Hist).Max()
		(*h.Hist).CountsAround((*h.Hist).Mean())
	}
}

// mergeWithItself merges every part of an arm that can be merged with a copy of it.
func mergeWithItself(a *record.Arm) {
	for _, b := range a.Blocks {
		for _, s := range []*record.Slice{b.Open, b.Closed} {
			if s != nil {
				s.Merge(s)
			}
		}
	}
	totals := a.Totals
	a.Totals.Merge(&totals)
	if a.Ledger != nil {
		ledger := *a.Ledger
		a.Ledger.Merge(&ledger)
	}
	if a.OverTime != nil {
		a.OverTime.Merge(a.OverTime)
	}
	a.Failures = reasons.Merge(a.Failures, a.Failures)
}

// expectReadAgain expects that what is written of a record with its checksum is read, and written
// the same.
func expectReadAgain(t testing.TB, what string, rec *record.Record) {
	t.Helper()
	written, err := json.Marshal(rec)
	if err != nil {
		t.Errorf("%s cannot be written: %v", what, err)
		return
	}
	again, err := readText(sealed(written))
	if err != nil {
		t.Errorf("%s is not read again: %v", what, err)
		return
	}
	if second, err := json.Marshal(again); err != nil || !bytes.Equal(second, written) {
		t.Errorf("%s is written differently once it was read (%v):\n%s\n%s", what, err, written, second)
	}
}

// Any value of a record may be damaged, or made up.
func TestAnyValueAtItsExtremes(t *testing.T) {
	t.Parallel()
	original := text(t, recordtest.Full(1, 1))
	for at, v := range recordtest.Values(original) {
		if original[v.From] == '"' {
			continue
		}
		for _, with := range []string{"1e308", "5e-324", "18446744073709551615"} {
			changed := recordtest.Replaced(original, uint16(at), with)
			if useRead(t, []byte(changed)); t.Failed() {
				t.Fatalf("value %d as %s: …%s", at, with, changed[max(v.From-40, 0):][:60])
			}
		}
	}
}

// FuzzRead holds that any text is a record or an error, and that whatever is done with a record
// can be done with this one.
func FuzzRead(f *testing.F) {
	whole := text(f, recordtest.Full(1, 1))
	old, err := record.Read("testdata/without-validity", nil)
	if err != nil {
		f.Fatal(err)
	}
	old.Arms, old.Warnings = old.Arms[:1], []string{} // a long input makes few tries
	old.Arms[0].Blocks = old.Arms[0].Blocks[:1]
	for _, seed := range []string{whole, text(f, record.Slim(recordtest.Full(1, 1))), text(f, tiny()), text(f, recordtest.Full(2, 1)), text(f, old), string(sealed([]byte(whole))), "", "{}", "[[[["} {
		f.Add(seed, uint16(0), "", uint16(0), "")
	}
	for i, v := range []string{"0", "-1", "1e308", "18446744073709551615", `""`, "null", "[]"} {
		f.Add(whole, uint16(37*i), v, uint16(91*i), v)
	}
	f.Fuzz(func(t *testing.T, text string, at uint16, with string, also uint16, alsoWith string) {
		defer bounds.Check(t)()
		useRead(t, []byte(recordtest.Replaced(recordtest.Replaced(text, at, with), also, alsoWith)))
	})
}
