package authz

import (
	"slices"
	"time"
)

// secrets are a client's secret and those before it that still work.
type secrets struct {
	current string
	retired []retired
}

type retired struct {
	secret string
	ends   time.Time
}

// rotate makes next the secret; the one before it works until ends.
func (s *secrets) rotate(next string, now, ends time.Time) {
	s.retired = slices.DeleteFunc(s.retired, func(r retired) bool { return !now.Before(r.ends) })
	s.retired = append(s.retired, retired{s.current, ends})
	s.current = next
}

// good reports whether a secret works now.
func (s *secrets) good(secret string, now time.Time) bool {
	return secret == s.current || slices.ContainsFunc(s.retired, func(r retired) bool {
		return secret == r.secret && now.Before(r.ends)
	})
}
