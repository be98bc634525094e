package selftest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestThePlainServerAnswersEveryRequest(t *testing.T) {
	in, endInput := io.Pipe()
	greeting, out := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- ServePlain(in, out) }()
	url, err := bufio.NewReader(greeting).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(strings.TrimSpace(url), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	for _, pieces := range [][]string{{"GET / HTTP/1.1\r\nHost: x\r\n\r\n"}, {"GET / HTTP/1.1\r\nHo", "st: x\r\n\r", "\n"}} {
		for _, piece := range pieces {
			if _, err := io.WriteString(conn, piece); err != nil {
				t.Fatal(err)
			}
		}
		response, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK || len(body) != 300 {
			t.Errorf("%q: %s, %d bytes, %v", pieces, response.Status, len(body), err)
		}
	}
	if _, err := io.WriteString(conn, strings.Repeat("x", 5<<10)); err != nil {
		t.Fatal(err)
	}
	if rest, _ := io.ReadAll(answers); len(rest) > 0 {
		t.Errorf("a request without an end was answered: %q", rest)
	}
	endInput.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestAPlainServerThatDoesNotStart(t *testing.T) {
	for _, program := range []string{"true", "false", "/no/such/program"} {
		if url, _, err := PlainProcess(program)(t.Context()); err == nil {
			t.Errorf("%s listens at %q", program, url)
		}
	}
}
