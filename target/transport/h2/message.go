package h2

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/http2/hpack"
)

// Message is a request as it is sent. It is built once, and may be sent more than once and by
// several goroutines.
type Message struct {
	request *http.Request // only for what says how the response is read
	fields  []hpack.HeaderField
	body    []byte
}

// Trace is told when the events of a request happen, by several goroutines.
type Trace interface {
	// GotConn is called when the request has a connection.
	GotConn(conn net.Conn, reused bool, idle time.Duration)
	// Written is called when the request has been written.
	Written()
	// FirstByte is called when the header of a response has arrived, interim or final.
	FirstByte()
	// Interim is called after each interim response (1xx). Its error ends the request.
	Interim(status int) error
}

// NewMessage writes a request down, and reads its body to the end.
func NewMessage(req *http.Request) (*Message, error) {
	m := &Message{request: req}
	if req.Body != nil && req.Body != http.NoBody {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, fmt.Errorf("read the body of the request: %w", err)
		}
		m.body = body
	}
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	authority, err := httpguts.PunycodeHostPort(host)
	if err != nil {
		return nil, fmt.Errorf("write the request: %w", err)
	}
	method := req.Method
	if method == "" {
		method = http.MethodGet
	}
	m.add(":authority", authority)
	m.add(":method", method)
	m.add(":path", req.URL.RequestURI())
	m.add(":scheme", req.URL.Scheme)
	for name, values := range req.Header {
		if err := m.addHeader(name, values); err != nil {
			return nil, err
		}
	}
	switch {
	case len(m.body) > 0:
		m.add("content-length", strconv.Itoa(len(m.body)))
	case method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch:
		m.add("content-length", "0")
	}
	return m, nil
}

func (m *Message) add(name, value string) {
	m.fields = append(m.fields, hpack.HeaderField{Name: name, Value: value})
}

// addHeader adds a header in canonical form. Those of the connection have no place in HTTP/2 (RFC
// 9113 §8.2.2).
func (m *Message) addHeader(name string, values []string) error {
	lower := strings.ToLower(name)
	switch lower {
	case "host", "content-length", "connection", "proxy-connection", "transfer-encoding", "upgrade", "keep-alive":
		return nil
	}
	for _, value := range values {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return fmt.Errorf("write the request: the header %q is not valid", name)
		}
		m.add(lower, value)
	}
	return nil
}

// With returns a message with more headers, none of which m has.
func (m *Message) With(more http.Header) (*Message, error) {
	if len(more) == 0 {
		return m, nil
	}
	all := *m
	all.fields = m.fields[:len(m.fields):len(m.fields)]
	for name, values := range more {
		if err := all.addHeader(name, values); err != nil {
			return nil, err
		}
	}
	return &all, nil
}

// HasHeader reports whether the message has a header of that canonical name.
func (m *Message) HasHeader(name string) bool { return m.request.Header[name] != nil }
