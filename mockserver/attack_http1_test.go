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

// requestHeader returns a complete HTTP/1.1 request header of a POST, with an API key unless key is empty.
func requestHeader(path, key string, more ...string) string {
	lines := append([]string{
		"POST " + path + " HTTP/1.1", "Host: mock", "Content-Type: application/json", "Anthropic-Version: 2023-06-01",
	}, more...)
	if key != "" {
		lines = append(lines, "X-Api-Key: "+key)
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// withheldBodies are headers that declare a body, which is not sent.
var withheldBodies = []string{
	"Content-Length: 1099511627776", "Content-Length: 262144", "Content-Length: 262143", "Content-Length: 1", "Transfer-Encoding: chunked",
	"Transfer-Encoding: chunked\r\nTrailer: X", "Content-Length: 100\r\nExpect: 100-continue",
}

// A client that declares a body but sends nothing of it is refused at once, whatever the length.
func TestAttackWithheldBodies(t *testing.T) {
	attackMock(t, func(t *testing.T, s *attackedMock) {
		for _, d := range allDialectErrors {
			for _, body := range withheldBodies {
				for header, want := range map[string]int{
					requestHeader(d.path, "", body):                                                    http.StatusUnauthorized,
					requestHeader(d.path, "key", "Content-Length: 1099511627776"):                      http.StatusRequestEntityTooLarge,
					requestHeader(d.unknown, "", body):                                                 http.StatusNotFound,
					strings.Replace(requestHeader(d.path, "", body), "POST", "BREW", 1):                http.StatusMethodNotAllowed,
					strings.Replace(requestHeader(d.path, "key", body), "application/json", "text", 1): http.StatusUnsupportedMediaType,
				} {
					conn := s.dial(t, "http/1.1")
					writeText(t, conn, header)
					response, answer := readResponse(t, d.name, bufio.NewReader(conn))
					if err := d.checkRefusal(response, answer, want); err != nil {
						t.Errorf("%s, %s: %v", d.name, body, err)
					}
				}
			}
		}
	})
}

// The token endpoints, too, refuse requests with invalid headers without waiting for the body.
func TestAttackWithheldForms(t *testing.T) {
	attackMock(t, func(t *testing.T, s *attackedMock) {
		for _, path := range []string{"/oauth2/token", "/v1/oauth/token"} {
			for _, body := range withheldBodies {
				for _, header := range []string{
					strings.Replace(requestHeader(path, "", body), "POST", "GET", 1), strings.Replace(requestHeader(path, "", body), "application/json", "text/plain", 1),
				} {
					conn := s.dial(t, "http/1.1")
					writeText(t, conn, header)
					if response, got := readResponse(t, path, bufio.NewReader(conn)); response.StatusCode != http.StatusBadRequest {
						t.Errorf("%s, %s: %s %s", path, body, response.Status, got)
					}
				}
			}
		}
	})
}

// A client that sends the body only after the refusal can reuse the connection, unless
// the refusal has declared that it is closed.
func TestAttackLateBodies(t *testing.T) {
	const good = `{"prompt":"weigh this"}`
	request := requestHeader("/v1/completions", "key", fmt.Sprintf("Content-Length: %d", len(good))) + good
	attackMock(t, func(t *testing.T, s *attackedMock) {
		conn := s.dial(t, "http/1.1")
		from := bufio.NewReader(conn)
		for _, size := range []int{1, len(good), 262143} {
			for _, path := range []string{"/v1/completions", "/v1/messages/no/where"} {
				writeText(t, conn, requestHeader(path, "", fmt.Sprintf("Content-Length: %d", size)))
				refused, _ := readResponse(t, path, from)
				writeText(t, conn, strings.Repeat("x", size)+request)
				if next, body := readResponse(t, "the next", from); refused.Close || next.StatusCode != http.StatusOK {
					t.Errorf("%s, after a late body of %d bytes and a %s: %s %s", next.Proto, size, refused.Status, next.Status, body)
				}
			}
		}
		for body, late := range map[string]string{
			"Transfer-Encoding: chunked": "1\r\nx\r\n0\r\n\r\n", "Content-Length: 262144": strings.Repeat("x", 1<<18),
			"Content-Length: 1\r\nExpect: 100-continue": "x",
		} {
			conn := s.dial(t, "http/1.1")
			from := bufio.NewReader(conn)
			writeText(t, conn, requestHeader("/v1/completions", "", body))
			refused, _ := readResponse(t, body, from)
			writeUntilClosed(conn, late, len(late))
			if surplus, err := io.ReadAll(from); !refused.Close || len(surplus) > 0 {
				t.Errorf("%s: %s closes: %v, and then comes %q, %v", body, refused.Status, refused.Close, surplus, err)
			}
		}
	})
}

// An endless body is refused when it exceeds the limit, even if the client goes on sending.
func TestAttackEndlessBodies(t *testing.T) {
	const bound = 128 << 20 // including what the system may buffer
	chunk := "100000\r\n" + strings.Repeat(" ", 1<<20) + "\r\n"
	attackMock(t, func(t *testing.T, s *attackedMock) {
		d := allDialectErrors[0] // one for each mock, since this moves much memory; withheld bodies are refused in every dialect
		if s.secure {
			d = allDialectErrors[1]
		}
		conn := s.dial(t, "http/1.1")
		written := make(chan int, 1)
		go func() {
			header := requestHeader(d.path, "key", "Transfer-Encoding: chunked")
			written <- writeUntilClosed(conn, header, len(header)) + writeUntilClosed(conn, chunk, bound)
		}()
		response, body := readResponse(t, d.name, bufio.NewReader(conn))
		if err := d.checkRefusal(response, body, http.StatusRequestEntityTooLarge); err != nil {
			t.Errorf("%s: %v", d.name, err)
		}
		_ = conn.SetWriteDeadline(time.Now()) // the response has been read
		if n := <-written; n >= bound {
			t.Errorf("%s: all of %d bytes were accepted", d.name, n)
		}
	})
}

// An endless header is refused, with a 431 if the client reads it.
func TestAttackEndlessHeaders(t *testing.T) {
	const bound = 128 << 20 // including what the system may buffer
	line := strings.Repeat("x", 1<<16)
	attackMock(t, func(t *testing.T, s *attackedMock) {
		for begun, more := range map[string]string{
			"GET /": line,
			"GET / HTTP/1.1\r\nHost: mock\r\nX-Long:": line,
			"GET / HTTP/1.1\r\nHost: mock\r\n":        "X-Line: " + line + "\r\n",
			"GET / HTTP/1.1\r\nHost: mock\r\nX:":      strings.Repeat("\r\n x", 1<<14),
		} {
			conn := s.dial(t, "http/1.1")
			written := make(chan int, 1)
			go func() { written <- writeUntilClosed(conn, begun, len(begun)) + writeUntilClosed(conn, more, bound) }()
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err == nil && response.StatusCode != http.StatusRequestHeaderFieldsTooLarge && response.StatusCode != http.StatusBadRequest {
				t.Errorf("%q without end is answered with %s", begun, response.Status)
			}
			_ = conn.SetWriteDeadline(time.Now()) // the response has been read
			if n := <-written; n >= bound {
				t.Errorf("%q: all of %d bytes were accepted", begun, n)
			}
		}
	})
}

// Clients that send one byte at a time occupy no slots: there are fewer slots than clients here.
func TestAttackSlowClients(t *testing.T) {
	attackMock(t, func(t *testing.T, s *attackedMock) {
		var slow []net.Conn
		const many = 70
		for i := range many {
			header, body := s.dial(t, "http/1.1"), s.dial(t, "http/1.1")
			writeText(t, header, "POST /v1/comp")
			writeText(t, body, requestHeader(allDialectErrors[i%len(allDialectErrors)].path, "key", "Content-Length: 100")+`{"`)
			slow = append(slow, header, body)
		}
		for range 10 {
			for _, conn := range slow {
				writeText(t, conn, "l")
			}
		}
		for s.readLedger(t).Phases["other"] < many {
			time.Sleep(ms) // until the mock waits for all bodies
		}
	})
}

// Connections are opened and abandoned at various stages.
func TestAttackHalfOpenConnections(t *testing.T) {
	attackMock(t, func(t *testing.T, s *attackedMock) {
		for range 10 {
			s.dialTCP(t)
			writeText(t, s.dialTCP(t), "\x16\x03\x01\x02\x00\x01") // half of a ClientHello, for the mock with TLS
			s.dial(t, "http/1.1")
			s.dial(t, "h2")
			writeText(t, s.dial(t, "http/1.1"), "GET /v1/mod")
			writeText(t, s.dial(t, "h2"), "PRI * HTTP/2.0\r\n\r\nSM")
			writeText(t, s.dial(t, "h2"), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
		}
		for range 10 { // some are closed in the middle of a body
			conn := s.dial(t, "http/1.1")
			writeText(t, conn, requestHeader("/v1/completions", "key", "Content-Length: 100")+`{"prompt":`)
			_ = conn.Close()
		}
	})
}

// Invalid HTTP and request smuggling are refused; in a dialect's format if net/http
// recognizes a request.
func TestAttackGarbage(t *testing.T) {
	const good = `{"prompt":"weigh this"}`
	framed := fmt.Sprintf("Content-Length: %d", len(good))
	chunked := requestHeader("/v1/completions", "key", "Transfer-Encoding: chunked")
	attackMock(t, func(t *testing.T, s *attackedMock) {
		for _, test := range []struct {
			name, text string
			want       []int
		}{
			{"after a good request", requestHeader("/v1/completions", "key", framed) + good + "\x00\xff garbage\r\n\r\n", []int{200, 400}},
			{"more body than declared", requestHeader("/v1/completions", "key", framed) + good + good + "\r\n\r\n", []int{200, 400}},
			{"nothing but zeros", strings.Repeat("\x00", 100) + "\r\n\r\n", []int{400}},
			{"no host", "GET / HTTP/1.1\r\n\r\n", []int{400}},
			{"no version", "GET /v1/completions\r\n\r\n", []int{400}},
			{"version 9.9", "GET / HTTP/9.9\r\nHost: mock\r\n\r\n", []int{505}},
			{"two lengths", requestHeader("/v1/completions", "key", framed, "Content-Length: 1") + good, []int{400}},
			{"a negative length", requestHeader("/v1/completions", "key", "Content-Length: -1"), []int{400}},
			{"a length that overflows", requestHeader("/v1/completions", "key", "Content-Length: 99999999999999999999"), []int{400}},
			{"an unknown coding", requestHeader("/v1/completions", "key", "Transfer-Encoding: gzip, chunked"), []int{501}},
			{"space before a colon", requestHeader("/v1/completions", "key", "Content-Length : 3") + "abc", []int{400}},
			{"a chunk without size", chunked + "size\r\n", []int{400}},
			{"a chunk size that overflows", chunked + "ffffffffffffffffff\r\n", []int{400}},
			{"a chunk longer than its size", chunked + "1\r\nabc\r\n", []int{400}},
			{"a path of a megabyte", requestHeader("/"+strings.Repeat("x", 1<<20), ""), []int{404}},
			{"a path of invalid characters", requestHeader("/%00%ff/../\x7f", ""), []int{400}},
			{"a path out of the root", requestHeader("/../../etc/passwd", ""), []int{404}},
			{"a proxy's request", "CONNECT mock:443 HTTP/1.1\r\nHost: mock:443\r\n\r\n", []int{404}},
		} {
			conn := s.dial(t, "http/1.1")
			writeText(t, conn, test.text)
			from := bufio.NewReader(conn)
			for _, want := range test.want {
				response, body := readResponse(t, test.name, from)
				if response.StatusCode != want {
					t.Errorf("%s: %s %.200s, want %d", test.name, response.Status, body, want)
				}
				if response.Header.Get("Content-Type") == "application/json" && want != 200 {
					dialect := allDialectErrors[0]
					if want == http.StatusNotFound && strings.Contains(test.text, "Anthropic-Version") {
						dialect = allDialectErrors[1] // the header identifies the dialect of an unknown path
					}
					if err := dialect.checkRefusal(response, body, want); err != nil {
						t.Errorf("%s: %v", test.name, err)
					}
				}
			}
		}
	})
}
