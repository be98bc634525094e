package fault

import (
	"encoding/binary"
	"slices"
	"sync"
)

// frames watches the HTTP/2 frames that a server writes, and gives the
// RST_STREAM of a stream another error code. Writes come one after another;
// recode may come at any time.
type frames struct {
	begun, speaksHTTP2 bool
	// header is that of the frame being written (RFC 9113, section 4.1), of which have bytes are known.
	header [frameHeader]byte
	have   int
	// left is how much of its payload is still to come.
	left int
	// code replaces the payload where recoding.
	code     [4]byte
	recoding bool

	mu sync.Mutex
	// codes wait for the RST_STREAM of their stream. One whose client went away
	// first waits until the connection ends: streams are never used again.
	codes map[uint32]uint32
}

const (
	// frameHeader is the size of a frame's header: 3 bytes of length, type, flags, 4 bytes of stream.
	frameHeader = 9
	// rstStream is the type of RST_STREAM, whose payload is an error code of 4 bytes (section 6.4).
	rstStream = 0x3
)

// recode makes code the error code of the stream's RST_STREAM.
func (f *frames) recode(stream, code uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.codes == nil {
		f.codes = map[uint32]uint32{}
	}
	f.codes[stream] = code
}

// pass is what to write in the place of p, which is left as it is.
func (f *frames) pass(p []byte) []byte {
	if !f.begun && len(p) > 0 {
		// A server begins with SETTINGS, which are under 64 KiB, and so with a 0
		// where HTTP/1.1 says "HTTP".
		f.begun, f.speaksHTTP2 = true, p[0] == 0
	}
	if !f.speaksHTTP2 {
		return p
	}
	out := p
	for at := 0; at < len(p); {
		if f.left == 0 {
			n := copy(f.header[f.have:], p[at:])
			at += n
			if f.have += n; f.have == frameHeader {
				f.open()
			}
			continue
		}
		n := min(f.left, len(p)-at)
		if f.recoding {
			if &out[0] == &p[0] {
				out = slices.Clone(p)
			}
			copy(out[at:at+n], f.code[len(f.code)-f.left:])
		}
		f.left -= n
		at += n
	}
	return out
}

// open begins the payload of the frame whose header is complete.
func (f *frames) open() {
	f.have = 0
	f.left = int(binary.BigEndian.Uint32(f.header[:4]) >> 8)
	f.recoding = false
	if f.header[3] != rstStream || f.left != len(f.code) {
		return
	}
	stream := binary.BigEndian.Uint32(f.header[5:]) & (1<<31 - 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	code, ok := f.codes[stream]
	if ok {
		delete(f.codes, stream)
		binary.BigEndian.PutUint32(f.code[:], code)
		f.recoding = true
	}
}
