package transport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weighbridge/target"
	"weighbridge/target/outbound"
)

// writePEM writes a block to a file and returns its path.
func writePEM(t *testing.T, kind string, der []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), strings.ToLower(strings.ReplaceAll(kind, " ", "-"))+".pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// identity writes a new certificate and its key.
func identity(t *testing.T, name string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return writePEM(t, "CERTIFICATE", cert), writePEM(t, "PRIVATE KEY", der)
}

// speaks answers with what a request used and what it named.
func speaks(w http.ResponseWriter, r *http.Request) {
	client := ""
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		client = r.TLS.PeerCertificates[0].Subject.CommonName
	}
	fmt.Fprintf(w, "%s %s %s %s", r.Proto, r.Host, client, r.Header.Get("User-Agent"))
}

// securely starts a TLS server whose certificate is for example.com, and returns its address and the
// file of its CA.
func securely(t *testing.T) (address, ca string) {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(speaks))
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), writePEM(t, "CERTIFICATE", server.Certificate().Raw)
}

// network is a client section without limits, under names that lead to an address.
func network(protocol, address string) target.Client {
	c := section(protocol)
	c.UserAgent = "test/1"
	c.Resolve = map[string]string{"example.com": address, "api.example.test": address}
	return c
}

// named is a dialer that may connect to the names of network.
func named() outbound.Dialer {
	return outbound.Dialer{Allowed: outbound.Allowed{{Host: "example.com"}, {Host: "api.example.test"}}}
}

// get sends one request through a new pool.
func get(t *testing.T, c target.Client, d outbound.Dialer, address string) (string, *Connections, error) {
	t.Helper()
	pool, err := NewConnections(c, nil, d)
	if err != nil {
		return "", nil, err
	}
	t.Cleanup(pool.Close)
	_, body, err := post(pool, address, "hello")
	return body, pool, err
}

func TestCertificates(t *testing.T) {
	address, ca := securely(t)
	cert, key := identity(t, "a client")
	for _, c := range []struct {
		name, protocol, host string
		tls                  target.TLS
		want                 string
	}{
		{"a CA of its own", "http/1.1", "example.com", target.TLS{CA: ca}, "HTTP/1.1 example.com  test/1"},
		{"a CA of its own", "http/2", "example.com", target.TLS{CA: ca}, "HTTP/2.0 example.com  test/1"},
		{"the system's CAs", "http/1.1", "example.com", target.TLS{}, "signed by an unknown authority (client.tls.ca is the file of the CA to trust)"},
		{"another name", "http/2", "api.example.test", target.TLS{CA: ca}, "not api.example.test (client.tls.server_name is the name to expect)"},
		{"another name that is expected", "http/2", "api.example.test", target.TLS{CA: ca, ServerName: "example.com"}, "HTTP/2.0 api.example.test  test/1"},
		{"any certificate", "http/1.1", "api.example.test", target.TLS{Insecure: true}, "HTTP/1.1 api.example.test  test/1"},
		{"a client's certificate", "http/1.1", "example.com", target.TLS{CA: ca, Cert: cert, Key: key}, "HTTP/1.1 example.com a client test/1"},
		{"a client's certificate", "http/2", "example.com", target.TLS{CA: ca, Cert: cert, Key: key}, "HTTP/2.0 example.com a client test/1"},
	} {
		t.Run(c.name+" "+c.protocol, func(t *testing.T) {
			section := network(c.protocol, address)
			section.TLS = c.tls
			body, pool, err := get(t, section, named(), "https://"+c.host)
			if body != c.want && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%q (%v), want %s", body, err, c.want)
			}
			if reached := pool.Reached(); len(reached) != 1 || reached[address] != 1 {
				t.Errorf("reached %v, want %s once", reached, address)
			}
		})
	}
}

func TestFilesOfCertificates(t *testing.T) {
	cert, key := identity(t, "a")
	otherCert, otherKey := identity(t, "b")
	missing := filepath.Join(t.TempDir(), "missing.pem")
	for _, c := range []struct {
		tls  target.TLS
		want string
	}{
		{target.TLS{}, ""},
		{target.TLS{CA: cert, Cert: cert, Key: key}, ""},
		{target.TLS{CA: missing}, "client.tls.ca: open " + missing},
		{target.TLS{CA: key}, "client.tls.ca: expected certificates in PEM (-----BEGIN CERTIFICATE-----) in " + key + ", found none"},
		{target.TLS{Cert: missing, Key: key}, "client.tls.cert: open " + missing},
		{target.TLS{Cert: cert, Key: missing}, "client.tls.key: open " + missing},
		{target.TLS{Cert: cert, Key: otherKey}, "client.tls.cert: expected the certificate in " + cert + " and its private key in " + otherKey + ", both in PEM: tls: private key does not match public key"},
		{target.TLS{Cert: cert, Key: otherCert}, "client.tls.cert: expected the certificate in "},
	} {
		err := CheckFiles(c.tls)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%+v: error %v, want %q", c.tls, err, c.want)
		}
	}
}

func TestUnixSockets(t *testing.T) {
	for _, protocol := range []string{"http/1.1", "h2c"} {
		socket := filepath.Join(t.TempDir(), "api.sock")
		listener, err := net.Listen("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewUnstartedServer(http.HandlerFunc(speaks))
		server.Listener.Close()
		server.Listener = listener
		if protocol == "h2c" {
			server.Config.Protocols = &http.Protocols{}
			server.Config.Protocols.SetUnencryptedHTTP2(true)
		}
		server.Start()
		t.Cleanup(server.Close)
		end, err := target.ParseEndpoint("unix://" + socket)
		if err != nil {
			t.Fatal(err)
		}
		body, pool, err := get(t, section(protocol), outbound.Dialer{Socket: end.Socket}, end.Base.String())
		if want := map[string]string{"http/1.1": "HTTP/1.1", "h2c": "HTTP/2.0"}[protocol] + " localhost  "; !strings.HasPrefix(body, want) {
			t.Errorf("%s: %q (%v), want %q", protocol, body, err, want)
		}
		if err := pool.Reach(t.Context(), end.Base); err != nil || pool.Reached()[socket] != 1 {
			t.Errorf("%s: reached %v (%v)", protocol, pool.Reached(), err)
		}
		if _, _, err := get(t, section(protocol), outbound.Dialer{Socket: socket + "2"}, end.Base.String()); err == nil || !strings.Contains(err.Error(), "api.sock2: connect: no such file") {
			t.Errorf("%s: a socket that is not there: %v", protocol, err)
		}
	}
}

// 300 requests at once have as many connections as the server's limit on streams makes necessary, not more.
func TestConnectionsAreAsManyAsStreamsNeed(t *testing.T) {
	for allowed, connections := range map[int]uint64{100: 3, 250: 2, 400: 1} {
		onBoth(t, "h2c", func(t *testing.T, transport string) { testConnectionsFor300(t, transport, allowed, connections) })
	}
}

func testConnectionsFor300(t *testing.T, transport string, allowed int, connections uint64) {
	const requests = 300
	arrived, answer := make(chan struct{}, requests), make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-answer
	}))
	server.Config.Protocols = &http.Protocols{}
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: allowed}
	server.Start()
	t.Cleanup(server.Close)
	c := section("h2c")
	c.Transport, c.InFlight = transport, requests
	pool := connect(t, c, nil)
	ended := make(chan error, requests)
	for range requests {
		go func() {
			_, _, err := post(pool, server.URL, "hello")
			ended <- err
		}()
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range requests {
		select {
		case <-arrived:
		case <-ctx.Done():
			t.Error("not all requests are in flight at once")
		}
	}
	close(answer)
	for range requests {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if traffic := pool.Traffic(); traffic.Connections != connections || traffic.PeakStreams > uint64(allowed) {
		t.Errorf("%d connections of at most %d streams, want %d of %d", traffic.Connections, traffic.PeakStreams, connections, allowed)
	}
}

// Nothing is sent to a proxy that is not allowed, nor through one to a server that is not.
func TestProxiesDoNotWidenWhatIsAllowed(t *testing.T) {
	for _, c := range []struct{ proxy, server, want string }{
		{"http://198.51.100.7:3128", "https://example.com", "host 198.51.100.7 is not on loopback"},
		{"https://proxy.example", "http://example.com", "host proxy.example is not on loopback"},
		{"socks5://proxy.example", "http://127.0.0.1:1", "host proxy.example is not on loopback"},
		{"http://127.1:3128", "http://127.0.0.1:1", `host "127.1": expected an IPv4 address`},
		{"http://127.0.0.1:3128", "https://other.example", "host other.example is not on loopback"},
		{"http://127.0.0.1:3128", "http://other.example", "host other.example is not on loopback"},
		{"socks5://127.0.0.1:3128", "http://other.example", "host other.example is not on loopback"},
		{"http://127.0.0.1:3128", "http://198.51.100.7", "host 198.51.100.7 is not on loopback"},
	} {
		cfg := network("http/1.1", "127.0.0.1")
		cfg.Proxy = target.Text(c.proxy)
		d := named()
		d.Connect = func(_ context.Context, _, address string) (net.Conn, error) {
			t.Errorf("%s through %s connects to %s", c.server, c.proxy, address)
			return nil, io.EOF
		}
		_, pool, err := get(t, cfg, d, c.server)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s through %s: error %v, want %s", c.server, c.proxy, err, c.want)
		}
		if u, _ := url.Parse(c.server); pool.Reach(t.Context(), u) == nil {
			t.Errorf("%s through %s is reached", c.server, c.proxy)
		}
	}
}
