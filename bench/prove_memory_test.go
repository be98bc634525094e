//go:build prove && linux

package bench_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A run of 60 s at 2,000 prompts/s has the same peak memory as one of 10 s, by the kernel's account of the whole process: load,
// record, report, plots. One long block writes --hits too; many short ones run against the bundled mock, a process of its own
// whose peak is held to the same bound.
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
		"client: {in_flight: 100}\nload: {warmup: 1s, open: {rate: 2000, arrivals: poisson, duration: 1s}}\nexperiment: {blocks: 1}\n"
	if err := os.WriteFile(scenario, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, seconds string
		args          []string
		processes     []string
	}{
		{"one block with --hits", "load.open.duration=%ds", []string{"--hits", filepath.Join(dir, "hits.csv.gz")}, []string{"harness"}},
		{"blocks of 1 s against the mock", "experiment.blocks=%d", []string{"--set", "target.dialect=article", "--set", "target.url=mock"}, []string{"harness", "mock"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"run", scenario, "--force", "--out", filepath.Join(dir, "out")}, c.args...)
			peaks := func(seconds int) map[string]int64 {
				return peaksOf(t, exec.Command(program, append(args, "--set", fmt.Sprintf(c.seconds, seconds))...))
			}
			short, long := peaks(10), peaks(60)
			above := func(process string) bool { return float64(long[process]) > 1.1*float64(short[process]) }
			if above("harness") || above("mock") {
				// A stall of the machine piles requests up and only ever adds to a
				// peak, so the lesser of two is nearer to what a run needs.
				t.Logf("%v KiB for 60 s; measured again", long)
				for process, peak := range peaks(60) {
					long[process] = min(long[process], peak)
				}
			}
			for _, process := range c.processes {
				t.Logf("%s: peak %d KiB for 10 s, %d KiB for 60 s: %+.1f%%", process, short[process], long[process], 100*(float64(long[process])/float64(short[process])-1))
				if short[process] == 0 || above(process) {
					t.Errorf("%s: 60 s take %d KiB at the peak, 10 s %d KiB: more than 10%% above", process, long[process], short[process])
				}
			}
		})
	}
}

// peaksOf runs a command and returns the peak memory in KiB of its process, the harness, and of the largest process it starts,
// the mock (0 without one).
func peaksOf(t *testing.T, cmd *exec.Cmd) map[string]int64 {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	peaks := map[string]int64{}
	// A process that has ended has no peak, so it is looked at until then; what grows with a run does so long before.
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("%v: %s", err, &said)
			}
			return peaks
		case <-time.After(10 * time.Millisecond):
		}
		harness := fmt.Sprint(cmd.Process.Pid)
		peaks["harness"] = max(peaks["harness"], peakOf(harness))
		threads, _ := filepath.Glob("/proc/" + harness + "/task/*/children")
		for _, thread := range threads {
			children, _ := os.ReadFile(thread)
			for child := range strings.FieldsSeq(string(children)) {
				if isStarted(child, harness) {
					peaks["mock"] = max(peaks["mock"], peakOf(child))
				}
			}
		}
	}
}

// isStarted tells whether a child runs its own program: until then it shares its parent's memory and command line.
func isStarted(child, parent string) bool {
	its, _ := os.ReadFile("/proc/" + child + "/cmdline")
	parents, _ := os.ReadFile("/proc/" + parent + "/cmdline")
	return !bytes.Equal(its, parents)
}

// peakOf returns the peak memory of a process in KiB; 0 if it has ended.
func peakOf(pid string) int64 {
	status, _ := os.ReadFile("/proc/" + pid + "/status")
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		return 0
	}
	kib, _ := strconv.ParseInt(string(found[1]), 10, 64)
	return kib
}
