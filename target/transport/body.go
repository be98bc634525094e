package transport

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"

	"weighbridge/target"
)

const (
	// firstRead is how much memory a body gets at first. It grows by what arrives, not by what
	// Content-Length claims.
	firstRead = 64 << 10
	// readBytes is how much room there is for a read.
	readBytes = 512
)

// timedBody is a response body and, for an event stream, when its parts arrived.
type timedBody struct {
	bytes []byte // decoded
	// received is the number of bytes before decoding.
	received int64
	arrivals []arrival
	// ended is when the event that ends the stream had arrived; zero if none did.
	ended time.Time
}

// arrival says that at a time the body had been received up to the offset end.
type arrival struct {
	end  int
	time time.Time
}

// bodyBuffer is reusable memory for reading a body.
type bodyBuffer struct {
	counting countingReader
	bytes    []byte
	// unread says that nothing reads the body of a success, so that one that cannot be decoded is none the worse.
	unread bool
}

// buffer returns memory for a body. Its bytes may be used until it is given to release.
func (c *Client) buffer() *bodyBuffer {
	if b, ok := c.buffers.Get().(*bodyBuffer); ok {
		return b
	}
	return &bodyBuffer{}
}

// release makes the memory of a body available again; b may be nil.
func (c *Client) release(b *bodyBuffer, bytes []byte) {
	if b == nil {
		return
	}
	b.counting, b.unread = countingReader{}, false
	if b.bytes = bytes[:0]; cap(bytes) <= firstRead+readBytes {
		c.buffers.Put(b)
	}
}

// read reads the body to its end, so that the time of the last byte is known,
// trailers are available and the connection can be reused. It stops after the event that
// ends a stream. stream is nil unless an event stream was requested. A body longer than
// limitMiB, decoded, is an error; what was read until then is in b all the same. A body in a coding that
// is not known is an error, or left out of b if it is unread.
func (buffer *bodyBuffer) read(resp *http.Response, stream target.Streaming, limitMiB int, b *timedBody) error {
	buffer.counting = countingReader{source: resp.Body}
	defer func() { b.received = buffer.counting.read }()
	source, err := decoded(resp.Header, &buffer.counting)
	if err != nil {
		if !buffer.unread {
			return err
		}
		source = &buffer.counting
		defer func() { b.bytes = b.bytes[:0] }()
	}
	timed := stream != nil || isEventStream(resp.Header)
	b.bytes = slices.Grow(buffer.bytes[:0], readBytes+int(max(0, min(resp.ContentLength, firstRead))))
	for {
		b.bytes = slices.Grow(b.bytes, readBytes)
		from := len(b.bytes)
		n, err := source.Read(b.bytes[from:cap(b.bytes)])
		b.bytes = b.bytes[:from+n]
		if n > 0 && timed {
			now := time.Now()
			b.arrivals = append(b.arrivals, arrival{len(b.bytes), now})
			if stream != nil && stream.Ended(b.bytes, from) {
				b.ended = now
				return nil
			}
		}
		switch {
		case len(b.bytes) > limitMiB<<20:
			return contractError(fmt.Sprintf("the response is longer than client.max_response (%d MiB)", limitMiB))
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// isEventStream reports whether the content type is text/event-stream.
func isEventStream(h http.Header) bool {
	return strings.HasPrefix(strings.ToLower(h.Get("Content-Type")), "text/event-stream")
}

// countingReader counts the bytes that it reads.
type countingReader struct {
	source io.Reader
	read   int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.source.Read(p)
	r.read += int64(n)
	return n, err
}

// arrivalTimes returns, for each piece, how long after sent it had been received. Nil if
// no arrivals were recorded.
func (b timedBody) arrivalTimes(pieces []target.Piece, sent time.Time) []time.Duration {
	if len(pieces) == 0 || len(b.arrivals) == 0 {
		return nil
	}
	times := make([]time.Duration, len(pieces))
	later := b.arrivals
	for i, piece := range pieces {
		later = later[sort.Search(len(later)-1, func(k int) bool { return later[k].end >= piece.End }):]
		times[i] = later[0].time.Sub(sent)
	}
	return times
}
