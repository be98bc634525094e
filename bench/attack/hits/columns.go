package hits

import (
	"strconv"
	"time"
)

// column is one field of a hit, the same in CSV and in JSON.
type column struct {
	name string
	// isText is true for text, false for numbers and booleans.
	isText bool
	// appendTo appends the value, or nothing if it is unknown.
	appendTo func(to []byte, h *Hit) []byte
}

// columns returns the fields in the order they are written.
func columns() []column {
	return []column{
		text("arm", func(h *Hit) string { return h.Arm }),
		whole("block", func(h *Hit) int64 { return int64(h.Block) }),
		text("phase", func(h *Hit) string { return h.Phase }),
		whole("seq", func(h *Hit) int64 { return int64(h.Seq) }),
		moment("due_ms", func(h *Hit) time.Duration { return h.Due }),
		moment("formed_ms", func(h *Hit) time.Duration { return h.Formed }),
		moment("picked_up_ms", func(h *Hit) time.Duration { return h.PickedUp }),
		moment("sent_ms", func(h *Hit) time.Duration { return h.Sent }),
		moment("first_byte_ms", func(h *Hit) time.Duration { return h.FirstByte }),
		moment("first_content_ms", func(h *Hit) time.Duration { return h.FirstContent }),
		moment("first_output_ms", func(h *Hit) time.Duration { return h.FirstOutput }),
		moment("last_content_ms", func(h *Hit) time.Duration { return h.LastContent }),
		moment("end_ms", func(h *Hit) time.Duration { return h.End }),
		{"response_ms", false, func(to []byte, h *Hit) []byte { return appendMS(to, h.response()) }},
		{"service_ms", false, func(to []byte, h *Hit) []byte {
			if h.Sent == 0 {
				return to
			}
			return appendMS(to, h.End-h.Sent)
		}},
		{"slot_wait_ms", false, func(to []byte, h *Hit) []byte { return appendMS(to, h.SlotWait) }},
		{"send_lag_ms", false, func(to []byte, h *Hit) []byte { return appendMS(to, h.PickedUp-h.Formed) }},
		whole("prompts", func(h *Hit) int64 { return int64(h.Prompts) }),
		whole("failed", func(h *Hit) int64 { return int64(h.Failed) }),
		positive("input_tokens", func(h *Hit) int64 { return int64(h.InputTokens) }),
		positive("output_tokens", func(h *Hit) int64 { return int64(h.OutputTokens) }),
		whole("attempts", func(h *Hit) int64 { return int64(h.Attempts) }),
		positive("first_attempt_id", func(h *Hit) int64 { return int64(h.FirstAttempt) }),
		positive("last_attempt_id", func(h *Hit) int64 { return int64(h.LastAttempt) }),
		text("cache", func(h *Hit) string { return h.Cache }),
		moment("cache_age_ms", func(h *Hit) time.Duration { return h.CacheAge }),
		positive("cached_attempt_id", func(h *Hit) int64 { return int64(h.CachedAttempt) }),
		{"stale", false, func(to []byte, h *Hit) []byte {
			if h.Stale == nil {
				return to
			}
			return strconv.AppendBool(to, *h.Stale)
		}},
		positive("status", func(h *Hit) int64 { return int64(h.Status) }),
		text("class", func(h *Hit) string { return h.Class }),
		text("error", func(h *Hit) string { return h.Error }),
		whole("sent_body_bytes", func(h *Hit) int64 { return h.BodySent }),
		whole("received_body_bytes", func(h *Hit) int64 { return h.BodyReceived }),
		{"counted", false, func(to []byte, h *Hit) []byte { return strconv.AppendBool(to, h.Counted) }},
		positive("turn", func(h *Hit) int64 { return int64(h.Turn) }),
		text("regions", func(h *Hit) string { return h.Regions }),
		text("attempt_ids", func(h *Hit) string { return h.AttemptIDs }),
		text("cached_region", func(h *Hit) string { return h.CachedRegion }),
		positive("session", func(h *Hit) int64 { return int64(h.Session) }),
		text("session_state", func(h *Hit) string { return h.SessionState }),
	}
}

func text(name string, of func(*Hit) string) column {
	return column{name, true, func(to []byte, h *Hit) []byte { return append(to, of(h)...) }}
}

func whole(name string, of func(*Hit) int64) column {
	return column{name, false, func(to []byte, h *Hit) []byte { return strconv.AppendInt(to, of(h), 10) }}
}

// positive is a number that is unknown if 0.
func positive(name string, of func(*Hit) int64) column {
	return column{name, false, func(to []byte, h *Hit) []byte {
		if of(h) == 0 {
			return to
		}
		return strconv.AppendInt(to, of(h), 10)
	}}
}

// moment is an offset from the start of the run, in milliseconds; 0 means that it did not happen.
func moment(name string, of func(*Hit) time.Duration) column {
	return column{name, false, func(to []byte, h *Hit) []byte {
		if of(h) == 0 {
			return to
		}
		return appendMS(to, of(h))
	}}
}

// appendMS appends milliseconds with the record's precision, a microsecond.
func appendMS(to []byte, d time.Duration) []byte {
	return strconv.AppendFloat(to, float64(d)/float64(time.Millisecond), 'f', 3, 64)
}
