//go:build !linux

package transport

import "net"

// stampedReader is not available on this system: when the kernel received bytes is not known.
type stampedReader struct{ net.Conn }

func newStampedReader(net.Conn) *stampedReader { return nil }

func (r *stampedReader) read(p []byte) (n int, received int64, err error) {
	n, err = r.Read(p)
	return n, 0, err
}
