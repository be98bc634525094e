package mockserver_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/golden"
	"weighbridge/mockserver"
	"weighbridge/mockserver/clock"
	"weighbridge/mockserver/fault"
)

// divider separates a golden file's request, which is written by hand, from its answer,
// which -update writes.
const divider = "\n== answer ==\n"

var date = regexp.MustCompile(`\r\nDate: [^\r]*`)

// zeros is a random source that makes credentials and tokens the same in every run.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// goldenConfigs are the settings for golden files that need any.
var goldenConfigs = map[string]func(*mockserver.Config){
	"article_429": func(c *mockserver.Config) { c.Limit.InputTokens = &mockserver.Bucket{Rate: 0.8, Burst: 1} },
	"article_500": func(c *mockserver.Config) { c.Faults.Errors = fault.Errors{500: {When: everyRequest()}} },
	"article_503": func(c *mockserver.Config) { c.Faults.Errors = fault.Errors{503: {When: everyRequest()}} },

	"article_batch_half_failed": func(c *mockserver.Config) { c.Faults.ItemErrors.Share = 0.5 },
}

func TestArticleMatchesGoldenFiles(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("api", "testdata", "*.golden"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".golden")
		t.Run(name, func(t *testing.T) {
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			request, _, ok := strings.Cut(string(file), divider)
			if !ok {
				t.Fatalf("%s has no line %q", path, strings.TrimSpace(divider))
			}
			config := newFreeConfig()
			config.ServerTiming = false
			if set := goldenConfigs[name]; set != nil {
				set(&config)
			}
			got := exchangeRaw(t, config, request, name == "article_429")
			golden.Check(t, path, request+divider+got)
		})
	}
}

// exchangeRaw sends request unchanged to a mock with a frozen clock, if requested twice,
// and returns the last answer without its date.
func exchangeRaw(t *testing.T, config mockserver.Config, request string, twice bool) string {
	t.Helper()
	mock := newMock(t, config, mockserver.Options{Clock: clock.NewManual(start), Random: zeros{}})
	server := httptest.NewServer(mock)
	defer server.Close()
	answer := sendRaw(t, server.Listener.Addr().String(), request)
	if twice {
		answer = sendRaw(t, server.Listener.Addr().String(), request)
	}
	return date.ReplaceAllString(answer, "")
}

func sendRaw(t *testing.T, address, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	answer, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &raw)), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Fatal(err)
	}
	return raw.String()
}
