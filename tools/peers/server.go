package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"
)

// serve answers every request with 300 bytes: over HTTP/1.1 and h2c at the first address that it
// prints, and over TLS at the second. For every line that it reads, it prints how many requests it
// has answered. It ends with its input.
func serve(in io.Reader, out io.Writer) error {
	var answered atomic.Uint64
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
	s := &http.Server{
		Handler: handler, Protocols: protocols, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}},
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 250},
	}
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	secure, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = s.Serve(plain) }() // both end with the process
	go func() { _ = s.ServeTLS(secure, "", "") }()
	fmt.Fprintln(out, plain.Addr())
	fmt.Fprintln(out, secure.Addr())
	for lines := bufio.NewScanner(in); lines.Scan(); {
		fmt.Fprintln(out, answered.Load())
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
	process       *exec.Cmd
	in            io.WriteCloser
	out           *bufio.Reader
	plain, secure string
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
	if _, err := fmt.Fscanln(s.out, &s.plain); err != nil {
		return nil, err
	}
	_, err = fmt.Fscanln(s.out, &s.secure)
	return s, err
}

func (s *server) url(l load) string {
	if l.protocol == "h2" {
		return "https://" + s.secure + "/"
	}
	return "http://" + s.plain + "/"
}

// answered is how many requests the server has answered so far.
func (s *server) answered() (n uint64, err error) {
	if _, err := fmt.Fprintln(s.in); err != nil {
		return 0, err
	}
	_, err = fmt.Fscanln(s.out, &n)
	return n, err
}

func (s *server) stop() {
	_ = s.in.Close() // which ends it
	_ = s.process.Wait()
}
