//go:build unix

package field

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The environment of a test run again as a process with few files: the server to ask.
const serverForFewFiles = "WEIGHBRIDGE_TEST_SERVER"

// fewFilesRun is what the process with few files found out.
type fewFilesRun struct {
	Errors  map[string]uint64
	Invalid []string
}

// TestAGeneratorWithoutFiles runs itself again in a process that may open 40 files. The server
// answers everything, so that no failure is its own.
func TestAGeneratorWithoutFiles(t *testing.T) {
	if url := os.Getenv(serverForFewFiles); url != "" {
		runWithFewFiles(t, url)
		return
	}
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(30 * time.Millisecond)
		fmt.Fprint(w, "ok")
	})
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAGeneratorWithoutFiles$")
	child.Env = append(os.Environ(), serverForFewFiles+"="+s.URL)
	child.Stderr = os.Stderr
	out, err := child.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got fewFilesRun
	line, _, _ := strings.Cut(string(out), "\n")
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got.Errors["generator"] == 0 || len(got.Errors) != 1 {
		t.Errorf("errors %v, expected only the generator's", got.Errors)
	}
	if !strings.Contains(strings.Join(got.Invalid, "\n"), "ulimit -n") {
		t.Errorf("invalid for %q, expected the limit of files", got.Invalid)
	}
}

// runWithFewFiles lowers the limit of this process and prints what a run finds.
func runWithFewFiles(t *testing.T, url string) {
	limit := syscall.Rlimit{}
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = 40
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	rec := run(t, fmt.Sprintf(`
name: files
target: {dialect: http, url: %q, http: {success: status == 200}}
load: {warmup: 0s, open: {rate: 3000, arrivals: constant, duration: 100ms}}
`, url))
	found := fewFilesRun{Errors: rec.Arms[0].Blocks[0].Open.Errors, Invalid: rec.Invalid}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		t.Fatal(err)
	}
}
