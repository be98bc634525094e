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

// hangs is how long a test waits for what must come; it passes only where the mock hangs.
const hangs = time.Minute

// siege is a mock under attack.
type siege struct {
	host   *mockserver.Host
	info   mockserver.Info
	arm    mockserver.Arm
	secure bool
	// dialled are the attacker's connections, which are left as they are until the mock ends.
	dialled []net.Conn
}

// besiege has attack strike a mock over TLS and one in the clear, while somebody
// else makes requests over HTTP/1.1 and HTTP/2: from before the attack until after
// it, with all its connections still open, each must be a 200. Then the mock must
// close, end those connections, and have an account that adds up.
func besiege(t *testing.T, attack func(t *testing.T, s *siege)) {
	t.Helper()
	t.Parallel() // much of a siege is waiting for net/http to let go of a connection
	for name, secure := range map[string]bool{"TLS": true, "cleartext": false} {
		t.Run(name, func(t *testing.T) {
			host, err := mockserver.Listen([]mockserver.Instance{{Name: "all", Config: free(), H2C: !secure}}, mockserver.HostOptions{})
			if err != nil {
				t.Fatal(err)
			}
			s := &siege{host: host, info: host.Info(), arm: host.Info().Arms[0], secure: secure}
			defer s.end(t)
			defer s.besides(t)()
			attack(t, s)
		})
	}
}

// besides makes requests until stop, and some more: the mock still answers.
func (s *siege) besides(t *testing.T) (stop func()) {
	t.Helper()
	protocols := []string{"h1", "h2c"}
	if s.secure {
		protocols[1] = "h2"
	}
	clients := []*http.Client{newClient(t, s.info, protocols[0]), newClient(t, s.info, protocols[1])}
	var served uint64
	attacked, begun := make(chan struct{}), make(chan struct{})
	var serving sync.WaitGroup
	serving.Go(func() {
		for more := 4; more > 0; {
			select {
			case <-attacked:
				more--
			default:
			}
			if err := s.serves(clients[served%2]); err != nil {
				t.Errorf("after %d answers to somebody else: %v", served, err)
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
		close(attacked)
		serving.Wait()
		for _, client := range clients {
			client.CloseIdleConnections()
		}
		if counted := s.account(t).Phases["open"]; counted != served {
			t.Errorf("somebody else had %d answers, by the ledger %d", served, counted)
		}
	}
}

// serves says why a good request is not answered 200.
func (s *siege) serves(client *http.Client) error {
	r, err := http.NewRequest(http.MethodPost, s.arm.URL+"/v1/completions", strings.NewReader(`{"prompt":"weigh this"}`))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Api-Key", "key")
	r.Header.Set(mockserver.PhaseHeader, "open") // which no attacker names
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

func (s *siege) account(t *testing.T) ledger.Snapshot {
	t.Helper()
	snapshot, err := s.host.Ledger("all")
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

// end closes the mock. Requests that never end are cut, as Close is told to.
func (s *siege) end(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 50*ms)
	defer cancel()
	if err := s.host.Close(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("close: %v", err)
	}
	for _, conn := range s.dialled {
		_ = conn.SetDeadline(time.Now().Add(hangs)) // fails where it has ended
		_, err := io.Copy(io.Discard, conn)
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			t.Errorf("a connection outlives the mock: %v", err)
		}
		_ = conn.Close()
	}
	for hung := time.Now().Add(hangs); ; time.Sleep(ms) { // handlers that were cut are still to notice
		snapshot := s.account(t)
		if sum := accounted(snapshot); sum == snapshot.Attempts {
			return
		} else if time.Now().After(hung) {
			t.Fatalf("%d attempts, of which %d are accounted for: %+v", snapshot.Attempts, sum, snapshot)
		}
	}
}

// accounted is how many attempts a ledger knows the end of.
func accounted(snapshot ledger.Snapshot) uint64 {
	sum := snapshot.Dropped + snapshot.Gone
	for _, n := range snapshot.Statuses {
		sum += n
	}
	return sum
}

// tcp opens a connection and says nothing.
func (s *siege) tcp(t *testing.T) net.Conn {
	t.Helper()
	_, address, _ := strings.Cut(s.arm.URL, "://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(hangs)); err != nil {
		t.Fatal(err)
	}
	s.dialled = append(s.dialled, conn)
	return conn
}

// dial opens a connection and, where the mock speaks TLS, chooses a protocol: h2 or http/1.1.
func (s *siege) dial(t *testing.T, protocol string) net.Conn {
	t.Helper()
	conn := s.tcp(t)
	if !s.secure {
		return conn
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(s.info.CAPEM))
	secured := tls.Client(conn, &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", NextProtos: []string{protocol}})
	if err := secured.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.dialled[len(s.dialled)-1] = secured
	return secured
}

// say writes to a connection that must take it.
func say(t *testing.T, conn net.Conn, words string) {
	t.Helper()
	if _, err := io.WriteString(conn, words); err != nil {
		t.Fatal(err)
	}
}

// hear reads an answer, whole.
func hear(t *testing.T, name string, from *bufio.Reader) (*http.Response, []byte) {
	t.Helper()
	response, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Fatalf("%s: no answer: %v", name, err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s: half an answer, %s %q: %v", name, response.Status, body, err)
	}
	return response, body
}

// pour says words again and again until the mock hangs up, at most up to a bound
// in bytes, and returns how many it said.
func pour(conn net.Conn, words string, bound int) (said int) {
	raw := []byte(words)
	for said < bound {
		n, err := conn.Write(raw)
		said += n
		if err != nil {
			break
		}
	}
	return said
}

// client is one of the attacker's own, of HTTP/1.1 (h1) or HTTP/2 (h2).
func (s *siege) client(t *testing.T, protocol string) *http.Client {
	t.Helper()
	if protocol == "h2" && !s.secure {
		protocol = "h2c"
	}
	return newClient(t, s.info, protocol)
}

// request is one that lacks nothing but a credential.
func (s *siege) request(t *testing.T, path string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.arm.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Anthropic-Version", "2023-06-01")
	return r
}
