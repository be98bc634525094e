package mockserver_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// plea is a header of HTTP/1.1 up to its last line: a POST with a key, unless it has none.
func plea(path, key string, more ...string) string {
	lines := append([]string{
		"POST " + path + " HTTP/1.1", "Host: mock", "Content-Type: application/json", "Anthropic-Version: 2023-06-01",
	}, more...)
	if key != "" {
		lines = append(lines, "X-Api-Key: "+key)
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// announced are bodies of which nothing comes.
var announced = []string{
	"Content-Length: 1099511627776", "Content-Length: 262144", "Content-Length: 262143", "Content-Length: 1", "Transfer-Encoding: chunked",
	"Transfer-Encoding: chunked\r\nTrailer: X", "Content-Length: 100\r\nExpect: 100-continue",
}

// Who announces a body and sends nothing of it is refused at once, however long it is.
func TestSiegeOfWithheldBodies(t *testing.T) {
	besiege(t, func(t *testing.T, s *siege) {
		for _, d := range tongues {
			for _, body := range announced {
				for header, want := range map[string]int{
					plea(d.path, "", body):                                                    http.StatusUnauthorized,
					plea(d.path, "key", "Content-Length: 1099511627776"):                      http.StatusRequestEntityTooLarge,
					plea(d.unknown, "", body):                                                 http.StatusNotFound,
					strings.Replace(plea(d.path, "", body), "POST", "BREW", 1):                http.StatusMethodNotAllowed,
					strings.Replace(plea(d.path, "key", body), "application/json", "text", 1): http.StatusUnsupportedMediaType,
				} {
					conn := s.dial(t, "http/1.1")
					say(t, conn, header)
					response, answer := hear(t, d.name, bufio.NewReader(conn))
					if err := d.refuses(response, answer, want); err != nil {
						t.Errorf("%s, %s: %v", d.name, body, err)
					}
				}
			}
		}
	})
}

// The token endpoints refuse what their headers show is wrong without the body too.
func TestSiegeOfWithheldForms(t *testing.T) {
	besiege(t, func(t *testing.T, s *siege) {
		for _, path := range []string{"/oauth2/token", "/v1/oauth/token"} {
			for _, body := range announced {
				for _, header := range []string{
					strings.Replace(plea(path, "", body), "POST", "GET", 1), strings.Replace(plea(path, "", body), "application/json", "text/plain", 1),
				} {
					conn := s.dial(t, "http/1.1")
					say(t, conn, header)
					if response, said := hear(t, path, bufio.NewReader(conn)); response.StatusCode != http.StatusBadRequest {
						t.Errorf("%s, %s: %s %s", path, body, response.Status, said)
					}
				}
			}
		}
	})
}

// Who sends the body after its refusal may go on, unless told that the connection ends.
func TestSiegeOfLateBodies(t *testing.T) {
	const good = `{"prompt":"weigh this"}`
	request := plea("/v1/completions", "key", fmt.Sprintf("Content-Length: %d", len(good))) + good
	besiege(t, func(t *testing.T, s *siege) {
		conn := s.dial(t, "http/1.1")
		from := bufio.NewReader(conn)
		for _, size := range []int{1, len(good), 262143} {
			for _, path := range []string{"/v1/completions", "/v1/messages/no/where"} {
				say(t, conn, plea(path, "", fmt.Sprintf("Content-Length: %d", size)))
				refused, _ := hear(t, path, from)
				say(t, conn, strings.Repeat("x", size)+request)
				if next, body := hear(t, "the next", from); refused.Close || next.StatusCode != http.StatusOK {
					t.Errorf("%s after %d bytes too late for %s: %s %s", next.Proto, size, refused.Status, next.Status, body)
				}
			}
		}
		for body, late := range map[string]string{
			"Transfer-Encoding: chunked": "1\r\nx\r\n0\r\n\r\n", "Content-Length: 262144": strings.Repeat("x", 1<<18),
			"Content-Length: 1\r\nExpect: 100-continue": "x",
		} {
			conn := s.dial(t, "http/1.1")
			from := bufio.NewReader(conn)
			say(t, conn, plea("/v1/completions", "", body))
			refused, _ := hear(t, body, from)
			pour(conn, late, len(late))
			if rest, err := io.ReadAll(from); !refused.Close || len(rest) > 0 {
				t.Errorf("%s: %s closes: %v, and then come %q, %v", body, refused.Status, refused.Close, rest, err)
			}
		}
	})
}

// A body without end is refused at its bound, whoever sends on.
func TestSiegeOfEndlessBodies(t *testing.T) {
	const bound = 128 << 20 // with all that the system may hold in between
	chunk := "100000\r\n" + strings.Repeat(" ", 1<<20) + "\r\n"
	besiege(t, func(t *testing.T, s *siege) {
		for i, d := range tongues {
			if s.secure != (i == 0) {
				continue // each on one of the two: this moves much memory
			}
			conn := s.dial(t, "http/1.1")
			poured := make(chan int, 1)
			go func() {
				header := plea(d.path, "key", "Transfer-Encoding: chunked")
				poured <- pour(conn, header, len(header)) + pour(conn, chunk, bound)
			}()
			response, body := hear(t, d.name, bufio.NewReader(conn))
			if err := d.refuses(response, body, http.StatusRequestEntityTooLarge); err != nil {
				t.Errorf("%s: %v", d.name, err)
			}
			_ = conn.SetWriteDeadline(time.Now()) // it has been heard
			if said := <-poured; said >= bound {
				t.Errorf("%s: all of %d bytes are taken", d.name, said)
			}
		}
	})
}

// A header without end is cut off: with 431 where the client still listens.
func TestSiegeOfEndlessHeaders(t *testing.T) {
	const bound = 128 << 20 // with all that the system may hold in between
	line := strings.Repeat("x", 1<<16)
	besiege(t, func(t *testing.T, s *siege) {
		for begun, more := range map[string]string{
			"GET /": line,
			"GET / HTTP/1.1\r\nHost: mock\r\nX-Long:": line,
			"GET / HTTP/1.1\r\nHost: mock\r\n":        "X-Line: " + line + "\r\n",
			"GET / HTTP/1.1\r\nHost: mock\r\nX:":      strings.Repeat("\r\n x", 1<<14),
		} {
			conn := s.dial(t, "http/1.1")
			poured := make(chan int, 1)
			go func() { poured <- pour(conn, begun, len(begun)) + pour(conn, more, bound) }()
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err == nil && response.StatusCode != http.StatusRequestHeaderFieldsTooLarge && response.StatusCode != http.StatusBadRequest {
				t.Errorf("%q without end is answered %s", begun, response.Status)
			}
			_ = conn.SetWriteDeadline(time.Now()) // it has been heard
			if said := <-poured; said >= bound {
				t.Errorf("%q: all of %d bytes are taken", begun, said)
			}
		}
	})
}

// Many who say a byte at a time take nobody's slot: there are fewer slots than bodies here.
func TestSiegeOfSlowClients(t *testing.T) {
	besiege(t, func(t *testing.T, s *siege) {
		var slow []net.Conn
		const many = 70
		for i := range many {
			header, body := s.dial(t, "http/1.1"), s.dial(t, "http/1.1")
			say(t, header, "POST /v1/comp")
			say(t, body, plea(tongues[i%len(tongues)].path, "key", "Content-Length: 100")+`{"`)
			slow = append(slow, header, body)
		}
		for range 10 {
			for _, conn := range slow {
				say(t, conn, "l")
			}
		}
		for s.account(t).Phases["other"] < many {
			time.Sleep(ms) // all bodies are being waited for
		}
	})
}

// Connections that begin and do not go on.
func TestSiegeOfHalfOpenConnections(t *testing.T) {
	besiege(t, func(t *testing.T, s *siege) {
		for range 10 {
			s.tcp(t)
			say(t, s.tcp(t), "\x16\x03\x01\x02\x00\x01") // half of a ClientHello, where there is to be one
			s.dial(t, "http/1.1")
			s.dial(t, "h2")
			say(t, s.dial(t, "http/1.1"), "GET /v1/mod")
			say(t, s.dial(t, "h2"), "PRI * HTTP/2.0\r\n\r\nSM")
			say(t, s.dial(t, "h2"), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
		}
		for range 10 { // and some that leave in the middle of a body
			conn := s.dial(t, "http/1.1")
			say(t, conn, plea("/v1/completions", "key", "Content-Length: 100")+`{"prompt":`)
			_ = conn.Close()
		}
	})
}

// What is not HTTP, or a trick with it, is refused; in a dialect's words where
// there is a request to answer.
func TestSiegeOfGarbage(t *testing.T) {
	const good = `{"prompt":"weigh this"}`
	framed := fmt.Sprintf("Content-Length: %d", len(good))
	chunked := plea("/v1/completions", "key", "Transfer-Encoding: chunked")
	besiege(t, func(t *testing.T, s *siege) {
		for _, test := range []struct {
			name, words string
			want        []int
		}{
			{"after a good request", plea("/v1/completions", "key", framed) + good + "\x00\xff garbage\r\n\r\n", []int{200, 400}},
			{"more body than announced", plea("/v1/completions", "key", framed) + good + good + "\r\n\r\n", []int{200, 400}},
			{"nothing but zeros", strings.Repeat("\x00", 100) + "\r\n\r\n", []int{400}},
			{"no host", "GET / HTTP/1.1\r\n\r\n", []int{400}},
			{"no version", "GET /v1/completions\r\n\r\n", []int{400}},
			{"version 9.9", "GET / HTTP/9.9\r\nHost: mock\r\n\r\n", []int{505}},
			{"two lengths", plea("/v1/completions", "key", framed, "Content-Length: 1") + good, []int{400}},
			{"a negative length", plea("/v1/completions", "key", "Content-Length: -1"), []int{400}},
			{"a length past all numbers", plea("/v1/completions", "key", "Content-Length: 99999999999999999999"), []int{400}},
			{"an unknown coding", plea("/v1/completions", "key", "Transfer-Encoding: gzip, chunked"), []int{501}},
			{"space before a colon", plea("/v1/completions", "key", "Content-Length : 3") + "abc", []int{400}},
			{"a chunk that has no size", chunked + "size\r\n", []int{400}},
			{"a chunk past all numbers", chunked + "ffffffffffffffffff\r\n", []int{400}},
			{"a chunk that is longer than it says", chunked + "1\r\nabc\r\n", []int{400}},
			{"a path of a megabyte", plea("/"+strings.Repeat("x", 1<<20), ""), []int{404}},
			{"a path that is no text", plea("/%00%ff/../\x7f", ""), []int{400}},
			{"a path out of the root", plea("/../../etc/passwd", ""), []int{404}},
			{"a proxy's request", "CONNECT mock:443 HTTP/1.1\r\nHost: mock:443\r\n\r\n", []int{404}},
		} {
			conn := s.dial(t, "http/1.1")
			say(t, conn, test.words)
			from := bufio.NewReader(conn)
			for _, want := range test.want {
				response, body := hear(t, test.name, from)
				if response.StatusCode != want {
					t.Errorf("%s: %s %.200s, want %d", test.name, response.Status, body, want)
				}
				if response.Header.Get("Content-Type") == "application/json" && want != 200 {
					speaks := tongues[0]
					if want == http.StatusNotFound && strings.Contains(test.words, "Anthropic-Version") {
						speaks = tongues[1] // a path that is nobody's, of who says what it speaks
					}
					if err := speaks.refuses(response, body, want); err != nil {
						t.Errorf("%s: %v", test.name, err)
					}
				}
			}
		}
	})
}
