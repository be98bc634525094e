package mockserver_test

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"weighbridge/bench/bounds"
	"weighbridge/mockserver"
)

// errorPrefixes has a path of each dialect, and the beginning of its error bodies.
var errorPrefixes = map[string]string{
	"/v1/completions":      `{"error":{"type":"`,
	"/v1/messages":         `{"type":"error","error":{"type":"`,
	"/v1/chat/completions": `{"error":{"message":"`,
}

// Forged and malformed tokens are refused in the format of each dialect.
func TestForgedTokensAreRefused(t *testing.T) {
	mock, now := newFrozenMock(t, newFreeConfig())
	claims := jwt.RegisteredClaims{IssuedAt: jwt.NewNumericDate(now.Now()), ExpiresAt: jwt.NewNumericDate(now.Now().Add(time.Minute))}
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, claims).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	// The mock's public key, used as an HMAC secret.
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
		for path, form := range errorPrefixes {
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

func TestUnknownPathsAreNotFound(t *testing.T) {
	mock, _ := newFrozenMock(t, newFreeConfig())
	for path, form := range map[string]string{
		"/v1/completions/x": errorPrefixes["/v1/completions"], "/": errorPrefixes["/v1/completions"],
		"/v1/messages/x/y/z": errorPrefixes["/v1/messages"], "/v1/chat/x": errorPrefixes["/v1/chat/completions"],
		"/_mock/ledger": errorPrefixes["/v1/completions"], "/../etc/passwd": errorPrefixes["/v1/completions"],
	} {
		if w := serve(mock, post(path, 0, "{}")); w.Code != 404 || !strings.HasPrefix(w.Body.String(), form) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// wrongBodies returns invalid bodies of many kinds.
func wrongBodies() []string {
	return []string{
		"", "{", "}", "[]", "null", `"x"`, "1", "{}", `{"model":}`, `{"model":"m",}`, "\x00", "\xff\xfe", `{"prompt":"` + "\xff" + `"}`,
		`{"prompt":1e999}`, `{"prompt":{"a":1}}`, `{"messages":"x","model":"m","max_tokens":1}`, strings.Repeat("[", 100_000),
		strings.Repeat(`{"a":`, 20_000), `{"prompts":[` + strings.Repeat(`"",`, 10) + `""]}`, `{"model":"m","messages":[null],"max_tokens":"1"}`,
		`{"model":"m","max_tokens":18446744073709551616,"messages":[{"role":"user","content":"x"}]}`,
	}
}

// Invalid bodies get a 400 in the dialect's format, and memory does not grow with them.
func TestWrongBodiesAreRefused(t *testing.T) {
	mock, _ := newFrozenMock(t, newFreeConfig())
	round := func() {
		for _, body := range wrongBodies() {
			for path, form := range errorPrefixes {
				r := post(path, 0, body)
				r.Header.Set("Anthropic-Version", "2023-06-01")
				w := serve(mock, r)
				if w.Code != 400 || !strings.HasPrefix(w.Body.String(), form) || !json.Valid(w.Body.Bytes()) {
					t.Errorf("%s %.60q: %d %.200s", path, body, w.Code, w.Body)
				}
			}
		}
	}
	heapInUse := func() uint64 {
		runtime.GC()
		runtime.GC() // twice: a sync.Pool keeps its content for one collection
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for range 3 {
		round()
	}
	const rounds, perRound = 10, 80 << 10
	before := heapInUse()
	for range rounds {
		round()
	}
	if after := heapInUse(); after > before+rounds*perRound {
		t.Errorf("after %d more rounds the heap has %d KiB, before %d", rounds, after>>10, before>>10)
	}
}

// FuzzServer checks that for any body the whole server answers in JSON, and that its
// ledger adds up.
func FuzzServer(f *testing.F) {
	for _, body := range wrongBodies() {
		f.Add(body, uint8(0))
	}
	f.Add(`{"model":"m","max_tokens":3,"messages":[{"role":"user","content":"hi"}]}`, uint8(1))
	f.Add(`{"requests":[{"custom_id":"a","params":{"model":"m"}}]}`, uint8(3))
	paths := []string{"/v1/completions", "/v1/messages", "/v1/chat/completions", "/v1/messages/batches", "/v1/batch", "/v1/messages/count_tokens"}
	f.Fuzz(func(t *testing.T, body string, at uint8) {
		defer bounds.Check(t)()
		mock, _ := newFrozenMock(t, newFreeConfig())
		r := post(paths[int(at)%len(paths)], 1, body)
		r.Header.Set("Anthropic-Version", "2023-06-01")
		w := serve(mock, r)
		stream := strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream")
		if !stream && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d %q is not JSON", w.Code, w.Body)
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
			t.Errorf("after one attempt the ledger is %+v", s)
		}
	})
}

// A misspelt fault is a mistake of the client's, not a normal answer.
func TestUnknownFaultsAreRefused(t *testing.T) {
	mock := newMock(t, newFreeConfig(), mockserver.Options{})
	for name, want := range map[string]int{
		"": 200, "delay,": 200, "malformed, delay": 200, "errors.503": 503, "errors": 500,
		"trunkate": 400, "delay, trunkate": 400, "Delay": 400, "errors.200": 400, "errors.": 400, "limit": 400,
	} {
		for path, form := range errorPrefixes {
			body := `{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a"}]}`
			if path == "/v1/completions" {
				body = `{"prompt":"a"}`
			}
			r := post(path, 0, body)
			r.Header.Set("Anthropic-Version", "2023-06-01")
			r.Header.Set(mockserver.FaultHeader, name)
			w := serve(mock, r)
			if w.Code != want {
				t.Errorf("%q at %s: %d %.200s, want %d", name, path, w.Code, w.Body, want)
			}
			if body := w.Body.String(); want == 400 && (!strings.HasPrefix(body, form) || !strings.Contains(body, "expected one or more of errors, item_errors, fail_first, outage")) {
				t.Errorf("%q at %s: %s", name, path, body)
			}
		}
	}
}
