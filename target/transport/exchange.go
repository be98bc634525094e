package transport

import (
	"time"

	"weighbridge/target"
	"weighbridge/target/budget"
	"weighbridge/target/cache"
	"weighbridge/target/limits"
	"weighbridge/target/retry"
)

// Attempt is one attempt that was sent.
type Attempt struct {
	ID uint32
	// Status is the HTTP status; 0 if no complete response was received.
	Status int
	// Unconnected says that there was no connection, so that nothing was sent.
	Unconnected bool
	// Ended is when the last byte arrived, or when the attempt failed; Service is the time from sending
	// until then.
	Ended   time.Time
	Service time.Duration
	// Timings are the entries of the Server-Timing header or trailer.
	Timings []Timing
	// Heard is when the header of the response had been read, and Limits what it says of rate limits.
	Heard  time.Time
	Limits []limits.Limit
	// Refused is the name of the rate limit by which a response with status 429 was refused; "" if
	// that is not known.
	Refused string
	// Cache is what the response says about caches on its way.
	Cache cache.Told
	// Replays is how many times the request was sent again, within the attempt, because the
	// server had not processed it: it said so (HTTP/2), or a kept connection was broken.
	Replays int
	// Region is the name of the region that the attempt went to, and Session what the answer says of
	// the state of its session; "" for none.
	Region, Session string
}

// Exchange is one request with all its attempts and its outcome.
type Exchange struct {
	Attempts []Attempt
	Outcome  target.Outcome
	// Parts breaks down the time the request took.
	Parts
	// Service and FirstByte are the times of the last attempt from sending to the
	// last and the first byte of the response.
	Service, FirstByte time.Duration
	// ReadLag is how long before End the kernel had received the last bytes that were read; with
	// HTTP/2 they may be another answer's. ReadLagKnown says whether the kernel told.
	ReadLag      time.Duration
	ReadLagKnown bool
	// Content holds, for each piece of content in an event stream, the time from Sent
	// until it had arrived; nil if the response is not an event stream or failed.
	Content []time.Duration
	// Sent is when the last attempt was sent; zero if none was.
	Sent time.Time
	// BodySent and BodyReceived are the body sizes of the last attempt, in bytes.
	BodySent, BodyReceived int64
	// End is when the last byte arrived, or when the request failed.
	End time.Time
	// Status is the HTTP status of the last attempt; 0 if it got no complete response. Err is then
	// why, or nil if the attempt was not sent.
	Status int
	Err    error
	// Protocol is the last response's, such as HTTP/1.1.
	Protocol string
	// WrongProtocol counts the responses in another protocol than the configured one.
	WrongProtocol int
	// Answer is the text of the answer, if it is kept.
	Answer string
	// Cache says whether a cache gave the answer. One of the client's own has no Attempts.
	Cache CacheUse
	// OverBudget says that an attempt was not sent because it would have exceeded the budget.
	OverBudget bool
	// Held is the reservation of the prompts that a Call has handed over; nil without a budget.
	Held *budget.Reservation
	// Paced says that attempts keep to rate limits. HeldBy is what the last attempt had to wait for: a
	// limit, limits.FirstAnswer or limits.Refused. HeldBack says that no attempt was sent because the
	// caller ended that wait.
	Paced, HeldBack bool
	HeldBy          string
	// Allowed is how many attempts the adaptive limit (client.concurrency) allowed at once when the last
	// one began; 0 if the limit is fixed.
	Allowed int
	// Session is the number of the session that the request belongs to, from 1; 0 for none.
	Session uint64
	// RetryRefused says that another attempt would have followed, but for the budget of retries.
	RetryRefused bool

	first    [1]Attempt // the memory of the first of Attempts
	advice   retry.Advice
	retryNow bool // a rejected credential asked for one immediate retry
	// region is the region of the last attempt.
	region int
}

// RetryAfter is how long the last response asks to wait before the next request; 0 if it asks for
// nothing.
func (x *Exchange) RetryAfter() time.Duration { return x.advice.After }
