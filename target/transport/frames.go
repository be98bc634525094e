package transport

import (
	"encoding/binary"
	"sync"
)

// Of RFC 9113: the client's preface (§3.4), a frame's head (§4.1), and the types
// and the flag that matter here (§6).
const (
	prefaceBytes      = 24
	frameHeadBytes    = 9
	frameData         = 0x0
	frameHeaders      = 0x1
	frameRSTStream    = 0x3
	frameContinuation = 0x9
	flagEndStream     = 0x1
)

// frames tells headers from bodies in one direction of an HTTP/2 connection,
// frame by frame, however the bytes are cut.
type frames struct {
	bytes   *bytesCounter
	streams *openStreams
	ours    bool // the client's direction, which opens streams

	preface int // bytes of it still to come
	head    [frameHeadBytes]byte
	have    int // bytes of head
	left    int // bytes of the payload still to come
}

func (f *frames) count(p []byte) {
	n := min(f.preface, len(p))
	f.preface -= n
	p = p[n:]
	for len(p) > 0 {
		if f.have < frameHeadBytes {
			n := copy(f.head[f.have:], p)
			f.have += n
			p = p[n:]
			if f.have == frameHeadBytes {
				f.begin()
			}
			continue
		}
		n := min(f.left, len(p))
		f.payload(n)
		p = p[n:]
	}
}

// begin notes a frame whose head is whole.
func (f *frames) begin() {
	f.left = int(f.head[0])<<16 | int(f.head[1])<<8 | int(f.head[2])
	kind, flags := f.head[3], f.head[4]
	id := binary.BigEndian.Uint32(f.head[5:]) & (1<<31 - 1)
	switch {
	case kind == frameRSTStream:
		f.streams.end(id)
	case f.ours && kind == frameHeaders:
		f.streams.begin(id)
	case !f.ours && flags&flagEndStream != 0 && (kind == frameData || kind == frameHeaders):
		f.streams.end(id)
	}
	f.payload(0)
}

// payload takes n bytes off the frame; after its last, the next one's head follows.
func (f *frames) payload(n int) {
	switch f.head[3] {
	case frameHeaders, frameContinuation:
		f.bytes.header.Add(uint64(n))
	case frameData:
		f.bytes.body.Add(uint64(n))
	}
	if f.left -= n; f.left == 0 {
		f.have = 0
	}
}

// openStreams is the requests under way on one connection: opened by the
// client's headers, ended by the server's last frame or by a reset from either side.
type openStreams struct {
	traffic *traffic
	mu      sync.Mutex
	ids     map[uint32]struct{}
}

func (s *openStreams) begin(id uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids[id] = struct{}{}
	s.traffic.sawStreams(uint64(len(s.ids)))
}

func (s *openStreams) end(id uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ids, id)
}
