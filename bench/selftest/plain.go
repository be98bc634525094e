package selftest

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
)

// plainAnswer is the answer to every request: 300 bytes, as a small JSON answer has.
const plainAnswer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 300\r\n\r\n"

// ServePlain answers HTTP/1.1 requests without a body, at once and alike, and with as little work as possible, since it
// shares the machine with what it measures. It writes its URL to out and serves until in is closed.
func ServePlain(in io.Reader, out io.Writer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer listener.Close()
	if _, err := fmt.Fprintf(out, "http://%s\n", listener.Addr()); err != nil {
		return err
	}
	answer := []byte(plainAnswer + strings.Repeat("x", 300))
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerAll(conn, answer)
		}
	}()
	_, err = io.Copy(io.Discard, in)
	return err
}

// answerAll answers the requests of a connection, which come one at a time, until it fails or a request has over 4 KiB.
func answerAll(conn net.Conn, answer []byte) {
	defer conn.Close()
	request := make([]byte, 4<<10)
	for length := 0; length < len(request); {
		n, err := conn.Read(request[length:])
		if err != nil {
			return
		}
		if length += n; !bytes.HasSuffix(request[:length], []byte("\r\n\r\n")) {
			continue
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
		length = 0
	}
}

// StartPlain starts a process that calls ServePlain. It returns the URL, and what ends the process.
type StartPlain func(ctx context.Context) (url string, stop func() error, err error)

// PlainProcess starts the program argv, which must call ServePlain with its standard input and output.
func PlainProcess(argv ...string) StartPlain {
	return func(ctx context.Context) (url string, stop func() error, err error) {
		child := exec.CommandContext(ctx, argv[0], argv[1:]...)
		in, err := child.StdinPipe()
		if err != nil {
			return "", nil, err
		}
		out, err := child.StdoutPipe()
		if err != nil {
			return "", nil, err
		}
		if err := child.Start(); err != nil {
			return "", nil, err
		}
		url, err = bufio.NewReader(out).ReadString('\n')
		stop = func() error { _ = in.Close(); return child.Wait() }
		if err != nil {
			return "", nil, fmt.Errorf("the plain server did not print its URL: %w", cmp.Or(stop(), err))
		}
		return strings.TrimSpace(url), stop, nil
	}
}
