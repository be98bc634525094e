package transport

import (
	"bytes"
	"strconv"
	"sync/atomic"
)

// http1Parser separates header from body bytes in one direction of an HTTP/1 connection
// (RFC 9112 §6.3): a header section up to an empty line, then a body of Content-Length
// bytes, or of chunks, or up to the end of the connection. Chunk framing counts as header,
// chunk data as body.
type http1Parser struct {
	bytes      *bytesCounter
	asked      *lastRequest
	fromServer bool

	line    []byte // the part received of an incomplete line of a header or of chunk framing
	started bool   // the start line of the message has been received
	status  int    // of the response
	left    int    // bytes of the body or chunk still to come
	length  int    // Content-Length of this message; negative if it has none
	framed  bool   // it has a Transfer-Encoding
	chunked bool   // and that ends in chunked
	state   http1State
}

// lastRequest is what the parser of a server's direction needs to know of the client's.
type lastRequest struct{ head atomic.Bool }

// newHTTP1Parsers returns the parsers of the two directions of a connection.
func newHTTP1Parsers(sent, received *bytesCounter) (client, server *http1Parser) {
	asked := &lastRequest{}
	return &http1Parser{bytes: sent, asked: asked, length: -1},
		&http1Parser{bytes: received, asked: asked, length: -1, fromServer: true}
}

// maxLineBytes is how much of a line is looked at.
const maxLineBytes = 64 << 10

type http1State int

const (
	inHeader    http1State = iota
	inBody                 // left bytes to come
	inRest                 // up to the end of the connection
	atChunkSize            // the line that gives a chunk's length
	inChunk                // left bytes to come
	afterChunk             // the line terminator after a chunk
	inTrailer              // up to the empty line
)

func (m *http1Parser) count(p []byte) {
	for len(p) > 0 {
		if m.state == inRest {
			m.bytes.body.Add(uint64(len(p)))
			return
		}
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
			m.line = append(m.line, p[:min(len(p), maxLineBytes-len(m.line))]...)
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
		n, err := strconv.ParseInt(string(bytes.TrimSpace(size)), 16, 0)
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
	switch {
	case !m.started:
		m.handleStartLine(line)
		return
	case len(line) == 0:
		m.endHeader()
		return
	}
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		return
	}
	switch value = bytes.TrimSpace(value); {
	case bytes.EqualFold(name, []byte("Content-Length")):
		if n, err := strconv.Atoi(string(value)); err == nil && n >= 0 {
			m.length = n
		}
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		m.framed = true
		last := value[bytes.LastIndexByte(value, ',')+1:]
		m.chunked = bytes.EqualFold(bytes.TrimSpace(last), []byte("chunked"))
	}
}

// handleStartLine handles a request or status line. Empty lines before it are ignored (§2.2).
func (m *http1Parser) handleStartLine(line []byte) {
	if len(line) == 0 {
		return
	}
	m.started = true
	if !m.fromServer {
		m.asked.head.Store(bytes.HasPrefix(line, []byte("HEAD ")))
		return
	}
	_, status, _ := bytes.Cut(line, []byte(" "))
	m.status, _ = strconv.Atoi(string(status[:min(len(status), 3)])) // 0 if it is no number
}

// endHeader moves on after the header section: a body or the next message follows.
func (m *http1Parser) endHeader() {
	switch {
	case m.fromServer && m.isBodiless():
	case m.chunked:
		m.state = atChunkSize
	case !m.framed && m.length >= 0, !m.fromServer:
		if m.length > 0 {
			m.left, m.state = m.length, inBody
		}
	default:
		m.state = inRest
	}
	m.started, m.status, m.length, m.framed, m.chunked = false, 0, -1, false, false
}

// isBodiless reports whether the response has no body, whatever its header says. What
// follows 101 is another protocol.
func (m *http1Parser) isBodiless() bool {
	switch m.status {
	case 101:
		return false
	case 204, 304:
		return true
	}
	return m.asked.head.Load() || m.status >= 100 && m.status < 200
}
