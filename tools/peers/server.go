package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"
)

// counts are what a server has done so far.
type counts struct{ answered, connections uint64 }

// serve answers every request with 300 bytes: over HTTP/1.1 and h2c at the first address that it
// prints, over TLS at the second, and at the third over TLS with one stream at a time on each HTTP/2
// connection. For every line that it reads, it prints its counts. It ends with its input.
func serve(in io.Reader, out io.Writer) error {
	var answered, connections atomic.Uint64
	text := []byte(strings.Repeat("x", 300))
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(text) // a client that has gone needs no answer
		answered.Add(1)
	})
	certificate, err := selfSigned()
	if err != nil {
		return err
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	start := func(streams int, secure bool) error {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		fmt.Fprintln(out, listener.Addr())
		s := &http.Server{
			Handler: handler, Protocols: protocols, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}},
			HTTP2: &http.HTTP2Config{MaxConcurrentStreams: streams}, ErrorLog: log.New(io.Discard, "", 0),
			ConnState: func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					connections.Add(1)
				}
			},
		}
		if secure {
			go func() { _ = s.ServeTLS(listener, "", "") }() // it ends with the process
		} else {
			go func() { _ = s.Serve(listener) }()
		}
		return nil
	}
	const usual = 250 // streams, as net/http allows by default
	if err := errors.Join(start(usual, false), start(usual, true), start(1, true)); err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		fmt.Fprintln(out, answered.Load(), connections.Load())
	}
	return nil
}

func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// server is the server in a process of its own.
type server struct {
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	// The addresses: without TLS, with it, and with it for one stream on each connection.
	plain, secure, oneStream string
}

func startServer(ctx context.Context) (*server, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{process: exec.CommandContext(ctx, program, "serve")}
	s.process.Stderr = os.Stderr
	if s.in, err = s.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(out)
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	for _, address := range []*string{&s.plain, &s.secure, &s.oneStream} {
		if _, err := fmt.Fscanln(s.out, address); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *server) url(l load) string {
	switch {
	case l.oneStream():
		return "https://" + s.oneStream + "/"
	case l.protocol == "h2":
		return "https://" + s.secure + "/"
	}
	return "http://" + s.plain + "/"
}

// counts asks the server what it has done so far.
func (s *server) counts() (c counts, err error) {
	if _, err := fmt.Fprintln(s.in); err != nil {
		return c, err
	}
	_, err = fmt.Fscanln(s.out, &c.answered, &c.connections)
	return c, err
}

func (s *server) stop() {
	_ = s.in.Close() // which ends it
	_ = s.process.Wait()
}
