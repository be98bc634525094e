package transport

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"
	"time"
)

// firstRead is how much memory a body gets at first. It grows by what arrives, not by what
// Content-Length claims.
const firstRead = 64 << 10

// timedBody is a response body and, for an event stream, when its parts arrived.
type timedBody struct {
	bytes    []byte
	arrivals []arrival
}

// arrival says that at a time the body had been received up to the offset end.
type arrival struct {
	end  int
	time time.Time
}

// readBody reads the body to its end, so that the time of the last byte is known,
// trailers are available and the connection can be reused. A body longer than limitMiB is an error.
func readBody(resp *http.Response, limitMiB int) (timedBody, error) {
	limit := int64(limitMiB) << 20
	size := int64(bytes.MinRead)
	if resp.ContentLength >= 0 {
		size += min(resp.ContentLength, firstRead)
	}
	source := io.LimitReader(resp.Body, limit+1)
	recorder := &arrivalRecorder{source: source}
	if isEventStream(resp.Header) {
		source = recorder
	}
	body := bytes.NewBuffer(make([]byte, 0, size))
	n, err := body.ReadFrom(source)
	if err == nil && n > limit {
		err = contractError(fmt.Sprintf("the response is longer than client.max_response (%d MiB)", limitMiB))
	}
	return timedBody{body.Bytes(), recorder.arrivals}, err
}

// isEventStream reports whether the content type is text/event-stream.
func isEventStream(h http.Header) bool {
	return strings.HasPrefix(strings.ToLower(h.Get("Content-Type")), "text/event-stream")
}

// arrivalRecorder is a reader that records when each read of source returned.
type arrivalRecorder struct {
	source   io.Reader
	read     int
	arrivals []arrival
}

func (r *arrivalRecorder) Read(p []byte) (int, error) {
	n, err := r.source.Read(p)
	if n > 0 {
		r.read += n
		r.arrivals = append(r.arrivals, arrival{r.read, time.Now()})
	}
	return n, err
}

// arrivalTimes returns, for each offset, how long after sent the body had been
// received up to it. The offsets must ascend. Nil if no arrivals were recorded.
func (b timedBody) arrivalTimes(offsets []int, sent time.Time) []time.Duration {
	if len(offsets) == 0 || len(b.arrivals) == 0 {
		return nil
	}
	times := make([]time.Duration, len(offsets))
	later := b.arrivals
	for i, offset := range offsets {
		later = later[sort.Search(len(later)-1, func(k int) bool { return later[k].end >= offset }):]
		times[i] = later[0].time.Sub(sent)
	}
	return times
}
