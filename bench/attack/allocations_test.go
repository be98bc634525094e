package attack

import (
	"context"
	"net"
	"testing"
	"time"

	"weighbridge/target"
)

// What a request of closed load costs from its prompt to the tally. One each is for the prompt,
// the request, its texts, what an attempt needs, its outcome and the response.
func TestAllocationsOfARequest(t *testing.T) {
	const most = 6 + 3 // the race detector makes pools forget
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go answerAll(listener)
	a := newArm(t, scenario(t, "http://"+listener.Addr().String(), "target.http.method=GET", `target.http.body=""`, "load.closed={in_flight: 1}"), 1)
	under := a.client.Under(context.Background())
	defer under.Close()
	next, send, handed, tl := a.closedRequests(PhaseClosed, 0), a.sender(under), newHandover(), newTally()
	allocs := testing.AllocsPerRun(500, func() {
		r, _ := next()
		handed.enter(r)
		r.exchange = send(r)
		a.logMeasured(r)
		tl.addClosed(r, time.Time{}, r.pickedUp.Add(time.Hour))
		handed.counted(r)
		if r.exchange.Outcome.Class != target.Success {
			t.Fatal(r.exchange.Outcome)
		}
	})
	t.Logf("%v allocations", allocs)
	if allocs > most {
		t.Errorf("%v allocations for a request, want at most %d", allocs, most)
	}
}

// answerAll answers every request of one connection, which come one at a time.
func answerAll(listener net.Listener) {
	conn, err := listener.Accept()
	if err != nil {
		return
	}
	defer conn.Close()
	buffer, answer := make([]byte, 4<<10), []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	for {
		if _, err := conn.Read(buffer); err != nil {
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}
