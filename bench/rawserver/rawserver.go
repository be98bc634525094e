// Package rawserver serves raw connections, for tests of how clients take answers that no HTTP server would write.
package rawserver

import (
	"context"
	"net"
	"sync"
	"testing"
)

// Serve accepts connections on loopback until the test ends, handles each with serve in a goroutine of its own, and
// closes it afterwards or when the test ends. It returns the address.
func Serve(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				defer context.AfterFunc(ctx, func() { conn.Close() })()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		listener.Close()
		serving.Wait()
	})
	return listener.Addr().String()
}
