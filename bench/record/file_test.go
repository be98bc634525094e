package record

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weighbridge/bench/record/seal"
)

func sample() *Record {
	h := NewHist()
	h.Record(20 * time.Millisecond)
	empty := NewHist()
	return &Record{
		Schema: Schema, Tool: "test", Started: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Ended: time.Date(2026, 1, 2, 3, 5, 0, 0, time.UTC),
		Complete: true, Scenario: Scenario{Name: "s", Source: "name: s\n", Set: []string{}},
		Axes: []Axis{{"auth", []string{"oauth", "jwt"}, []map[string]string{{"target.auth.scheme": ""}, {"target.auth.scheme": ""}}}}, Invalid: []string{}, Warnings: []string{"w"},
		Arms: []Arm{{
			Name: "auth=jwt", Levels: map[string]string{"auth": "jwt"},
			Blocks: []Block{{Complete: true, Open: &Slice{
				Due: 1, Answered: 1, Errors: map[string]uint64{"server": 1},
				Parts:    &Parts{Waiting: Sum{1, 20}, Server: map[string]Sum{"total": {1, 19.5}}},
				Response: h, Service: h, FailedAfter: empty, SlotWait: h, SendLag: h, Fill: h, LatencyError: h,
			}}},
		}},
	}
}

func TestRecordIsReadAsWritten(t *testing.T) {
	dir := t.TempDir()
	want := sample()
	if err := Write(filepath.Join(dir, FileName), want); err != nil {
		t.Fatal(err)
	}
	sameHist := cmp.Comparer(func(a, b *Hist) bool {
		return (a == nil) == (b == nil) && a.Count() == b.Count() && a.Max() == b.Max()
	})
	for _, path := range []string{dir, filepath.Join(dir, FileName)} {
		got, err := Read(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, sameHist); diff != "" {
			t.Errorf("%s: -wrote +read\n%s", path, diff)
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read("-", strings.NewReader(string(raw))); err != nil {
		t.Errorf("from standard input: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("writing left the files %v", left)
	}
}

// largest is a writer that keeps how much is written, and the most at once.
type largest struct{ piece, whole int }

func (l *largest) Write(piece []byte) (int, error) {
	l.piece, l.whole = max(l.piece, len(piece)), l.whole+len(piece)
	return len(piece), nil
}

// No more than a block, or an arm without its blocks, is encoded at once.
func TestRecordsAreEncodedInPieces(t *testing.T) {
	rec := sample()
	for i := range 30 {
		block := rec.Arms[0].Blocks[0]
		block.Index = i + 1
		rec.Arms[0].Blocks = append(rec.Arms[0].Blocks, block)
	}
	rec.Arms = slices.Repeat(rec.Arms, 5)
	var to largest
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := rec.encode(&to); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if to.whole < 100_000 || to.piece > to.whole/50 {
		t.Errorf("%d of %d bytes were encoded at once", to.piece, to.whole)
	}
	histograms := uint64(5 * 31 * 7)
	// The library's own Encode allocates 800 KB, and compressors that are kept a few. The race detector forgets a quarter of them.
	if each := (after.TotalAlloc - before.TotalAlloc) / histograms; each > 400_000 {
		t.Errorf("%d bytes were allocated for each histogram", each)
	}
}

func TestReadRejects(t *testing.T) {
	dir := t.TempDir()
	if err := Write(filepath.Join(dir, FileName), sample()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	object, _, err := seal.Split(whole)
	if err != nil {
		t.Fatal(err)
	}
	text := string(object) // without its checksum, to be edited
	for _, c := range []struct{ name, content, want string }{
		{"empty", "", "not a record"},
		{"not JSON", "name: matrix", "not a record: expected the record.json of a run, or its folder"},
		{"other JSON", "{}", `expected schema weighbridge.record/v1, found ""`},
		{"cut off", text[:len(text)/2], "not a record"},
		{"newer", strings.Replace(text, "record/v1", "record/v2", 1), "weighbridge.record/v2 is newer than this weighbridge reads"},
		{"older", strings.Replace(text, "record/v1", "record/v0", 1), "no longer read"},
		{"another schema", strings.Replace(text, "weighbridge.record/v1", "weighbridge.summary/v1", 1), "expected schema"},
		{"nothing but a schema", `{"schema":"weighbridge.record/v1"}`, "tool is missing"},
		{"no arms", text[:strings.Index(text, `"arms":[`)] + `"arms":[],"invalid":[],"warnings":[]}`, "it holds no arm"},
		{"a broken histogram", strings.Replace(text, `"response":"`, `"response":"x`, 1), "damaged"},
		{"prompts that do not add up", strings.Replace(text, `"due":1`, `"due":7`, 1), "7 prompts were due, but 1 answered"},
		{"prompts that add up by overflow", strings.Replace(text, `"answered":1,"failed":0`, `"answered":18446744073709551615,"failed":2`, 1), "18446744073709551615 prompts are more than any run has"},
		{"more good prompts than answers", strings.Replace(text, `"answered":1,`, `"answered":1,"good":2,`, 1), "2 prompts were good, but only 1 were answered"},
		{"more prompts held back than never sent", strings.Replace(text, `"answered":1,`, `"answered":1,"held_back":2,`, 1), "2 prompts were held back, but only 0 never sent"},
		{"a block twice", strings.Replace(text, `"blocks":[`, `"blocks":[{"block":0,"complete":true},`, 1), "block 0: expected the blocks in order"},
		{"a block before the first", strings.Replace(text, `"block":0`, `"block":-1`, 1), "block -1: expected the blocks in order"},
		{"a missing level", strings.Replace(text, `"levels":{"auth":"jwt"}`, `"levels":{}`, 1), "no level of axis auth"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, "broken.json")
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Read(path, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), path) {
				t.Errorf("%v, want %q after the path", err, c.want)
			}
		})
	}
	if _, err := Read(filepath.Join(dir, "nowhere"), nil); err == nil || !strings.Contains(err.Error(), "there is no such record") {
		t.Errorf("a missing record: %v", err)
	}
}

// TestReadNamesRecordsOfAFolder checks what is said of a folder that is no record, but has some in it.
func TestReadNamesRecordsOfAFolder(t *testing.T) {
	for name, row := range map[string]struct {
		files []string
		want  string
	}{
		"empty":     {nil, ""},
		"other":     {[]string{"notes.txt"}, ""},
		"folders":   {[]string{"b/record.json", "a/record.json", "c/notes.txt", "x.json"}, "; DIR/* has 2, such as DIR/a"},
		"baselines": {[]string{"1.json", "2.json"}, "; DIR/*.json has 2, such as DIR/1.json"},
	} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, file := range row.files {
			file = filepath.Join(dir, filepath.FromSlash(file))
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, nil, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Read(dir, nil)
		want := filepath.Join(dir, FileName) + ": there is no such record" + strings.ReplaceAll(row.want, "DIR", dir)
		if err == nil || filepath.ToSlash(err.Error()) != filepath.ToSlash(want) || !errors.Is(err, ErrMissing) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

func TestWriteDoesNotMakeFolders(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "missing")
	if err := Write(filepath.Join(dir, FileName), sample()); err == nil {
		t.Error("a record was written into a folder that does not exist")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was made")
	}
}

// This record was written before thresholds of validity and a checksum were kept.
func TestOldRecordIsReadAndWrittenUnchanged(t *testing.T) {
	path := filepath.Join("testdata", "without-validity", FileName)
	r, err := Read(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Warnings, []string{Unverified}) {
		t.Errorf("its warnings are %q", r.Warnings)
	}
	r.Warnings = []string{}
	again := filepath.Join(t.TempDir(), FileName)
	if err := Write(again, r); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(again)
	if err != nil {
		t.Fatal(err)
	}
	if object, _, err := seal.Split(got); err != nil || string(object)+"\n" != string(want) {
		t.Errorf("the record is written as (%v)\n%s, want\n%s", err, object, want)
	}
}
