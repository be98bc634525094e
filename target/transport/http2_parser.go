package transport

import (
	"encoding/binary"
)

// From RFC 9113: the length of the client's connection preface (§3.4) and of a frame
// header (§4.1), and the frame types and flags used here (§6).
const (
	prefaceBytes      = 24
	frameHeaderBytes  = 9
	frameData         = 0x0
	frameHeaders      = 0x1
	frameRSTStream    = 0x3
	frameSettings     = 0x4
	framePushPromise  = 0x5
	frameGoAway       = 0x7
	frameContinuation = 0x9
	flagEndStream     = 0x1
	flagAck           = 0x1
)

// http2Parser separates header from body bytes in one direction of an HTTP/2
// connection. It accepts the bytes in pieces of any size.
type http2Parser struct {
	bytes      *bytesCounter
	streams    *activeStreams
	fromClient bool // the direction whose HEADERS frames open streams

	preface     int // bytes of the preface still to come
	header      [frameHeaderBytes]byte
	headerBytes int // bytes of header received
	left        int // bytes of the payload still to come
}

func (f *http2Parser) count(p []byte) {
	n := min(f.preface, len(p))
	f.preface -= n
	p = p[n:]
	for len(p) > 0 {
		if f.headerBytes < frameHeaderBytes {
			n := copy(f.header[f.headerBytes:], p)
			f.headerBytes += n
			p = p[n:]
			if f.headerBytes == frameHeaderBytes {
				f.beginFrame()
			}
			continue
		}
		n := min(f.left, len(p))
		f.payload(n)
		p = p[n:]
	}
}

// beginFrame handles a frame whose header is complete.
func (f *http2Parser) beginFrame() {
	f.left = int(f.header[0])<<16 | int(f.header[1])<<8 | int(f.header[2])
	kind, flags := f.header[3], f.header[4]
	id := binary.BigEndian.Uint32(f.header[5:]) & (1<<31 - 1)
	switch {
	case kind == frameRSTStream:
		f.streams.end(id)
	case !f.fromClient && kind == framePushPromise:
		f.streams.traffic.pushes.Add(1)
	case !f.fromClient && kind == frameGoAway:
		f.streams.goAway.Store(true)
		f.streams.changed()
	case f.fromClient && kind == frameSettings && flags&flagAck != 0:
		f.streams.settle()
		f.streams.changed()
	case f.fromClient && kind == frameHeaders:
		f.streams.begin(id)
	case !f.fromClient && flags&flagEndStream != 0 && (kind == frameData || kind == frameHeaders):
		f.streams.end(id)
	}
	f.payload(0)
}

// payload counts n bytes of payload; after the last one, a frame header follows.
func (f *http2Parser) payload(n int) {
	switch f.header[3] {
	case frameHeaders, frameContinuation:
		f.bytes.header.Add(uint64(n))
	case frameData:
		f.bytes.body.Add(uint64(n))
	}
	if f.left -= n; f.left == 0 {
		f.headerBytes = 0
	}
}
