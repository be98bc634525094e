package transport

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// message is what recvmsg(2) fills in. It is kept for the next call: those of package unix allocate
// with every one.
type message struct {
	header  unix.Msghdr
	buffer  unix.Iovec
	control [64]byte // a struct timespec with its header, and room to spare
}

// receive reads into p, which is not empty, and returns the control messages of what it read. The call never
// blocks, so the Go scheduler need not know of it. If it did, each call of a process that mostly waits would
// wake up the scheduler's monitoring thread, which costs more than the call.
func (m *message) receive(fd uintptr, p []byte) (n int, control []byte, err error) {
	m.buffer.Base = &p[0]
	m.buffer.SetLen(len(p))
	m.header.Iov, m.header.Control = &m.buffer, &m.control[0]
	m.header.SetIovlen(1)
	m.header.SetControllen(len(m.control))
	got, _, failed := unix.RawSyscall(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&m.header)), unix.MSG_DONTWAIT)
	m.buffer.Base = nil
	if failed != 0 {
		return 0, nil, failed
	}
	return int(got), m.control[:m.header.Controllen], nil
}
