//go:build !unix

package lean

import "net"

// idleCheck cannot look at a socket on this system.
type idleCheck struct{}

func newIdleCheck(net.Conn) idleCheck { return idleCheck{} }

func (idleCheck) quiet() bool { return true }
