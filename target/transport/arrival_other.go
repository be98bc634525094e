//go:build !linux

package transport

import (
	"net"

	"weighbridge/target/transport/lean"
)

// stampedConn is not available on this system: when the kernel received bytes is not known.
type stampedConn struct{ net.Conn }

func newStampedConn(net.Conn) *stampedConn { return nil }

func (r *stampedConn) read(p []byte) (n int, received int64, err error) {
	n, err = r.Read(p)
	return n, 0, err
}

func (r *stampedConn) write(p []byte) (int, error) { return r.Write(p) }

func (*stampedConn) ask(*lean.Question, []byte) (n int, received int64, err error) {
	return 0, 0, nil
}
