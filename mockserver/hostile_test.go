package mockserver_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"weighbridge/mockserver"
)

// besides makes well-behaved requests for as long as attack lasts, and for one
// more after it: whatever the attack does, each must get its 200.
func besides(t *testing.T, info mockserver.Info, attack func()) {
	t.Helper()
	client := newClient(t, info, "h1")
	var stop atomic.Bool
	var served int
	var wg sync.WaitGroup
	wg.Go(func() {
		for last := false; !last; served++ {
			last = stop.Load()
			if response, body := ask(t, client, info.Arms[0].URL, "key", 0); response.StatusCode != 200 {
				t.Errorf("somebody else is answered %s %s", response.Status, body)
				return
			}
		}
	})
	attack()
	stop.Store(true)
	wg.Wait()
	if served == 0 {
		t.Error("nobody else was served")
	}
}

// deadline is a net beneath the tests: it is reached only where the mock hangs.
const deadline = 30 * time.Second

// dial opens a connection of one's own to a mock in the clear.
func dial(t *testing.T, info mockserver.Info) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(info.Arms[0].URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(deadline)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// head is a request's header for a path, with a key unless it is to have none.
func head(path, more string) string {
	return "POST " + path + " HTTP/1.1\r\nHost: mock\r\nContent-Type: application/json\r\nAnthropic-Version: 2023-06-01\r\n" + more + "\r\n"
}

// answerOf reads one answer's status and body.
func answerOf(t *testing.T, conn net.Conn) (int, string) {
	t.Helper()
	raw, err := io.ReadAll(conn)
	if err != nil && len(raw) == 0 {
		t.Fatalf("no answer: %v", err)
	}
	line, _, _ := strings.Cut(string(raw), "\r\n")
	_, body, _ := strings.Cut(string(raw), "\r\n\r\n")
	var status int
	if _, err := fmt.Sscanf(line, "HTTP/1.1 %d", &status); err != nil {
		t.Fatalf("%q is no answer", line)
	}
	return status, body
}

// dialects are a path of each and the form of its errors.
var dialects = map[string]string{
	"/v1/completions":      `{"error":{"type":"`,
	"/v1/messages":         `{"type":"error","error":{"type":"`,
	"/v1/chat/completions": `{"error":{"message":"`,
}

// Who may not come in is told so before the body is read, which never comes.
func TestAuthIsJudgedBeforeTheBody(t *testing.T) {
	info := listen(t, mockserver.Instance{Name: "all", Config: free(), H2C: true})
	besides(t, info, func() {
		for path, form := range dialects {
			conn := dial(t, info)
			if _, err := io.WriteString(conn, head(path, "Connection: close\r\nContent-Length: 1000000000\r\n")); err != nil {
				t.Fatal(err)
			}
			if status, body := answerOf(t, conn); status != 401 || !strings.HasPrefix(body, form) {
				t.Errorf("%s: %d %s", path, status, body)
			}
		}
	})
}

// An oversized body is refused by its length, or where it passes the bound.
func TestOversizedBodies(t *testing.T) {
	info := listen(t, mockserver.Instance{Name: "all", Config: free(), H2C: true})
	besides(t, info, func() {
		for path, form := range dialects {
			conn := dial(t, info)
			if _, err := io.WriteString(conn, head(path, "X-Api-Key: k\r\nConnection: close\r\nContent-Length: 1000000000\r\n")); err != nil {
				t.Fatal(err)
			}
			if status, body := answerOf(t, conn); status != 413 || !strings.HasPrefix(body, form) {
				t.Errorf("%s by length: %d %s", path, status, body)
			}
		}
		conn := dial(t, info)
		go func() {
			_, _ = io.WriteString(conn, head("/v1/messages", "X-Api-Key: k\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"))
			piece := "100000\r\n" + strings.Repeat(" ", 1<<20) + "\r\n"
			for range 64 { // MiB, until the mock hangs up
				if _, err := io.WriteString(conn, piece); err != nil {
					return
				}
			}
		}()
		status := make([]byte, len("HTTP/1.1 413"))
		if _, err := io.ReadFull(conn, status); err != nil || string(status) != "HTTP/1.1 413" {
			t.Errorf("a body without end is answered %q, %v", status, err)
		}
	})
}

func TestEndlessHeader(t *testing.T) {
	info := listen(t, mockserver.Instance{Name: "all", Config: free(), H2C: true})
	besides(t, info, func() {
		conn := dial(t, info)
		go func() {
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: mock\r\n")
			line := "X-Line: " + strings.Repeat("x", 1<<16) + "\r\n"
			for range 128 { // 8 MiB in all
				if _, err := io.WriteString(conn, line); err != nil {
					return
				}
			}
		}()
		status := make([]byte, len("HTTP/1.1 431"))
		if _, err := io.ReadFull(conn, status); err == nil && string(status) != "HTTP/1.1 431" {
			t.Errorf("got %q", status)
		}
	})
}

// Connections that say nothing, or never enough, harm nobody and end with the mock.
func TestHalfOpenAndSlowConnections(t *testing.T) {
	secure := listen(t, mockserver.Instance{Name: "all", Config: free()})
	for range 20 { // no ClientHello, or half of one
		conn, err := net.Dial("tcp", strings.TrimPrefix(secure.Arms[0].URL, "https://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_, _ = conn.Write([]byte{0x16, 0x03, 0x01})
	}
	besides(t, secure, func() {})
	info := listen(t, mockserver.Instance{Name: "all", Config: free(), H2C: true})
	var slow []net.Conn
	for _, begun := range []string{"", "POST /v1/comp", head("/v1/completions", "X-Api-Key: k\r\nContent-Length: 100\r\n") + `{"pro`} {
		for range 20 {
			conn := dial(t, info)
			if _, err := io.WriteString(conn, begun); err != nil {
				t.Fatal(err)
			}
			slow = append(slow, conn)
		}
	}
	besides(t, info, func() {
		for _, conn := range slow { // and a little more of it
			_, _ = io.WriteString(conn, "l")
		}
	})
	for _, conn := range slow {
		_ = conn.Close()
	}
}

// Forged and broken tokens are refused in the words of each dialect.
func TestForgedTokens(t *testing.T) {
	mock, now := frozen(t, free())
	claims := jwt.RegisteredClaims{IssuedAt: jwt.NewNumericDate(now.Now()), ExpiresAt: jwt.NewNumericDate(now.Now().Add(time.Minute))}
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, claims).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	// The public half of the mock's key, taken for a secret.
	private, err := jwt.ParseECPrivateKeyFromPEM([]byte(mock.Credentials().SigningKey))
	if err != nil {
		t.Fatal(err)
	}
	confused := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	confused.Header["kid"] = mock.Credentials().KeyID
	confusion, err := confused.SignedString(publicPEM(t, &private.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"alg none": none, "key confusion": confusion, "1 MB": strings.Repeat("x", 1<<20), "1 MB of JWT": "eyJ" + strings.Repeat(".x", 1<<19),
		"no JWT": "a.b.c", "unknown": "wbt_nobody", "of no federation": "sk-ant-oat01-nobody", "empty parts": "..",
	} {
		for path, form := range dialects {
			r := post(path, 0, "{}")
			r.Header.Del("X-Api-Key")
			r.Header.Set("Authorization", "Bearer "+token)
			if w := serve(mock, r); w.Code != 401 || !strings.HasPrefix(w.Body.String(), form) {
				t.Errorf("%s at %s: %d %.200s", name, path, w.Code, w.Body)
			}
		}
	}
}

func publicPEM(t *testing.T, key *ecdsa.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// A token of 1 MB is answered over the wire, too.
func TestLargeTokenOnTheWire(t *testing.T) {
	info := listen(t, mockserver.Instance{Name: "all", Config: free(), H2C: true})
	conn := dial(t, info)
	if _, err := io.WriteString(conn, head("/v1/messages", "Connection: close\r\nAuthorization: Bearer "+strings.Repeat("x", 1<<20)+"\r\n")); err != nil {
		t.Fatal(err)
	}
	if status, body := answerOf(t, conn); status != 401 || !strings.HasPrefix(body, dialects["/v1/messages"]) {
		t.Errorf("%d %.200s", status, body)
	}
}

func TestUnknownRoutes(t *testing.T) {
	mock, _ := frozen(t, free())
	for path, form := range map[string]string{
		"/v1/completions/x": dialects["/v1/completions"], "/": dialects["/v1/completions"],
		"/v1/messages/x/y/z": dialects["/v1/messages"], "/v1/chat/x": dialects["/v1/chat/completions"],
		"/_mock/ledger": dialects["/v1/completions"], "/../etc/passwd": dialects["/v1/completions"],
	} {
		if w := serve(mock, post(path, 0, "{}")); w.Code != 404 || !strings.HasPrefix(w.Body.String(), form) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// wrongBodies are JSON of every wrong kind.
func wrongBodies() []string {
	return []string{
		"", "{", "}", "[]", "null", `"x"`, "1", "{}", `{"model":}`, `{"model":"m",}`, "\x00", "\xff\xfe", `{"prompt":"` + "\xff" + `"}`,
		`{"prompt":1e999}`, `{"prompt":{"a":1}}`, `{"messages":"x","model":"m","max_tokens":1}`, strings.Repeat("[", 100_000),
		strings.Repeat(`{"a":`, 20_000), `{"prompts":[` + strings.Repeat(`"",`, 10) + `""]}`, `{"model":"m","messages":[null],"max_tokens":"1"}`,
		`{"model":"m","max_tokens":18446744073709551616,"messages":[{"role":"user","content":"x"}]}`,
	}
}

// Wrong bodies get a 400 in shape, and memory does not grow with them.
func TestWrongBodies(t *testing.T) {
	mock, _ := frozen(t, free())
	round := func() {
		for _, body := range wrongBodies() {
			for path, form := range dialects {
				r := post(path, 0, body)
				r.Header.Set("Anthropic-Version", "2023-06-01")
				w := serve(mock, r)
				if w.Code != 400 || !strings.HasPrefix(w.Body.String(), form) || !json.Valid(w.Body.Bytes()) {
					t.Errorf("%s %.60q: %d %.200s", path, body, w.Code, w.Body)
				}
			}
		}
	}
	held := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for range 5 {
		round()
	}
	before := held()
	for range 50 {
		round()
	}
	if after := held(); after > before+4<<20 {
		t.Errorf("after 50 rounds more the heap holds %d KiB, before %d", after>>10, before>>10)
	}
}

// FuzzServer holds the whole server to this: whatever the body, an answer in JSON
// and an account that adds up.
func FuzzServer(f *testing.F) {
	for _, body := range wrongBodies() {
		f.Add(body, uint8(0))
	}
	f.Add(`{"model":"m","max_tokens":3,"messages":[{"role":"user","content":"hi"}]}`, uint8(1))
	f.Add(`{"requests":[{"custom_id":"a","params":{"model":"m"}}]}`, uint8(3))
	paths := []string{"/v1/completions", "/v1/messages", "/v1/chat/completions", "/v1/messages/batches", "/v1/batch", "/v1/messages/count_tokens"}
	f.Fuzz(func(t *testing.T, body string, at uint8) {
		mock, _ := frozen(t, free())
		r := post(paths[int(at)%len(paths)], 1, body)
		r.Header.Set("Anthropic-Version", "2023-06-01")
		w := serve(mock, r)
		stream := strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream")
		if !stream && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d %q is no JSON", w.Code, w.Body)
		}
		if w.Code != 200 && w.Code != 400 && w.Code != 413 {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
		var answered uint64
		s := readLedger(t, mock)
		for _, n := range s.Statuses {
			answered += n
		}
		if s.Attempts != 1 || answered+s.Dropped+s.Gone != 1 {
			t.Errorf("one attempt is accounted for as %+v", s)
		}
	})
}

// A client of HTTP/2 that opens and resets streams without end, as in rapid
// reset (CVE-2023-44487), harms nobody.
func TestRapidReset(t *testing.T) {
	info := listen(t, mockserver.Instance{Name: "all", Config: free()})
	besides(t, info, func() {
		client := newClient(t, info, "h2")
		for range 300 {
			ctx, cancel := context.WithCancel(t.Context())
			r := completion(t, info.Arms[0].URL, "key", 0).WithContext(ctx)
			go cancel()
			if response, err := client.Do(r); err == nil {
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
		}
	})
}
