package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"weighbridge/target/outbound"
)

// mockAlone is a running weighbridge mock.
type mockAlone struct {
	stop   context.CancelFunc
	ended  chan int
	stdout *bufio.Reader
	stderr bytes.Buffer
	client *http.Client
	// greeting is the lines it printed at its start.
	greeting []string
}

func startMock(t *testing.T, args ...string) *mockAlone {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // as curl -k
	m := &mockAlone{
		stop: stop, ended: make(chan int, 1), stdout: bufio.NewReader(read),
		client: &http.Client{Transport: transport, Timeout: time.Minute},
	}
	t.Cleanup(transport.CloseIdleConnections)
	go func() {
		code := run(ctx, append([]string{"mock", "--listen", "127.0.0.1:0"}, args...), strings.NewReader(""), write, &m.stderr)
		write.Close()
		m.ended <- code
	}()
	for {
		line, err := m.stdout.ReadString('\n')
		if err != nil {
			t.Fatalf("it ended with %d before it was ready: %s", <-m.ended, m.stderr.String())
		}
		m.greeting = append(m.greeting, strings.TrimSuffix(line, "\n"))
		if strings.Contains(line, "-X PATCH") {
			return m
		}
	}
}

// end interrupts it and returns the rest of its output.
func (m *mockAlone) end(t *testing.T) string {
	t.Helper()
	m.client.CloseIdleConnections()
	m.stop()
	rest, err := io.ReadAll(m.stdout)
	if err != nil {
		t.Fatal(err)
	}
	if code := <-m.ended; code != exitDone {
		t.Errorf("it ends with %d: %s", code, m.stderr.String())
	}
	return string(rest)
}

var (
	word   = regexp.MustCompile(`'[^']*'|\S+`)
	isFlag = map[string]bool{"-H": true, "-d": true, "-X": true}
)

// curl sends the request of a printed curl command.
func (m *mockAlone) curl(t *testing.T, line string) (int, string) {
	t.Helper()
	r := &http.Request{Method: http.MethodGet, Header: http.Header{}}
	var address, body string
	words := word.FindAllString(line, -1)
	for i := 1; i < len(words); i++ {
		text := strings.Trim(words[i], "'")
		if !isFlag[text] {
			if strings.HasPrefix(text, "http") {
				address = text
			}
			continue
		}
		i++
		value := strings.Trim(words[i], "'")
		switch text {
		case "-H":
			name, value, _ := strings.Cut(value, ": ")
			r.Header.Set(name, value)
		case "-X":
			r.Method = value
		case "-d":
			body += value
		}
	}
	if body != "" && r.Method == http.MethodGet {
		r.Method = http.MethodPost
	}
	made, err := http.NewRequestWithContext(t.Context(), r.Method, address, strings.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	made.Header = r.Header
	answer, err := m.client.Do(made)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	defer answer.Body.Close()
	told, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return answer.StatusCode, string(told)
}

func TestConcurrentMockAloneDoesWhatItPrints(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			journal := filepath.Join(t.TempDir(), "decisions.jsonl")
			args := []string{"--journal", journal}
			if scheme == "https" {
				args = append(args, "--tls")
			}
			m := startMock(t, args...)
			if !strings.HasPrefix(m.greeting[0], "API      "+scheme+"://127.0.0.1:") {
				t.Errorf("it begins with %q", m.greeting[0])
			}
			asked := 0
			for _, line := range m.greeting {
				if !strings.HasPrefix(line, "curl ") || strings.Contains(line, "…") {
					continue
				}
				asked++
				if status, body := m.curl(t, line); status != http.StatusOK || !json.Valid([]byte(body)) {
					t.Errorf("%s\n%d %s", line, status, body)
				}
			}
			if asked != 6 {
				t.Errorf("%d lines to try, want one for each dialect and two for the control listener", asked)
			}
			rest := m.end(t)
			for _, want := range []string{"4 attempts, 4 prompts", "POST /v1/messages  200×1", "POST /v1/chat/completions  200×1", "POST /v1/responses  200×1", "POST /v1/completions  200×1"} {
				if !strings.Contains(rest, want) {
					t.Errorf("at the end it does not say %q:\n%s", want, rest)
				}
			}
			lines, err := os.ReadFile(journal)
			if n := bytes.Count(lines, []byte("\n")); err != nil || n != 4 {
				t.Errorf("the journal has %d lines, want 4: %v\n%s", n, err, lines)
			}
		})
	}
}

// TestMockNamesTheFlagOfAnAddressInUse checks what is said if another process listens there.
func TestMockNamesTheFlagOfAnAddressInUse(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	taken := other.Addr().String()
	for flag, args := range map[string][]string{
		"--listen":  {"mock", "--listen", taken},
		"--control": {"mock", "--listen", "127.0.0.1:0", "--control", taken},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), args, strings.NewReader(""), &out, &errs)
		if want := "weighbridge: " + flag + " " + taken + ": address already in use\n"; code != exitFailed || errs.String() != want {
			t.Errorf("%s: exit %d: %s", flag, code, errs.String())
		}
	}
}

// Beyond loopback the mock warns, and the addresses it prints work.
func TestMockListensBeyondLoopback(t *testing.T) {
	for listen, warns := range map[string]bool{
		"0.0.0.0:0": true, ":0": true, "[::]:0": true, "127.0.0.1:0": false, "127.0.0.2:0": false, "localhost:0": false,
	} {
		m := startMock(t, "--listen", listen)
		api := strings.Fields(m.greeting[0])[1]
		at, err := netip.ParseAddrPort(strings.TrimPrefix(api, "http://"))
		if err != nil || !at.Addr().IsLoopback() {
			t.Errorf("--listen %s prints %s (%v), want an address that can be connected to", listen, api, err)
		}
		for _, line := range m.greeting {
			if !strings.HasPrefix(line, "curl ") || strings.Contains(line, "…") {
				continue
			}
			if status, body := m.curl(t, line); status != http.StatusOK {
				t.Errorf("--listen %s\n%s\n%d %s", listen, line, status, body)
			}
		}
		m.end(t)
		want := "warning: --listen " + listen + " accepts connections from other machines"
		if said := m.stderr.String(); strings.Contains(said, want) != warns {
			t.Errorf("--listen %s says %q, want the warning: %v", listen, said, warns)
		}
	}
}

// A hosts file may map localhost to another address, at which others reach the listener.
func TestMockAddressesAreResolvedAndChecked(t *testing.T) {
	at := func(addresses ...string) outbound.Dialer {
		return outbound.Dialer{Lookup: func(context.Context, string) (found []netip.Addr, err error) {
			for _, a := range addresses {
				found = append(found, netip.MustParseAddr(a))
			}
			return found, nil
		}}
	}
	for _, d := range []outbound.Dialer{at("198.51.100.7"), at("127.0.0.1", "0.0.0.0")} {
		if got, err := loopbackAddress("--control", "localhost:0", d); err == nil {
			t.Errorf("the control listener is at %s", got)
		}
		if got, err := listenAddress("--listen", "localhost:0", d); err == nil {
			t.Errorf("localhost elsewhere is taken for %s", got)
		}
	}
	if got, err := loopbackAddress("--control", "localhost:7", at("127.0.0.3")); err != nil || got != "127.0.0.3:7" {
		t.Errorf("localhost is %s (%v), want 127.0.0.3:7", got, err)
	}
}

func TestConcurrentMockTakesSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mock.yaml")
	if err := os.WriteFile(file, []byte("faults: {errors: {503: 1}}\nauth: {keys: [good]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := startMock(t, "--config", file, "--set", "mock.faults.errors.503.body=down")
	api := strings.Fields(m.greeting[0])[1]
	control := strings.Fields(m.greeting[1])[1]
	ask := func(key string) (int, string) {
		return m.curl(t, "curl "+api+"/v1/completions -H 'Content-Type: application/json' -H 'X-Api-Key: "+key+`' -d '{"prompt":"p"}'`)
	}
	if status, _ := ask("bad"); status != http.StatusUnauthorized {
		t.Errorf("an unlisted key gets %d", status)
	}
	if status, body := ask("good"); status != http.StatusServiceUnavailable || body != "down" {
		t.Errorf("got %d %s, want 503 down", status, body)
	}
	if status, body := m.curl(t, "curl -X PATCH "+control+`settings -d '{"faults":{"errors":{"503":null}}}'`); status != http.StatusOK {
		t.Errorf("the change gets %d %s", status, body)
	}
	if status, body := ask("good"); status != http.StatusOK {
		t.Errorf("after the change got %d %s", status, body)
	}
	for _, wrong := range []string{`{"faults":{"rest":1}}`, `{"faults":{"reset":2}}`, `{"slots":0}`, `[]`, `{`, `{"faults":{"reset":1},"slots":-1}`} {
		status, body := m.curl(t, "curl -X PATCH "+control+"settings -d '"+wrong+"'")
		if status != http.StatusBadRequest || !strings.Contains(body, "invalid_request_error") {
			t.Errorf("%s gets %d %s", wrong, status, body)
		}
	}
	if status, body := ask("good"); status != http.StatusOK {
		t.Errorf("what was refused changed something: %d %s", status, body)
	}
	m.end(t)
}

func TestMockRefusesWrongUsage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "wrong.yaml")
	if err := os.WriteFile(file, []byte("faults:\n  rest: 0.1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--config", file}, "wrong.yaml:2:3: faults: unknown key \"rest\": did you mean reset?"},
		{[]string{"--config", "nowhere.yaml"}, "--config: open nowhere.yaml"},
		{[]string{"--scenario", "nowhere"}, `unknown scenario "nowhere"`},
		{[]string{"--scenario", "matrix", "--config", file}, "expected one of them"},
		{[]string{"--set", "mock.faults.reset=2"}, "expected 0 to 1, found 2"},
		{[]string{"--set", "load.open.rate=2"}, "load.open.rate"},
		{[]string{"--listen", "nowhere"}, "--listen nowhere: expected host:port"},
		{[]string{"--listen", "mock.example.com:0"}, "--listen mock.example.com:0: expected an IP address or localhost"},
		{[]string{"--control", "mock.example.com:0"}, "--control mock.example.com:0: expected an IP address or localhost"},
		{[]string{"--control", ":0"}, "--control :0: expected an address on loopback"},
		{[]string{"--control", "0.0.0.0:0"}, "--control 0.0.0.0:0: expected an address on loopback"},
		{[]string{"extra"}, "extra"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), append([]string{"mock"}, test.args...), strings.NewReader(""), &stdout, &stderr)
		if code != exitUsage || stdout.Len() > 0 || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("%v ends with %d, says %q and prints %q; want %q", test.args, code, stderr.String(), stdout.String(), test.want)
		}
	}
}
