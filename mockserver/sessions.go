package mockserver

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// SessionHeader names the session of a request. In an answer, it says which state of the session was
// found: new (there was none anywhere), kept (what was written last), stale (something older) or lost
// (none, although another region has one).
const SessionHeader = "Weighbridge-Session"

// The words of SessionHeader in answers.
const (
	sessionNew   = "new"
	sessionKept  = "kept"
	sessionStale = "stale"
	sessionLost  = "lost"
)

// Sessions says where the state of sessions is kept. Each answer with success reads the state of its
// session, and writes a new one.
type Sessions struct {
	// State is local (each region has its own), shared (all regions have one) or replicated (each region has its own, and gets what is written in others after lag); default local.
	State string `yaml:"state" check:"enum=local|shared|replicated"`
	// Lag is how long after it was written state is in the other regions, with state: replicated, 0…1h; default 0. What had not been replicated when its region went dark is lost to the others.
	Lag time.Duration `yaml:"lag" check:"min=0,max=1h"`
}

// maxSessions is how many sessions are kept, so that no client exhausts the memory.
const maxSessions = 1_000_000

// sessionStore holds the state of sessions: for each, the number of the last write that each region
// has. The zero store is empty.
type sessionStore struct {
	mu   sync.Mutex
	byID map[uint64]*session
}

type session struct {
	// written is the number of the last write anywhere.
	written uint64
	// has is the number of the last write in each region, and replicated that of the last write that all
	// regions have.
	has        map[string]uint64
	replicated uint64
	// pending are the writes that are being replicated, the oldest first.
	pending []write
}

// write is a write in a region at an age of the mock.
type write struct {
	number uint64
	region string
	at     time.Duration
}

// touch reads the state of a session in a region and writes a new one. wentDark reports whether an
// outage of a region began between two ages of the mock. touch returns what it found; "" if there are
// too many sessions.
func (s *sessionStore) touch(id uint64, region string, age time.Duration, c Sessions, wentDark func(region string, after, until time.Duration) bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.byID[id]
	if one == nil {
		if len(s.byID) >= maxSessions {
			return ""
		}
		if s.byID == nil {
			s.byID = map[uint64]*session{}
		}
		one = &session{has: map[string]uint64{}}
		s.byID[id] = one
	}
	if c.State == "shared" {
		region = ""
	}
	if c.State == "replicated" {
		one.replicate(age, c.Lag, wentDark)
	}
	found := one.read(region)
	one.written++
	one.has[region] = one.written
	if c.State == "replicated" {
		one.pending = append(one.pending, write{one.written, region, age})
	}
	return found
}

// replicate gives what was written at least lag ago to all regions.
func (s *session) replicate(age, lag time.Duration, wentDark func(string, time.Duration, time.Duration) bool) {
	done := 0
	for _, w := range s.pending {
		if w.at+lag > age {
			break
		}
		done++
		if !wentDark(w.region, w.at, w.at+lag) {
			s.replicated = max(s.replicated, w.number)
		}
	}
	s.pending = slices.Delete(s.pending, 0, done)
}

// read returns what a region finds of the session.
func (s *session) read(region string) string {
	switch has := max(s.has[region], s.replicated); {
	case s.written == 0:
		return sessionNew
	case has == 0:
		return sessionLost
	case has < s.written:
		return sessionStale
	}
	return sessionKept
}

func (s *sessionStore) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID = nil
}

// touchSession reads and writes the state of the session that a request names, and says in the answer
// what was found.
func (s *Server) touchSession(x *exchange) {
	text := mockHeader(x.r.Header, SessionHeader)
	if text == "" {
		return
	}
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return
	}
	regions := x.setup.config.Regions
	found := s.sessions.touch(id, x.region, s.clock.Now().Sub(s.started), x.setup.config.Sessions, func(region string, after, until time.Duration) bool {
		return regions[region].wentDark(after, until)
	})
	if found != "" {
		x.entry.Session = found
		x.w.Header()[http.CanonicalHeaderKey(SessionHeader)] = []string{found}
	}
}
