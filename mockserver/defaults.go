package mockserver

import (
	"time"

	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/fault"
)

// DefaultConfig returns a Config in which every key has its default.
func DefaultConfig() Config {
	return Config{
		Slots:       64,
		Latency:     Latency{Request: constant(5 * time.Millisecond)},
		Tokens:      Tokens{PerChar: 0.25, Chunk: 1},
		PromptCache: PromptCache{BlockTokens: 16},
		Edge:        Edge{TTL: time.Minute, Latency: constant(time.Millisecond)},
		Batches:     Batches{Duration: constant(500 * time.Millisecond)},
		Faults:      defaultFaults(),
		Sessions:    Sessions{State: "local"},
		Auth: Auth{
			OAuth: OAuth{
				TTL:        time.Hour,
				Latency:    constant(5 * time.Millisecond),
				Introspect: constant(time.Millisecond),
			},
			JWT: JWT{Leeway: 30 * time.Second},
			Federation: authz.Federation{
				TTL: time.Hour, Leeway: 30 * time.Second, Failure: "invalid_grant", Latency: constant(5 * time.Millisecond),
			},
		},
		ServerTiming: true,
	}
}

// defaultFaults returns faults that hit no requests. Their parameters apply if a share is
// set, or if a request asks for the fault.
func defaultFaults() Faults {
	return Faults{
		FailFirst:      fault.FailFirst{Status: 503},
		Outage:         fault.Outage{Status: 503},
		Delay:          fault.Delay{By: constant(time.Second)},
		SlowFirstByte:  fault.SlowFirstByte{Delay: time.Second},
		SlowBody:       fault.SlowBody{ChunkBytes: 64, Gap: 50 * time.Millisecond},
		Bandwidth:      fault.Bandwidth{BytesPerSecond: 16384},
		Reset:          fault.Reset{At: "before_headers"},
		RSTStream:      fault.RSTStream{At: "before_headers", Code: "internal_error"},
		Truncate:       fault.Truncate{Keep: 0.5},
		TruncateStream: fault.TruncateStream{Keep: 0.5, End: "clean"},
		StreamError:    fault.StreamError{Keep: 0.5},
		ContentType:    fault.ContentType{Value: "text/html"},
		ContentLength:  fault.ContentLength{Off: 1},
	}
}

func constant(d time.Duration) dist.Duration { return dist.Duration{Constant: d} }
