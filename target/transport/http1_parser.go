package transport

import (
	"bytes"
	"strconv"
)

// http1Parser separates header from body bytes in one direction of an HTTP/1.1
// connection (RFC 9112 §2.1): a header section up to an empty line, then a body of
// Content-Length bytes. A chunked body ends with a chunk of length 0; chunk framing
// counts as header, chunk data as body.
type http1Parser struct {
	bytes *bytesCounter

	line    []byte // an incomplete line of the header section or of chunk framing
	left    int    // bytes of the body or chunk still to come
	length  int    // Content-Length of this message
	chunked bool
	state   http1State
}

type http1State int

const (
	inHeader    http1State = iota
	inBody                 // left bytes to come
	atChunkSize            // the line that gives a chunk's length
	inChunk                // left bytes to come
	afterChunk             // the line terminator after a chunk
	inTrailer              // up to the empty line
)

func (m *http1Parser) count(p []byte) {
	for len(p) > 0 {
		if m.state == inBody || m.state == inChunk {
			n := min(m.left, len(p))
			m.bytes.body.Add(uint64(n))
			p = p[n:]
			if m.left -= n; m.left == 0 {
				m.endBody()
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
		m.handleLine(bytes.TrimRight(line, "\r\n"))
		m.line = m.line[:0]
	}
}

// endBody moves on after the last byte of a body or chunk.
func (m *http1Parser) endBody() {
	if m.state == inChunk {
		m.state = afterChunk
		return
	}
	m.state = inHeader
}

// handleLine handles one complete line, without its terminator.
func (m *http1Parser) handleLine(line []byte) {
	switch m.state {
	case inHeader:
		m.handleHeaderLine(line)
	case atChunkSize:
		size, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseInt(string(bytes.TrimSpace(size)), 16, 32)
		m.left, m.state = int(n), inChunk
		if err != nil || n <= 0 {
			m.state = inTrailer
		}
	case afterChunk:
		m.state = atChunkSize
	case inTrailer:
		if len(line) == 0 {
			m.state = inHeader
		}
	}
}

func (m *http1Parser) handleHeaderLine(line []byte) {
	if len(line) == 0 {
		m.endHeader()
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

// endHeader moves on after the header section: a body or the next message follows.
func (m *http1Parser) endHeader() {
	switch {
	case m.chunked:
		m.state = atChunkSize
	case m.length > 0:
		m.left, m.state = m.length, inBody
	}
	m.length, m.chunked = 0, false
}
