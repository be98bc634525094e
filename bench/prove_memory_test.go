//go:build prove && linux

package bench_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// A run of 60 s at 2,000 prompts/s has the same peak memory as one of 10 s, by the kernel's
// account of the whole process: load, record, report, plots. With the bundled mock the larger of
// the two processes counts.
func TestProveMemoryIsConstant(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "weighbridge")
	if said, err := exec.Command("go", "build", "-o", program, "weighbridge/cmd/weighbridge").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, said)
	}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	scenario := filepath.Join(dir, "memory.yaml")
	source := "name: memory\ntarget: {dialect: http, url: \"" + server.URL + "\", http: {body: '{\"p\": {{json .Prompt}}}'}}\n" +
		"client: {in_flight: 100}\nload: {warmup: 1s, open: {rate: 2000, arrivals: poisson, duration: 10s}}\nexperiment: {blocks: 1}\n"
	if err := os.WriteFile(scenario, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := "load.open.duration=%ds" // one block
	for name, c := range map[string]struct {
		seconds string
		args    []string
	}{
		"alone":            {whole, nil},
		"with --hits":      {whole, []string{"--hits", filepath.Join(dir, "hits.csv.gz")}},
		"blocks of 1 s":    {"experiment.blocks=%d", []string{"--set", "load.open.duration=1s"}},
		"against the mock": {whole, []string{"--set", "target.dialect=article", "--set", "target.url=mock"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"run", scenario, "--force", "--out", filepath.Join(dir, "out")}, c.args...)
			peak := func(seconds int) int64 {
				cmd := exec.Command(program, append(args, "--set", fmt.Sprintf(c.seconds, seconds))...)
				if said, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, said)
				}
				return cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
			}
			short, long := peak(10), peak(60)
			if float64(long) > 1.1*float64(short) {
				// A stall of the machine piles requests up and only ever adds to a
				// peak, so the lesser of two is nearer to what a run needs.
				t.Logf("%d KiB for 60 s; measured again", long)
				long = min(long, peak(60))
			}
			t.Logf("peak %d KiB for 10 s, %d KiB for 60 s: %+.1f%%", short, long, 100*(float64(long)/float64(short)-1))
			if float64(long) > 1.1*float64(short) {
				t.Errorf("60 s take %d KiB at the peak, 10 s %d KiB: more than 10%% above", long, short)
			}
		})
	}
}
