package lean

import (
	"bytes"
	"cmp"
	"math"
	"net/http"
)

// endOfHeader is the empty line after a header, with the end of the line before.
const endOfHeader = "\r\n\r\n"

// knownHeader is the header of the last response on a connection, and what net/http read in it. The
// next one is often the same to the byte, and is then not read again.
type knownHeader struct {
	text []byte // "" if none is known
	// method is the method of the request, which decides whether there is a body.
	method   string
	response http.Response
	length   int64 // of the body
}

// readHeader reads up to the end of the header of the final response.
func (c *conn) readHeader(m *Message, t Trace, into *response) error {
	c.source.left, c.source.limit, c.source.failed = c.pool.options.MaxHeaderBytes, c.pool.options.MaxHeaderBytes, nil
	for {
		if _, err := c.in.Peek(1); err != nil {
			return err
		}
		if final, err := c.readArrived(m, t, into); final || err != nil {
			return err
		}
	}
}

// readArrived reads a header of which the first byte has arrived, and reports whether it is that of the
// final response.
func (c *conn) readArrived(m *Message, t Trace, into *response) (final bool, err error) {
	c.answered = true
	t.FirstByte()
	if c.readKnown(m, into) {
		c.source.left = math.MaxInt64
		return true, nil
	}
	text, reads := c.bufferedHeader(), c.source.reads
	buffered := c.in.Buffered()
	resp, err := http.ReadResponse(c.in, m.request)
	if err != nil {
		// What came before an error of the connection may look like a malformed response.
		return false, cmp.Or(c.source.failed, err)
	}
	if resp.StatusCode >= 100 && resp.StatusCode < 200 {
		return false, t.Interim(resp.StatusCode)
	}
	c.source.left = math.MaxInt64
	if resp.Trailer == nil && len(resp.TransferEncoding) > 0 {
		resp.Trailer = http.Header{} // for one that no header has announced, which net/http notes in resp
	}
	into.Response, into.body.source = *resp, resp.Body
	c.known.text = c.known.text[:0]
	if len(text) > 0 && reads == c.source.reads && buffered-c.in.Buffered() == len(text) {
		c.known.set(text, m, resp)
	}
	return true, nil
}

// bufferedHeader returns the header that has arrived; nil if a part of it has not.
func (c *conn) bufferedHeader() []byte {
	arrived, _ := c.in.Peek(c.in.Buffered()) // all of it is there
	end := bytes.Index(arrived, []byte(endOfHeader))
	if end < 0 {
		return nil
	}
	return arrived[:end+len(endOfHeader)]
}

// readKnown reads the header if it is the known one.
func (c *conn) readKnown(m *Message, into *response) bool {
	k := &c.known
	arrived, _ := c.in.Peek(c.in.Buffered())
	if len(k.text) == 0 || k.method != m.request.Method || !bytes.HasPrefix(arrived, k.text) {
		return false
	}
	_, _ = c.in.Discard(len(k.text)) // it is there
	into.Response, into.body.left = k.response, k.length
	return true
}

// set makes the header of a response the known one, if it says how long the body is.
func (k *knownHeader) set(text []byte, m *Message, resp *http.Response) {
	if resp.ContentLength < 0 || len(resp.TransferEncoding) > 0 || len(resp.Trailer) > 0 {
		return
	}
	k.text, k.method, k.response, k.length = append(k.text[:0], text...), m.request.Method, *resp, resp.ContentLength
	k.response.Body = nil
	if resp.Body == http.NoBody {
		k.length = 0
	}
}
