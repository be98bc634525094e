package mockserver_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"weighbridge/mockserver"
	"weighbridge/mockserver/ledger"
)

// hangTimeout is how long a test waits for something that must happen; only if the mock
// hangs does it wait so long.
const hangTimeout = 3 * time.Minute

// attackedMock is a mock under attack.
type attackedMock struct {
	host   *mockserver.Host
	info   mockserver.Info
	arm    mockserver.Arm
	secure bool
	// conns are the attacker's connections, which stay open until the mock is closed.
	conns []net.Conn
}

// attackMock runs attack on a mock with TLS and on one without, while another client
// sends requests over HTTP/1.1 and HTTP/2. All of these, from before the attack until
// after it, when its connections are still open, must be answered with a 200. Then the
// mock must be able to close, must close those connections, and its ledger must add up.
func attackMock(t *testing.T, attack func(t *testing.T, s *attackedMock)) {
	t.Helper()
	t.Parallel() // much of the time is spent waiting for net/http to close connections
	for name, secure := range map[string]bool{"TLS": true, "cleartext": false} {
		t.Run(name, func(t *testing.T) {
			host, err := mockserver.Listen([]mockserver.Instance{{Name: "all", Config: newFreeConfig(), H2C: !secure}}, mockserver.HostOptions{})
			if err != nil {
				t.Fatal(err)
			}
			s := &attackedMock{host: host, info: host.Info(), arm: host.Info().Arms[0], secure: secure}
			defer s.close(t)
			defer s.serveOthers(t)()
			attack(t, s)
		})
	}
}

// serveOthers sends requests until stop is called, and a few more.
func (s *attackedMock) serveOthers(t *testing.T) (stop func()) {
	t.Helper()
	protocols := []string{"h1", "h2c"}
	if s.secure {
		protocols[1] = "h2"
	}
	clients := []*http.Client{newClient(t, s.info, protocols[0]), newClient(t, s.info, protocols[1])}
	var served uint64
	attackEnded, begun := make(chan struct{}), make(chan struct{})
	var serving sync.WaitGroup
	serving.Go(func() {
		for more := 4; more > 0; {
			select {
			case <-attackEnded:
				more--
			case <-time.After(10 * ms): // attacks take their time, and other tests need the cores
			}
			if err := s.sendGoodRequest(clients[served%2]); err != nil {
				t.Errorf("the other client, after %d answers: %v", served, err)
				break
			}
			if served++; served == 2 {
				close(begun)
			}
		}
		if served < 2 {
			close(begun)
		}
	})
	<-begun
	return func() {
		close(attackEnded)
		serving.Wait()
		for _, client := range clients {
			client.CloseIdleConnections()
		}
		if counted := s.readLedger(t).Phases["open"]; counted != served {
			t.Errorf("the other client had %d answers, but %d in the ledger", served, counted)
		}
	}
}

// sendGoodRequest sends a valid request, and returns an error if the answer is not a 200.
func (s *attackedMock) sendGoodRequest(client *http.Client) error {
	r, err := http.NewRequest(http.MethodPost, s.arm.URL+"/v1/completions", strings.NewReader(`{"prompt":"weigh this"}`))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Api-Key", "key")
	r.Header.Set(mockserver.PhaseHeader, "open") // attackers use no phase
	response, err := client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s", response.Status, body)
	}
	return err
}

func (s *attackedMock) readLedger(t *testing.T) ledger.Snapshot {
	t.Helper()
	snapshot, err := s.host.Ledger("all")
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

// close closes the mock. Requests that do not end are aborted when Close's context ends.
func (s *attackedMock) close(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 50*ms)
	defer cancel()
	if err := s.host.Close(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("close: %v", err)
	}
	for _, conn := range s.conns {
		_ = conn.SetDeadline(time.Now().Add(hangTimeout)) // fails if it is closed already
		_, err := io.Copy(io.Discard, conn)
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			t.Errorf("a connection is still open after Close: %v", err)
		}
		_ = conn.Close()
	}
	for hung := time.Now().Add(hangTimeout); ; time.Sleep(ms) { // aborted handlers may not have returned yet
		snapshot := s.readLedger(t)
		if sum := endedAttempts(snapshot); sum == snapshot.Attempts {
			return
		} else if time.Now().After(hung) {
			t.Fatalf("%d attempts, of which %d have ended: %+v", snapshot.Attempts, sum, snapshot)
		}
	}
}

// endedAttempts returns the number of attempts whose end is in the ledger.
func endedAttempts(snapshot ledger.Snapshot) uint64 {
	sum := snapshot.Dropped + snapshot.Gone
	for _, n := range snapshot.Statuses {
		sum += n
	}
	return sum
}

// dialTCP opens a connection, without a TLS handshake.
func (s *attackedMock) dialTCP(t *testing.T) net.Conn {
	t.Helper()
	_, address, _ := strings.Cut(s.arm.URL, "://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(hangTimeout)); err != nil {
		t.Fatal(err)
	}
	s.conns = append(s.conns, conn)
	return conn
}

// dial opens a connection. With TLS it negotiates protocol, h2 or http/1.1.
func (s *attackedMock) dial(t *testing.T, protocol string) net.Conn {
	t.Helper()
	conn := s.dialTCP(t)
	if !s.secure {
		return conn
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(s.info.CAPEM))
	secured := tls.Client(conn, &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", NextProtos: []string{protocol}})
	if err := secured.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.conns[len(s.conns)-1] = secured
	return secured
}

// writeText writes to a connection, which must succeed.
func writeText(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

// readResponse reads a complete response.
func readResponse(t *testing.T, name string, from *bufio.Reader) (*http.Response, []byte) {
	t.Helper()
	response, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Fatalf("%s: no response: %v", name, err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s: incomplete response, %s %q: %v", name, response.Status, body, err)
	}
	return response, body
}

// writeUntilClosed writes text again and again until the mock closes the connection, or
// until it has written bound bytes, and returns the number of bytes written.
func writeUntilClosed(conn net.Conn, text string, bound int) (written int) {
	raw := []byte(text)
	for written < bound {
		n, err := conn.Write(raw)
		written += n
		if err != nil {
			break
		}
	}
	return written
}

// newClient returns a client for HTTP/1.1 (h1) or HTTP/2 (h2).
func (s *attackedMock) newClient(t *testing.T, protocol string) *http.Client {
	t.Helper()
	if protocol == "h2" && !s.secure {
		protocol = "h2c"
	}
	return newClient(t, s.info, protocol)
}

// newRequest returns a valid request, except that it has no credential.
func (s *attackedMock) newRequest(t *testing.T, path string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.arm.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Anthropic-Version", "2023-06-01")
	return r
}
