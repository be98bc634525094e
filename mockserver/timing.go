package mockserver

import (
	"strconv"
	"time"
)

// The parts of a Server-Timing header, in the order they are sent.
const (
	total = iota
	auth
	limit
	queue
	model
	parts
	// untimed is the part of what stands in total alone.
	untimed = parts
)

// timing is how long an exchange took, in all and by part.
type timing [parts]time.Duration

// String is the value of a Server-Timing header, in ms with three decimals. It
// cuts to whole µs: then total is never under the sum of its parts.
func (t timing) String() string {
	names := [parts]string{"total", "auth", "limit", "queue", "model"}
	out := make([]byte, 0, 96)
	for part, took := range t {
		if part > 0 {
			out = append(out, ", "...)
		}
		us := max(took.Microseconds(), 0)
		out = append(append(out, names[part]...), ";dur="...)
		out = append(strconv.AppendInt(out, us/1000, 10), '.')
		rest := us % 1000
		out = append(out, byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
	}
	return string(out)
}
