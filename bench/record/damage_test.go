package record_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/bench/record/seal"
)

// sealed is an object with its checksum.
func sealed(object []byte) []byte {
	var out bytes.Buffer
	to := seal.NewWriter(&out)
	_, _ = to.Write(object) // a buffer refuses nothing
	_ = to.Close()
	return out.Bytes()
}

// written is the record as Write writes it.
func written(t *testing.T, rec *record.Record) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), record.FileName)
	if err := record.Write(path, rec); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// without is a record's text without its checksum, so that it can be edited.
func without(t *testing.T, raw []byte) string {
	t.Helper()
	object, sum, err := seal.Split(raw)
	if err != nil || sum == "" {
		t.Fatalf("checksum %q, %v", sum, err)
	}
	return string(object)
}

// tiny is a record with every level of nesting, short enough for all of its bits to be tried.
func tiny() *record.Record {
	rec := recordtest.AB(recordtest.Arm("ab=a", 3, 20e6))
	rec.Schema, rec.Invalid = record.Schema, []string{"send lag p99 of 9.1 ms is over 5 ms"}
	return rec
}

func readText(text []byte) (*record.Record, error) { return record.Read("-", bytes.NewReader(text)) }

// expectSameOrRefused expects that text, which differs from what was written, is refused or
// still the same record.
func expectSameOrRefused(t *testing.T, what string, text, original []byte) (refused bool) {
	t.Helper()
	rec, err := readText(text)
	if err != nil {
		return true
	}
	again, err := json.Marshal(rec)
	if object, _, _ := seal.Split(original); err != nil || !bytes.Equal(again, object) {
		t.Errorf("%s: it is read as another record", what)
	}
	return false
}

// One bit of every byte of a small record, and 300 bits of a larger one.
func TestAFlippedBitIsNoticed(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7))
	small := written(t, tiny())
	for at := range small {
		flipBit(t, small, 8*at+rng.IntN(8))
	}
	large := written(t, recordtest.Record(recordtest.Small()))
	const flips = 300
	refused := 0
	for range flips {
		if flipBit(t, large, rng.IntN(8*len(large))) {
			refused++
		}
	}
	if refused < flips-2 { // a flip in the white space at its end changes nothing
		t.Errorf("%d of %d flipped bits were refused", refused, flips)
	}
}

// flipBit expects that a record with one bit flipped is refused or still the same record.
func flipBit(t *testing.T, raw []byte, bit int) (refused bool) {
	t.Helper()
	flipped := bytes.Clone(raw)
	flipped[bit/8] ^= 1 << (bit % 8)
	return expectSameOrRefused(t, string(flipped[max(bit/8-20, 0):min(bit/8+20, len(raw))]), flipped, raw)
}

func TestATruncatedRecordIsRefused(t *testing.T) {
	raw := written(t, tiny())
	for n := range len(raw) - 1 { // the last byte ends the line
		if _, err := readText(raw[:n]); err == nil {
			t.Errorf("the first %d of %d bytes are read as a record", n, len(raw))
		}
	}
	for _, more := range []string{"x", "{}", string(raw), "\x00", ","} {
		if _, err := readText(append(bytes.Clone(raw), more...)); err == nil {
			t.Errorf("a record is read although %.10q follows", more)
		}
	}
}

func TestARecordKeepsItsChecksum(t *testing.T) {
	whole := recordtest.Record(recordtest.Small())
	for what, rec := range map[string]*record.Record{"whole": whole, "slim": record.Slim(whole)} {
		raw := written(t, rec)
		back, err := readText(raw)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if !bytes.Equal(written(t, back), raw) {
			t.Errorf("%s: it is written otherwise once it was read", what)
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, raw, "", "  "); err != nil {
			t.Fatal(err)
		}
		if back, err := readText(indented.Bytes()); err != nil || len(back.Warnings) != len(rec.Warnings) {
			t.Errorf("%s, indented: %v", what, err)
		}
		edited := bytes.Replace(raw, []byte(`"complete":true`), []byte(`"complete":false`), 1)
		if _, err := readText(edited); err == nil || !strings.Contains(err.Error(), "the record is damaged: its content has the checksum sha256:") {
			t.Errorf("%s, edited: %v", what, err)
		}
	}
}

// Without a checksum, the keys alone show that a record is damaged.
func TestKeysAreThoseOfARecord(t *testing.T) {
	text := without(t, written(t, tiny()))
	for _, c := range []struct{ name, from, to, want string }{
		{"an unknown key", `"invalid":`, `"invalie":`, "the record is damaged: invalie is an unknown key"},
		{"another case", `"invalid":`, `"Invalid":`, "Invalid is an unknown key"},
		{"an unknown key inside", `"due":3`, `"dues":3`, "arms[0].blocks[0].open.dues is an unknown key"},
		{"a key too many", `"due":3`, `"due":3,"x":{"y":[1]}`, "arms[0].blocks[0].open.x is an unknown key"},
		{"a missing key", `,"failed":0`, ``, "arms[0].blocks[0].open.failed is missing"},
		{"a missing key of an embedded struct", `"gc_pauses":0,`, ``, "harness.gc_pauses is missing"},
		{"a key given twice", `"failed":0`, `"failed":0,"failed":0`, "arms[0].blocks[0].open.failed is there twice"},
		{"a map's key given twice", `"levels":{"ab":"a"`, `"levels":{"ab":"a","ab":"b"`, "arms[0].levels.ab is there twice"},
		{"null for a number", `"failed":0`, `"failed":null`, "arms[0].blocks[0].open.failed is null: expected a number"},
		{"text for a number", `"failed":0`, `"failed":"0"`, "arms[0].blocks[0].open.failed is a string: expected a number"},
		{"more time than there is", `"start_ms":0`, `"start_ms":1e19`, "arms[0].blocks[0].open.start_ms is 1e19: expected a number from -1e+18 to 1e+18"},
		{"a number beyond all", `"start_ms":0`, `"start_ms":-1e999`, "arms[0].blocks[0].open.start_ms is -1e999: expected a number"},
		{"a list for text", `"response":"`, `"response":["`, "not a record"},
		{"a broken checksum", `}`, `,"checksum":"sha256:12"}`, "is an unknown key"},
	} {
		edited := strings.Replace(text, c.from, c.to, 1)
		if edited == text {
			t.Fatalf("%s: the record has no %s", c.name, c.from)
		}
		if _, err := readText([]byte(edited)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	rec, err := readText([]byte(text))
	if err != nil || len(rec.Warnings) != 1 || rec.Warnings[0] != record.Unverified {
		t.Errorf("a record without a checksum is read with the warnings %v, %v", rec, err)
	}
}

func TestAChecksumThatIsNotLast(t *testing.T) {
	text := without(t, written(t, tiny()))
	first := `{"checksum":"` + seal.Sum([]byte(text)) + `",` + text[1:]
	if _, err := readText([]byte(first)); err != nil {
		t.Error(err)
	}
	_, err := readText([]byte(strings.Replace(first, `"due":3`, `"due":4`, 1)))
	if want := "expected its checksum as the last key"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}

// A key that this version does not know is not called damage where the checksum holds.
func TestARecordOfANewerVersionIsRefusedAsSuch(t *testing.T) {
	text := strings.Replace(without(t, written(t, tiny())), `"tool":""`, `"tool":"v9","news":1`, 1)
	_, err := readText(sealed([]byte(text)))
	if want := "written by another version of weighbridge, v9, and cannot be read by this one: news is an unknown key"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}
