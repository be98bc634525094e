package transport

import (
	"bytes"
	"strconv"
)

// messages tells headers from bodies in one direction of an HTTP/1.1 connection
// (RFC 9112 §2.1): a head up to the empty line, then as many bytes of body as its
// Content-Length says. A chunked body ends with the chunk of length 0; its framing
// counts as header, its data as body.
type messages struct {
	bytes *bytesCounter

	line    []byte // of the head or of a chunk's framing, so far
	left    int    // bytes of body, or of a chunk, still to come
	length  int    // Content-Length of this head
	chunked bool
	state   messageState
}

type messageState int

const (
	inHead      messageState = iota
	inBody                   // left bytes
	atChunk                  // the line that gives a chunk's length
	inChunk                  // left bytes
	afterChunk               // the line end behind a chunk
	afterChunks              // trailers, up to the empty line
)

func (m *messages) count(p []byte) {
	for len(p) > 0 {
		if m.state == inBody || m.state == inChunk {
			n := min(m.left, len(p))
			m.bytes.body.Add(uint64(n))
			p = p[n:]
			if m.left -= n; m.left == 0 {
				m.bodyDone()
			}
			continue
		}
		end := bytes.IndexByte(p, '\n') + 1
		if end == 0 {
			m.line = append(m.line, p...)
			m.bytes.header.Add(uint64(len(p)))
			return
		}
		m.bytes.header.Add(uint64(end))
		line := p[:end]
		if len(m.line) > 0 {
			line = append(m.line, line...)
		}
		p = p[end:]
		m.take(bytes.TrimRight(line, "\r\n"))
		m.line = m.line[:0]
	}
}

func (m *messages) bodyDone() {
	if m.state == inChunk {
		m.state = afterChunk
		return
	}
	m.state = inHead
}

// take acts on one whole line.
func (m *messages) take(line []byte) {
	switch m.state {
	case inHead:
		m.headLine(line)
	case atChunk:
		size, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseInt(string(bytes.TrimSpace(size)), 16, 32)
		m.left, m.state = int(n), inChunk
		if err != nil || n <= 0 {
			m.state = afterChunks
		}
	case afterChunk:
		m.state = atChunk
	case afterChunks:
		if len(line) == 0 {
			m.state = inHead
		}
	}
}

func (m *messages) headLine(line []byte) {
	if len(line) == 0 {
		m.headDone()
		return
	}
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		return
	}
	switch value = bytes.TrimSpace(value); {
	case bytes.EqualFold(name, []byte("Content-Length")):
		if n, err := strconv.Atoi(string(value)); err == nil && n > 0 {
			m.length = n
		}
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		m.chunked = bytes.EqualFold(value, []byte("chunked"))
	}
}

// headDone is at the empty line: what follows is a body, or the next head.
func (m *messages) headDone() {
	switch {
	case m.chunked:
		m.state = atChunk
	case m.length > 0:
		m.left, m.state = m.length, inBody
	}
	m.length, m.chunked = 0, false
}
