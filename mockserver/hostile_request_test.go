package mockserver_test

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"weighbridge/mockserver"
)

// Whole requests with wrong bodies and credentials, over both protocols.
func TestSiegeOfWrongRequests(t *testing.T) {
	besiege(t, func(t *testing.T, s *siege) {
		tokens := s.forge(t)
		for _, protocol := range []string{"h1", "h2"} {
			client := s.client(t, protocol)
			for _, d := range tongues {
				for _, body := range append(wrongBodies(), strings.Repeat(`{"prompt":[`, 1<<14)) {
					r := s.request(t, d.path, strings.NewReader(body))
					r.Header.Set("X-Api-Key", "key")
					s.isRefused(t, client, d, r, http.StatusBadRequest)
				}
				for _, kind := range []string{"", "text/plain", "application/json-seq", "application/x-www-form-urlencoded", "\xff"} {
					r := s.request(t, d.path, strings.NewReader(`{}`))
					r.Header.Set("X-Api-Key", "key")
					r.Header.Set("Content-Type", kind)
					s.isRefused(t, client, d, r, http.StatusUnsupportedMediaType)
				}
				for _, token := range tokens {
					r := s.request(t, d.path, strings.NewReader(`{`))
					r.Header.Set("Authorization", token)
					s.isRefused(t, client, d, r, http.StatusUnauthorized)
				}
			}
		}
	})
}

func (s *siege) isRefused(t *testing.T, client *http.Client, d tongue, r *http.Request, status int) {
	t.Helper()
	response, answer := send(t, client, r)
	if err := d.refuses(response, answer, status); err != nil {
		t.Errorf("%s %s, %.60q: %v", response.Proto, d.name, r.Header, err)
	}
}

// forge is credentials that nobody may be let in with, each next to one that is
// good and of which nothing but the forgery differs.
func (s *siege) forge(t *testing.T) []string {
	t.Helper()
	private, err := jwt.ParseECPrivateKeyFromPEM([]byte(s.arm.SigningKey))
	if err != nil {
		t.Fatal(err)
	}
	public := publicPEM(t, &private.PublicKey)
	sign := func(method jwt.SigningMethod, key any, kid string) string {
		token := jwt.NewWithClaims(method, jwt.RegisteredClaims{ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour))})
		if kid != "" {
			token.Header["kid"] = kid
		}
		signed, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + signed
	}
	for _, good := range []string{sign(jwt.SigningMethodES256, private, s.arm.KeyID), sign(jwt.SigningMethodHS256, []byte(s.arm.JWTSecret), "")} {
		r := s.request(t, "/v1/completions", strings.NewReader(`{"prompt":"weigh this"}`))
		r.Header.Set("Authorization", good)
		if response, body := send(t, s.client(t, "h1"), r); response.StatusCode != http.StatusOK {
			t.Fatalf("a good token is answered %s %s", response.Status, body)
		}
	}
	return []string{
		sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, ""),
		sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, s.arm.KeyID),
		sign(jwt.SigningMethodHS256, public, ""), sign(jwt.SigningMethodHS256, public, s.arm.KeyID),
		"Bearer " + strings.Repeat("x", 1<<20),
		"Bearer", "Bearer \t ", "Basic eDp5", "\xff",
	}
}

// Whatever is refused is forgotten: what is held after 200 rounds is what was held after 20.
func TestMemoryIsFlat(t *testing.T) {
	host, err := mockserver.Listen([]mockserver.Instance{{Name: "all", Config: free()}}, mockserver.HostOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := &siege{host: host, info: host.Info(), arm: host.Info().Arms[0], secure: true}
	defer s.end(t)
	clients := []*http.Client{s.client(t, "h1"), s.client(t, "h2")}
	held := func() int64 {
		for range 2 { // a pool is empty after two
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapInuse)
	}
	var early int64
	for round := range 200 {
		if round == 20 {
			early = held()
		}
		d, client := tongues[round%len(tongues)], clients[round%len(clients)]
		withKey := func(body io.Reader) *http.Request {
			r := s.request(t, d.path, body)
			r.Header.Set("X-Api-Key", "key")
			return r
		}
		s.isRefused(t, client, d, withKey(strings.NewReader(strings.Repeat("[", 1<<18))), http.StatusBadRequest)
		never, end := io.Pipe()
		tooLarge := withKey(never)
		tooLarge.ContentLength = 1 << 40
		s.isRefused(t, client, d, tooLarge, http.StatusRequestEntityTooLarge)
		_ = end.Close() // a client of HTTP/1.1 goes on waiting for it
		unknown := withKey(strings.NewReader("{}"))
		unknown.Header.Set("X-Api-Key", "")
		s.isRefused(t, client, d, unknown, http.StatusUnauthorized)
	}
	for _, client := range clients {
		client.CloseIdleConnections()
	}
	const few = 8 << 20
	if late := held(); late > early+few {
		t.Errorf("%d KiB are held after 20 rounds, %d KiB after 200", early>>10, late>>10)
	}
}
