package hits

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
	"go.uber.org/goleak"

	"weighbridge/bench/golden"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// threeHits are one answered, one partly failed after a retry, and one never sent.
func threeHits() []Hit {
	run := time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	ms := func(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }
	return []Hit{
		{
			Run: run, Arm: "batching=single,protocol=h1", Phase: "open", Due: ms(1000), Formed: ms(1000), PickedUp: ms(1000.25),
			Sent: ms(1000.3), FirstByte: ms(1009.75), FirstContent: ms(1012.5), LastContent: ms(1019.75), End: ms(1020), Prompts: 1,
			InputTokens: 100, OutputTokens: 64, Attempts: 1, FirstAttempt: 7, LastAttempt: 7,
			Status: 200, BodySent: 120, BodyReceived: 900, Counted: true,
		},
		{
			Run: run, Arm: "batching=single,protocol=h1", Phase: "open", Block: 1, Seq: 1, Due: ms(3000), Formed: ms(3050),
			PickedUp: ms(3050.5), Sent: ms(3200), FirstByte: ms(3260), End: ms(3261.125), SlotWait: ms(12.5), Prompts: 10, Failed: 3,
			Attempts: 2, FirstAttempt: 8, LastAttempt: 11, Status: 200, Class: "server", Error: `it said "no", twice`,
			BodySent: 1200, BodyReceived: 9000, Counted: true, Turn: 2, Regions: "eu;us", AttemptIDs: "8;11", Session: 5, SessionState: "lost",
		},
		{
			Run: run, Arm: "batching=single,protocol=h1", Phase: "closed", Block: 1, Due: ms(4000), Formed: ms(4000), PickedUp: ms(4000),
			End: ms(34000), SlotWait: ms(30000), Prompts: 1, Failed: 1, Class: "timeout", Error: "no slot was free before the end",
		},
	}
}

func ignoreFailure(error) {}

// writeHits writes the hits to a file of the given name and returns its content.
func writeHits(t *testing.T, name string, all []Hit) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := Create(path, ignoreFailure)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range all {
		f.Put(h)
	}
	if lost, err := f.Close(); err != nil || lost > 0 {
		t.Fatal(lost, err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestGoldenFormats(t *testing.T) {
	for _, name := range []string{"hits.csv", "hits.jsonl"} {
		got := writeHits(t, name, threeHits())
		golden.Check(t, filepath.Join("testdata", name), got)
		unzipped, err := gzip.NewReader(bytes.NewReader(writeHits(t, name+".gz", threeHits())))
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := io.ReadAll(unzipped); err != nil || !bytes.Equal(plain, got) {
			t.Errorf("%s.gz has other content (%v)", name, err)
		}
	}
}

// Both formats hold the same values, as read by the standard decoders.
func TestCSVAndJSONAgree(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(writeHits(t, "hits.csv", threeHits()))).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatal(len(rows), err)
	}
	objects := json.NewDecoder(bytes.NewReader(writeHits(t, "hits.ndjson", threeHits())))
	objects.UseNumber()
	for i, row := range rows[1:] {
		var object map[string]any
		if err := objects.Decode(&object); err != nil {
			t.Fatal(err)
		}
		if len(object) != len(rows[0]) {
			t.Errorf("line %d has %d fields in JSON, %d in CSV", i, len(object), len(rows[0]))
		}
		for j, name := range rows[0] {
			inJSON := ""
			switch v := object[name].(type) {
			case string:
				inJSON = v
			case json.Number:
				inJSON = v.String()
			case bool:
				inJSON = map[bool]string{true: "true", false: "false"}[v]
			}
			if inJSON != row[j] {
				t.Errorf("line %d, %s: %q in JSON, %q in CSV", i, name, inJSON, row[j])
			}
		}
	}
}

// Vegeta's decoder reads what its report and plot commands print.
func TestVegetaDecodesItsFormat(t *testing.T) {
	for _, name := range []string{"hits.gob", "hits.vegeta"} {
		raw := writeHits(t, name, threeHits())
		decode := vegeta.DecoderFor(bytes.NewReader(raw))
		if decode == nil {
			t.Fatalf("%s: vegeta cannot detect the encoding", name)
		}
		var metrics vegeta.Metrics
		for i := 0; ; i++ {
			var r vegeta.Result
			if err := decode(&r); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			h := threeHits()[i]
			if !r.Timestamp.Equal(h.Run.Add(h.Due)) || r.Latency != h.End-h.Due || int(r.Code) != h.Status || r.Seq != h.Seq ||
				r.Attack != h.Arm+" "+h.Phase || int64(r.BytesIn) != h.BodyReceived || (r.Error == "") != (h.Class == "") {
				t.Errorf("%s: hit %d is read as %+v", name, i, r)
			}
			metrics.Add(&r)
		}
		metrics.Close()
		if metrics.Requests != 3 || metrics.Latencies.Max != 30*time.Second || len(metrics.Errors) != 2 {
			t.Errorf("%s: vegeta counts %d requests, a maximum latency of %v, errors %v", name, metrics.Requests, metrics.Latencies.Max, metrics.Errors)
		}
		expectVegetaReport(t, name, &metrics)
	}
}

// expectVegetaReport expects the requests, their success ratio and their statuses in what vegeta report prints.
func expectVegetaReport(t *testing.T, name string, metrics *vegeta.Metrics) {
	t.Helper()
	succeeded, statuses := 0, map[string]int{}
	for _, h := range threeHits() {
		if h.Status >= 200 && h.Status < 400 { // what vegeta takes for success
			succeeded++
		}
		statuses[strconv.Itoa(h.Status)]++
	}
	var text bytes.Buffer
	if err := vegeta.NewTextReporter(metrics).Report(&text); err != nil {
		t.Fatal(err)
	}
	words := strings.Join(strings.Fields(text.String()), " ")
	wants := []string{"[total, rate, throughput] 3, ", fmt.Sprintf("[ratio] %.2f%%", float64(succeeded)/3*100)}
	for status, n := range statuses {
		wants = append(wants, fmt.Sprintf("%s:%d", status, n))
	}
	for _, want := range wants {
		if !strings.Contains(words, want) {
			t.Errorf("%s: vegeta report lacks %q:\n%s", name, want, text.String())
		}
	}
}

// stuckDisk blocks writes until it is released.
type stuckDisk struct{ released chan struct{} }

func (s stuckDisk) Write(p []byte) (int, error) { <-s.released; return len(p), nil }
func (s stuckDisk) Close() error                { return nil }

func TestPutNeverBlocksOnASlowDisk(t *testing.T) {
	disk := stuckDisk{make(chan struct{})}
	form, err := formatOf("x.csv")
	if err != nil {
		t.Fatal(err)
	}
	f := &File{path: "x.csv", fail: ignoreFailure}
	f.start(disk, form, 10)
	long := threeHits()[0]
	long.Error = strings.Repeat("x", 70<<10) // more than the buffer holds: the writer blocks on it
	f.Put(long)
	const n = 1000
	for range n {
		f.Put(threeHits()[0]) // would hang if it waited for the disk
	}
	close(disk.released)
	lost, err := f.Close()
	if err != nil || lost < n-11 || lost > n-9 { // the writer may have taken the first, or not
		t.Errorf("%d of %d hits were lost, want all but the 10 in the queue; %v", lost, n, err)
	}
}

func TestCloseGivesUpOnAStuckDisk(t *testing.T) {
	t.Parallel()
	disk := stuckDisk{make(chan struct{})}
	form, err := formatOf("x.csv")
	if err != nil {
		t.Fatal(err)
	}
	f := &File{path: "x.csv", fail: ignoreFailure}
	f.start(disk, form, 10)
	f.Put(threeHits()[0])
	if _, err := f.Close(); err == nil || err.Error() != "x.csv is incomplete: nothing could be written to it for 2s" {
		t.Errorf("the error is %v", err)
	}
	close(disk.released)
	<-f.done
}

// fullDisk has room for some bytes.
type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.room -= len(p); d.room < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}
func (d *fullDisk) Close() error { return nil }

func TestAFullDiskIsReportedOnce(t *testing.T) {
	for _, name := range []string{"x.csv", "x.jsonl.gz", "x.gob"} {
		form, err := formatOf(name)
		if err != nil {
			t.Fatal(err)
		}
		reported := make(chan error, 10)
		f := &File{path: name, fail: func(err error) { reported <- err }}
		f.start(&fullDisk{room: 100}, form, 5000)
		for range 5000 {
			f.Put(threeHits()[1])
		}
		_, err = f.Close()
		if len(reported) != 1 || !strings.Contains((<-reported).Error(), "no space left") {
			t.Errorf("%s: %d failures were reported, want the first one", name, len(reported))
		}
		if err == nil || strings.Count(err.Error(), "no space left") != 1 || !strings.HasPrefix(err.Error(), name+" is incomplete: ") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

func TestPaths(t *testing.T) {
	for path, want := range map[string]string{
		"hits.csv": "hits-a.csv", "d.x/hits.csv.gz": "d.x/hits-a.csv.gz", "h.ndjson": "h-a.ndjson", "h.b.gob.gz": "h.b-a.gob.gz",
	} {
		if got := PathFor(path, "a"); got != want {
			t.Errorf("%s for a is %s, want %s", path, got, want)
		}
		if err := CheckPath(path); err != nil {
			t.Error(err)
		}
	}
	for _, path := range []string{"hits", "hits.txt", "hits.gz", "csv", "hits.csv.zip", "hits.CSV"} {
		if err := CheckPath(path); err == nil || !strings.Contains(err.Error(), ".csv, .jsonl") {
			t.Errorf("%s: the error is %v", path, err)
		}
	}
}

func TestRemoveIfEmptyKeepsAnExistingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	for i, want := range []bool{false, true} { // whether the file exists afterwards
		f, err := Create(path, ignoreFailure)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err := f.RemoveIfEmpty(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("round %d: %v", i, err)
		}
		if err := os.WriteFile(path, []byte("theirs"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
