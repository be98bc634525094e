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

// maxBodyBytes bounds the answer that is read; a longer one breaks the contract.
const maxBodyBytes = 64 << 20

// answered is the body of an answer and, of a stream, when it came.
type answered struct {
	bytes []byte
	marks []mark
}

// mark says that the body was there up to end, an offset, at a moment.
type mark struct {
	end int
	at  time.Time
}

// readBody reads to the end, so that the last byte is timed, trailers are there
// and the connection can be used again.
func readBody(resp *http.Response) (answered, error) {
	size := int64(bytes.MinRead)
	if resp.ContentLength >= 0 && resp.ContentLength <= maxBodyBytes {
		size += resp.ContentLength
	}
	from := io.LimitReader(resp.Body, maxBodyBytes+1)
	stream := &marker{from: from}
	if isStream(resp.Header) {
		from = stream
	}
	body := bytes.NewBuffer(make([]byte, 0, size))
	n, err := body.ReadFrom(from)
	if err == nil && n > maxBodyBytes {
		err = fmt.Errorf("the answer is longer than %d MiB", maxBodyBytes>>20)
	}
	return answered{body.Bytes(), stream.marks}, err
}

// isStream reports whether the content type is that of server-sent events.
func isStream(h http.Header) bool {
	return strings.HasPrefix(strings.ToLower(h.Get("Content-Type")), "text/event-stream")
}

// marker marks what is read through it.
type marker struct {
	from  io.Reader
	read  int
	marks []mark
}

func (m *marker) Read(p []byte) (int, error) {
	n, err := m.from.Read(p)
	if n > 0 {
		m.read += n
		m.marks = append(m.marks, mark{m.read, time.Now()})
	}
	return n, err
}

// moments are when the body was there up to each of the offsets, which ascend,
// after sent; nil where nothing was marked.
func (a answered) moments(offsets []int, sent time.Time) []time.Duration {
	if len(offsets) == 0 || len(a.marks) == 0 {
		return nil
	}
	moments := make([]time.Duration, len(offsets))
	left := a.marks
	for i, offset := range offsets {
		left = left[sort.Search(len(left)-1, func(k int) bool { return left[k].end >= offset }):]
		moments[i] = left[0].at.Sub(sent)
	}
	return moments
}
