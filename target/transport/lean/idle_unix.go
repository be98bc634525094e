//go:build unix

package lean

import (
	"crypto/tls"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// idleCheck looks whether anything has arrived on a connection, without waiting.
type idleCheck struct {
	raw    syscall.RawConn // nil if the connection has no socket to look at
	secure net.Conn        // nil without TLS
	look   func(fd uintptr)
	found  *[1]unix.PollFd
}

// sessionTicket is how long the TLS layer may take for what is in its socket.
const sessionTicket = time.Millisecond

func newIdleCheck(c net.Conn) idleCheck {
	check := idleCheck{found: new([1]unix.PollFd)}
	for {
		switch layer := c.(type) {
		case *tls.Conn:
			if check.secure == nil { // the outermost: below it may be that of a proxy
				check.secure = layer
			}
			c = layer.NetConn()
			continue
		case interface{ NetConn() net.Conn }:
			c = layer.NetConn()
			continue
		case syscall.Conn:
			check.raw, _ = layer.SyscallConn() // nil if it has none
		}
		break
	}
	found := check.found
	check.look = func(fd uintptr) {
		found[0] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
		for {
			if _, err := unix.Poll(found[:], 0); err != unix.EINTR {
				return
			}
		}
	}
	return check
}

// quiet reports whether the connection is open and nothing has arrived that belongs to no
// request.
func (c idleCheck) quiet() bool {
	if c.raw == nil {
		return true
	}
	if err := c.raw.Control(c.look); err != nil {
		return false
	}
	switch {
	case c.found[0].Revents == 0:
		return true
	case c.secure == nil:
		return false
	}
	return c.quietAboveTLS()
}

// quietAboveTLS reads what has arrived: a session ticket says nothing about the connection, a
// closing alert ends it.
func (c idleCheck) quietAboveTLS() bool {
	if c.secure.SetReadDeadline(time.Now().Add(sessionTicket)) != nil {
		return false
	}
	var one [1]byte
	_, err := c.secure.Read(one[:])
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout() && c.secure.SetReadDeadline(time.Time{}) == nil
}
