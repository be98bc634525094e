package transport

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// The lean transport does not read again the header of a response that is the same as the last on
// the connection. What it makes of each is what net/http makes of it.
func TestTransportsAgreeOnKeptConnections(t *testing.T) {
	kinds := []exchanged{
		{http.MethodPost, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
		{http.MethodPost, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nko"},
		{http.MethodPost, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer-Timing: total;dur=1\r\n\r\nok"},
		{http.MethodPost, "HTTP/1.1 500 OK\r\nContent-Length: 2\r\n\r\nok"},
		{http.MethodPost, "HTTP/1.1 200 OK\nContent-Length: 6\n\nx\r\n\r\ny"},
		{http.MethodPost, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		{http.MethodPost, "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
		{http.MethodPost, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"},
		{http.MethodPost, "HTTP/1.1 204 No Content\r\n\r\n"},
		{http.MethodPost, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"},
		{http.MethodPost, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no"},
		{http.MethodHead, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"},
		{http.MethodGet, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
	}
	for _, first := range kinds {
		for _, second := range kinds {
			all := []exchanged{first, first, second, first, second}
			for _, piece := range []int{1, 1 << 10} {
				lean, standard := answeredInTurn(t, "lean", all, piece), answeredInTurn(t, "standard", all, piece)
				if !slices.Equal(lean, standard) {
					t.Fatalf("%q in pieces of %d:\nlean     %+v\nstandard %+v", all, piece, lean, standard)
				}
			}
		}
	}
}

// exchanged is the method of a request, and what its server answers.
type exchanged struct{ method, text string }

// answeredInTurn sends requests one after another to a server that answers in pieces, each of its
// connections with what is left.
func answeredInTurn(t *testing.T, transport string, all []exchanged, piece int) []answer {
	s := section("http/1.1")
	s.Transport = transport
	pool := connect(t, s, nil)
	next := make(chan exchanged, 1)
	pool.dialer.Connect = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			for in := bufio.NewReader(theirs); ; {
				req, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body)
				left := (<-next).text
				ends := strings.Contains(left, "close") || strings.HasSuffix(left, "\no")
				for ; left != ""; left = left[min(piece, len(left)):] {
					if _, err := io.WriteString(theirs, left[:min(piece, len(left))]); err != nil {
						return
					}
				}
				if ends {
					return
				}
			}
		}()
		return ours, nil
	}
	defer pool.Close()
	answers := make([]answer, len(all))
	for i, one := range all {
		client := NewClient(Options{
			Base: &url.URL{Scheme: "http", Host: "127.0.0.1"}, Connections: pool, Client: s, Dialect: heardDialect{one.method, &answers[i]},
		})
		next <- one
		x := client.Do(t.Context(), Request{Phase: "open", Prompts: []string{"x"}})
		answers[i].class, answers[i].status = x.Outcome.Class, x.Status
		for _, attempt := range x.Attempts {
			answers[i].timings += len(attempt.Timings)
		}
	}
	return answers
}
