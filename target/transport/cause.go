package transport

import (
	"errors"
	"io"
	"regexp"
	"strings"
)

// pairOfAddresses matches the addresses of a broken connection, of which the first is the
// client's own, with a port that differs from one connection to the next.
var pairOfAddresses = regexp.MustCompile(`\S+:\d+->(\S+:\d+)`)

// withoutOwnAddress is the text of an error without the client's own address: errors of the
// same cause have the same text.
func withoutOwnAddress(err error) string {
	return pairOfAddresses.ReplaceAllString(err.Error(), "$1")
}

// causeOf is that text, which says of the end of a connection what it ended.
func causeOf(err error) string {
	text := withoutOwnAddress(err)
	switch {
	case errors.Is(err, errTimeout):
		return "client.timeout has passed"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection ended inside an answer (" + text + ")"
	case errors.Is(err, io.EOF):
		return "the connection ended before an answer (" + text + ")"
	case strings.Contains(text, "tls: certificate required"):
		return text + " (client.tls.cert and client.tls.key are the client's)"
	}
	return text
}
