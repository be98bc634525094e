package mockserver_test

import (
	"encoding/xml"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"weighbridge/mockserver"
)

// h2specCases is how many cases h2spec has, and h2specFailures how many of them may
// fail. The three that do are due to net/http: it treats a SETTINGS frame with a
// repeated setting as an error (6.5.3), and answers requests with the headers Connection
// or TE with a 400 instead of resetting the stream (8.1.2.2, twice).
const (
	h2specCases    = 145
	h2specFailures = 3
)

// h2specSections are h2spec's sections, in groups that run at the same time: most of
// their time is spent waiting.
var h2specSections = [][]string{
	{"generic", "hpack", "http2/3", "http2/4", "http2/7"}, {"http2/5"}, {"http2/6"}, {"http2/8"},
}

// The mock conforms to HTTP/2 according to h2spec. h2spec has no credentials to send, and
// some of its cases need a request that has not been answered yet; so it requests tokens,
// with a latency.
func TestH2Spec(t *testing.T) {
	t.Parallel() // most of its time is spent waiting
	config := newFreeConfig()
	config.Auth.OAuth.Latency = constant(40 * ms)
	info := listen(t, mockserver.Instance{Name: "all", Config: config})
	address, err := url.Parse(info.Arms[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "h2spec")
	build := exec.CommandContext(t.Context(), "go", "build", "-modfile=../tools/go.mod", "-o", binary, "github.com/summerwind/h2spec/cmd/h2spec")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build h2spec: %v\n%s", err, out)
	}
	cases, failures := runH2Spec(t, binary, address)
	if len(failures) > h2specFailures { // on a busy machine a case can time out: only what fails twice counts
		_, again := runH2Spec(t, binary, address)
		failures = slices.DeleteFunc(failures, func(name string) bool { return !slices.Contains(again, name) })
	}
	t.Logf("h2spec: %d of %d cases fail:\n%s", len(failures), cases, strings.Join(failures, "\n"))
	if cases != h2specCases {
		t.Errorf("h2spec ran %d cases, want %d", cases, h2specCases)
	}
	if len(failures) > h2specFailures {
		t.Errorf("%d cases of h2spec fail, want at most %d:\n%s", len(failures), h2specFailures, strings.Join(failures, "\n"))
	}
}

// runH2Spec runs all cases of h2spec, and returns their number and the names of those that fail.
func runH2Spec(t *testing.T, binary string, address *url.URL) (cases int, failures []string) {
	t.Helper()
	reports := t.TempDir()
	var all sync.WaitGroup
	for i, sections := range h2specSections {
		all.Go(func() {
			// One second is too short: net/http waits as long between GOAWAY and closing a connection.
			spec := exec.CommandContext(t.Context(), binary, append([]string{
				"--tls", "--insecure", "--timeout", "2", "--host", address.Hostname(), "--port", address.Port(),
				"--path", "/oauth2/token", "--junit-report", reportPath(reports, i),
			}, sections...)...)
			out, err := spec.CombinedOutput()
			var failed *exec.ExitError // its status is 1 if a case fails
			if err != nil && !errors.As(err, &failed) {
				t.Errorf("h2spec: %v\n%s", err, out)
			}
		})
	}
	all.Wait()
	for i := range h2specSections {
		n, failed := readJUnit(t, reportPath(reports, i))
		cases, failures = cases+n, append(failures, failed...)
	}
	return cases, failures
}

func reportPath(folder string, i int) string {
	return filepath.Join(folder, strconv.Itoa(i)+".xml")
}

// readJUnit returns the number of cases in a report, and the names of those that did not pass.
func readJUnit(t *testing.T, path string) (cases int, failures []string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Suites []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name    string  `xml:"classname,attr"`
				Failure *string `xml:"failure"`
				Error   *string `xml:"error"`
				Skipped *string `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(raw, &report); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	for _, suite := range report.Suites {
		cases += len(suite.Cases)
		for _, c := range suite.Cases {
			if c.Failure != nil || c.Error != nil || c.Skipped != nil {
				failures = append(failures, suite.Name+": "+c.Name)
			}
		}
	}
	return cases, failures
}
