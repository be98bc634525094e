package transport

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"weighbridge/target/transport/lean"
)

// mostAtOnce is how many bytes are written at once, without the scheduler's knowledge: it cannot stop
// the goroutine meanwhile.
const mostAtOnce = 64 << 10

// stampedConn reads from a TCP connection and tells when the kernel had received what it read.
// One goroutine at a time may read, and one may write.
type stampedConn struct {
	net.Conn
	raw syscall.RawConn
	// receive calls recvmsg(2) with the fields below; they are here so that a read allocates nothing.
	receive func(fd uintptr) (done bool)
	into    []byte
	message message
	n       int
	control []byte
	failed  error
	// asking is writeAndReceive. question is what is asked, unsent the part of it that is not written yet,
	// and asked says that writing has begun.
	asking   func(fd uintptr) (done bool)
	question *lean.Question
	unsent   []byte
	asked    bool
	// writing is sendto, which writes unwritten and shortens it to what is left.
	writing     func(fd uintptr) (done bool)
	unwritten   []byte
	writeFailed error
}

// newStampedConn has the kernel add a time stamp to what a connection receives (SO_TIMESTAMPNS, socket(7)).
// It returns nil if it is not a TCP connection, or if the kernel refuses.
func newStampedConn(conn net.Conn) *stampedConn {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	var refused error
	if err := raw.Control(func(fd uintptr) {
		refused = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_NEW, 1)
	}); err != nil || refused != nil {
		return nil
	}
	r := &stampedConn{Conn: conn, raw: raw}
	r.receive, r.asking, r.writing = r.recvmsg, r.writeAndReceive, r.sendto
	return r
}

func (r *stampedConn) recvmsg(fd uintptr) (done bool) {
	for {
		r.n, r.control, r.failed = r.message.receive(fd, r.into)
		if r.failed != unix.EINTR {
			afterRead(fd)
			return r.failed != unix.EAGAIN
		}
	}
}

// read is Read. received is when the last of the bytes arrived, in ns since 1970; 0 if the kernel
// does not say.
func (r *stampedConn) read(p []byte) (n int, received int64, err error) {
	if len(p) == 0 {
		return 0, 0, nil
	}
	r.into = p
	err = r.raw.Read(r.receive)
	r.into = nil
	return r.received(err)
}

// received returns what recvmsg has read, if waiting for it ended with err.
func (r *stampedConn) received(err error) (n int, at int64, _ error) {
	switch {
	case err != nil:
		return 0, 0, r.fail("read", err)
	case r.failed != nil:
		return 0, 0, r.fail("read", os.NewSyscallError("read", r.failed))
	case r.n == 0:
		return 0, 0, io.EOF
	}
	return r.n, stampOf(r.control), nil
}

// ask is lean.Asker's Ask, and returns what read returns.
func (r *stampedConn) ask(q *lean.Question, into []byte) (n int, received int64, err error) {
	r.into, r.question, r.unsent, r.asked = into, q, q.Text, false
	err = r.raw.Read(r.asking)
	r.into, r.question = nil, nil
	if err == nil && (q.Stale || len(r.unsent) > 0 && r.n == 0) {
		return 0, 0, nil
	}
	return r.received(err)
}

// writeAndReceive is called when there may be something to read, and reports whether there is nothing left to
// wait for. Before it writes the question it reads what has arrived already, because the runtime signals each
// arrival only once. Right after the question it does not read, as no answer can be there yet.
func (r *stampedConn) writeAndReceive(fd uintptr) (done bool) {
	if r.asked {
		return r.recvmsg(fd)
	}
	r.asked = true
	arrived := r.recvmsg(fd)
	if arrived && r.question.Quiet {
		r.question.Stale = true
		return true
	}
	r.question.Begin()
	n, err := write(fd, r.unsent)
	r.question.Sent = max(n, 0)
	r.unsent = r.unsent[r.question.Sent:]
	if err != nil || len(r.unsent) > 0 {
		return true
	}
	r.question.Written()
	return arrived
}

// write is Write.
func (r *stampedConn) write(p []byte) (n int, err error) {
	r.unwritten, r.writeFailed = p, nil
	err = r.raw.Write(r.writing)
	n = len(p) - len(r.unwritten)
	r.unwritten = nil
	switch {
	case err != nil:
		return n, r.fail("write", err)
	case r.writeFailed != nil:
		return n, r.fail("write", os.NewSyscallError("write", r.writeFailed))
	}
	return n, nil
}

func (r *stampedConn) sendto(fd uintptr) (done bool) {
	for len(r.unwritten) > 0 {
		n, err := write(fd, r.unwritten[:min(len(r.unwritten), mostAtOnce)])
		switch err {
		case nil:
			r.unwritten = r.unwritten[n:]
		case unix.EAGAIN:
			return false
		case unix.EINTR:
		default:
			r.writeFailed = err
			return true
		}
	}
	return true
}

// fail returns an error as Read and Write of net.TCPConn do.
func (r *stampedConn) fail(op string, err error) error {
	if outer := (*net.OpError)(nil); errors.As(err, &outer) {
		err = outer.Err
	}
	return &net.OpError{Op: op, Net: r.LocalAddr().Network(), Source: r.LocalAddr(), Addr: r.RemoteAddr(), Err: err}
}

// stampOf returns the time in the control messages of a read.
func stampOf(control []byte) int64 {
	for len(control) > 0 {
		header, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			return 0
		}
		if header.Level == unix.SOL_SOCKET && header.Type == unix.SO_TIMESTAMPNS_NEW && len(data) >= 16 {
			return int64(binary.NativeEndian.Uint64(data))*int64(time.Second) + int64(binary.NativeEndian.Uint64(data[8:]))
		}
		control = rest
	}
	return 0
}
