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

// Complete requests with invalid bodies or credentials, over both protocols.
func TestAttackWrongRequests(t *testing.T) {
	attackMock(t, func(t *testing.T, s *attackedMock) {
		tokens := s.forgedCredentials(t)
		for _, protocol := range []string{"h1", "h2"} {
			if s.secure != (protocol == "h2") {
				continue // each protocol on one of the two mocks, since they answer alike
			}
			client := s.newClient(t, protocol)
			for _, d := range allDialectErrors {
				for _, body := range append(wrongBodies(), strings.Repeat(`{"prompt":[`, 1<<14)) {
					r := s.newRequest(t, d.path, strings.NewReader(body))
					r.Header.Set("X-Api-Key", "key")
					s.expectRefusal(t, client, d, r, http.StatusBadRequest)
				}
				for _, kind := range []string{"", "text/plain", "application/json-seq", "application/x-www-form-urlencoded", "\xff"} {
					r := s.newRequest(t, d.path, strings.NewReader(`{}`))
					r.Header.Set("X-Api-Key", "key")
					r.Header.Set("Content-Type", kind)
					s.expectRefusal(t, client, d, r, http.StatusUnsupportedMediaType)
				}
				for _, token := range tokens {
					r := s.newRequest(t, d.path, strings.NewReader(`{`))
					r.Header.Set("Authorization", token)
					s.expectRefusal(t, client, d, r, http.StatusUnauthorized)
				}
			}
		}
	})
}

func (s *attackedMock) expectRefusal(t *testing.T, client *http.Client, d dialectErrors, r *http.Request, status int) {
	t.Helper()
	response, answer := send(t, client, r)
	if err := d.checkRefusal(response, answer, status); err != nil {
		t.Errorf("%s %s, %.60q: %v", response.Proto, d.name, r.Header, err)
	}
}

// forgedCredentials returns credentials that must be refused. It checks that genuine
// tokens, from which the forged ones differ, are accepted.
func (s *attackedMock) forgedCredentials(t *testing.T) []string {
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
		r := s.newRequest(t, "/v1/completions", strings.NewReader(`{"prompt":"weigh this"}`))
		r.Header.Set("Authorization", good)
		if response, body := send(t, s.newClient(t, "h1"), r); response.StatusCode != http.StatusOK {
			t.Fatalf("a valid token is answered with %s %s", response.Status, body)
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

// The heap after 80 rounds of refused requests is not larger than after 20.
func TestRefusedRequestsLeaveNoMemory(t *testing.T) {
	host, err := mockserver.Listen([]mockserver.Instance{{Name: "all", Config: newFreeConfig()}}, mockserver.HostOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := &attackedMock{host: host, info: host.Info(), arm: host.Info().Arms[0], secure: true}
	defer s.close(t)
	clients := []*http.Client{s.newClient(t, "h1"), s.newClient(t, "h2")}
	heapInUse := func() int64 {
		for range 2 { // sync.Pools are empty after two
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	var early int64
	for round := range 80 {
		if round == 20 {
			early = heapInUse()
		}
		d, client := allDialectErrors[round%len(allDialectErrors)], clients[round%len(clients)]
		withKey := func(body io.Reader) *http.Request {
			r := s.newRequest(t, d.path, body)
			r.Header.Set("X-Api-Key", "key")
			return r
		}
		s.expectRefusal(t, client, d, withKey(strings.NewReader(strings.Repeat("[", 1<<18))), http.StatusBadRequest)
		never, end := io.Pipe()
		tooLarge := withKey(never)
		tooLarge.ContentLength = 1 << 40
		s.expectRefusal(t, client, d, tooLarge, http.StatusRequestEntityTooLarge)
		_ = end.Close() // otherwise an HTTP/1.1 client would wait for it
		unknown := withKey(strings.NewReader("{}"))
		unknown.Header.Set("X-Api-Key", "")
		s.expectRefusal(t, client, d, unknown, http.StatusUnauthorized)
	}
	for _, client := range clients {
		client.CloseIdleConnections()
	}
	const few = 60 * 44 << 10 // 44 KiB a round, of which each has a body of 256 KiB
	if late := heapInUse(); late > early+few {
		t.Errorf("the heap has %d KiB after 20 rounds, %d KiB after 80", early>>10, late>>10)
	}
}
