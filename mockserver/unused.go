package mockserver

import (
	"net"
	"net/http"
	"sync"
)

// unused is the connections that were dialled and never sent a request. Clients
// make them in bursts, and http.Server.Shutdown waits five seconds for each.
type unused struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// watch is an http.Server's ConnState.
func (u *unused) watch(conn net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if state != http.StateNew {
		delete(u.conns, conn)
		return
	}
	if u.conns == nil {
		u.conns = map[net.Conn]struct{}{}
	}
	u.conns[conn] = struct{}{}
}

// close closes them all: no request is lost with them.
func (u *unused) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for conn := range u.conns {
		// Its client may have closed it first; either way it is gone.
		_ = conn.Close()
	}
}
