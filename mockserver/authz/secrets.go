package authz

import (
	"slices"
	"time"
)

// secrets holds a client's secret and earlier ones that are still valid.
type secrets struct {
	current string
	retired []retired
}

type retired struct {
	secret  string
	expires time.Time
}

// rotate makes next the current secret; the previous one remains valid until expires.
func (s *secrets) rotate(next string, now, expires time.Time) {
	s.retired = slices.DeleteFunc(s.retired, func(r retired) bool { return !now.Before(r.expires) })
	s.retired = append(s.retired, retired{s.current, expires})
	s.current = next
}

// valid reports whether a secret is valid now.
func (s *secrets) valid(secret string, now time.Time) bool {
	return secret == s.current || slices.ContainsFunc(s.retired, func(r retired) bool {
		return secret == r.secret && now.Before(r.expires)
	})
}
