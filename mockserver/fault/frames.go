package fault

import (
	"encoding/binary"
	"slices"
	"sync"
)

// frames parses the HTTP/2 frames that a server writes, and replaces the error codes of
// RST_STREAM frames. rewrite must not be called concurrently; setResetCode may be called
// at any time.
type frames struct {
	started, isHTTP2 bool
	// header is the header of the current frame (RFC 9113, section 4.1); headerRead bytes of it have been written.
	header     [frameHeader]byte
	headerRead int
	// payloadLeft is the number of payload bytes of the current frame that follow.
	payloadLeft int
	// code replaces the payload of the current frame if replacing is set.
	code      [4]byte
	replacing bool

	mu sync.Mutex
	// codes are the error codes by stream ID, until the RST_STREAM is written. If the
	// client leaves before that, the code stays until the connection ends, which is
	// harmless as stream IDs are not reused.
	codes map[uint32]uint32
}

const (
	// frameHeader is the size of a frame header: 3 bytes of length, type, flags, 4 bytes of stream ID.
	frameHeader = 9
	// rstStream is the type of RST_STREAM, whose payload is a 4-byte error code (section 6.4).
	rstStream = 0x3
)

// setResetCode makes code the error code of the stream's RST_STREAM.
func (f *frames) setResetCode(stream, code uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.codes == nil {
		f.codes = map[uint32]uint32{}
	}
	f.codes[stream] = code
}

// rewrite returns what to write instead of p, which it does not change.
func (f *frames) rewrite(p []byte) []byte {
	if !f.started && len(p) > 0 {
		// An HTTP/2 server begins with a SETTINGS frame, whose first length byte is 0;
		// HTTP/1.1 begins with "HTTP".
		f.started, f.isHTTP2 = true, p[0] == 0
	}
	if !f.isHTTP2 {
		return p
	}
	out := p
	for at := 0; at < len(p); {
		if f.payloadLeft == 0 {
			n := copy(f.header[f.headerRead:], p[at:])
			at += n
			if f.headerRead += n; f.headerRead == frameHeader {
				f.beginPayload()
			}
			continue
		}
		n := min(f.payloadLeft, len(p)-at)
		if f.replacing {
			if &out[0] == &p[0] {
				out = slices.Clone(p)
			}
			copy(out[at:at+n], f.code[len(f.code)-f.payloadLeft:])
		}
		f.payloadLeft -= n
		at += n
	}
	return out
}

// beginPayload is called when the header of the current frame is complete.
func (f *frames) beginPayload() {
	f.headerRead = 0
	f.payloadLeft = int(binary.BigEndian.Uint32(f.header[:4]) >> 8)
	f.replacing = false
	if f.header[3] != rstStream || f.payloadLeft != len(f.code) {
		return
	}
	stream := binary.BigEndian.Uint32(f.header[5:]) & (1<<31 - 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	code, ok := f.codes[stream]
	if ok {
		delete(f.codes, stream)
		binary.BigEndian.PutUint32(f.code[:], code)
		f.replacing = true
	}
}
