package lean

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
)

// Message is a request as it is written. It is built once, and may be sent more than once and
// by several goroutines.
type Message struct {
	request *http.Request // only for its method and for what says how the response is read
	key     hostKey
	head    []byte // the header, without the empty line at its end
	body    []byte
	// safe says that it changes nothing at its server (RFC 9110 §9.2.1) and has no body.
	safe bool
}

// NewMessage writes a request down, and reads its body to the end.
func NewMessage(req *http.Request) (*Message, error) {
	var text bytes.Buffer
	bodiless := req.Body == nil || req.Body == http.NoBody
	if err := req.Write(&text); err != nil {
		return nil, fmt.Errorf("write the request: %w", err)
	}
	head, body, _ := bytes.Cut(text.Bytes(), []byte("\r\n\r\n"))
	return &Message{
		request: req, key: keyOf(req), head: head[:len(head)+len("\r\n")], body: body, safe: bodiless && isSafe(req.Method),
	}, nil
}

// HasHeader reports whether the message has a header of that canonical name.
func (m *Message) HasHeader(name string) bool { return m.request.Header[name] != nil }

func isSafe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

func keyOf(req *http.Request) hostKey {
	address := req.URL.Host
	if req.URL.Port() == "" {
		port := "80"
		if req.URL.Scheme == "https" {
			port = "443"
		}
		address = net.JoinHostPort(req.URL.Hostname(), port)
	}
	return hostKey{req.URL.Scheme, address}
}
