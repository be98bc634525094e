package field

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// server is a fake server with its own account of what it did.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	account account
}

// account is what a server did.
type account struct {
	// Requests is the number of requests received, Paths the same by path and query.
	Requests int
	Paths    map[string]int
	// InFlight is the highest number of requests at once.
	InFlight int
	// Busy is the time spent in the handler, by request, in the order in which they ended.
	Busy []time.Duration

	now int
}

// serve starts a server on loopback that ends with the test.
func serve(t *testing.T, handler http.HandlerFunc) *server {
	t.Helper()
	s := &server{account: account{Paths: map[string]int{}}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		s.began(r)
		defer func() { s.ended(time.Since(began)) }()
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) began(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account.Requests++
	s.account.Paths[r.URL.RequestURI()]++
	s.account.now++
	s.account.InFlight = max(s.account.InFlight, s.account.now)
}

func (s *server) ended(after time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account.now--
	s.account.Busy = append(s.account.Busy, after)
}

// Account returns what the server has done so far.
func (s *server) Account() account {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.account
	out.Paths = maps.Clone(out.Paths)
	return out
}
