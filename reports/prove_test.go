//go:build prove && unix

package reports

import (
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// All files of a report, by the program itself: of eight arms and 15 blocks in 1.5 s and 200 MB, of 200 arms in 10 s. Counted
// is the processor's time, which other programs change little.
func TestProveReportsAreFast(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "weighbridge")
	if said, err := exec.Command("go", "build", "-o", program, "weighbridge/cmd/weighbridge").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, said)
	}
	matrix := recordtest.Matrix()
	matrix.Blocks = 15
	for name, c := range map[string]struct {
		shape  recordtest.Shape
		within time.Duration
		mib    int64
	}{
		"8-arms-15-blocks": {matrix, 1500 * time.Millisecond, 200},
		"200-arms":         {sweepShape(200), 10 * time.Second, 500},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), record.FileName)
			if err := record.Write(path, recordtest.Record(c.shape)); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{
				{"--format", "html", "--plots", filepath.Join(dir, name), "--out", filepath.Join(dir, name+".html")},
				{"--format", "markdown", "--out", filepath.Join(dir, name+".md")},
				{"--format", "json", "--out", filepath.Join(dir, name+".json")},
			} {
				cmd := exec.Command(program, append([]string{"report", path}, args...)...)
				if said, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, said)
				}
				took, mib := cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime(), cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss>>10
				t.Logf("%s: %v of processor time, %d MiB at the peak", args[1], took, mib)
				if took > c.within || mib > c.mib {
					t.Errorf("%s takes %v and %d MiB, expected at most %v and %d MiB", args[1], took, mib, c.within, c.mib)
				}
			}
		})
	}
}
