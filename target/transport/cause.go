package transport

import (
	"errors"
	"io"
	"regexp"
	"strings"
)

// pairOfAddresses matches the two addresses of a broken connection. The first is the client's own, whose port
// differs from one connection to the next.
var pairOfAddresses = regexp.MustCompile(`\S+:\d+->(\S+:\d+)`)

// withoutOwnAddress is the text of an error without the client's own address, so that errors with the same
// cause have the same text.
func withoutOwnAddress(err error) string {
	return pairOfAddresses.ReplaceAllString(err.Error(), "$1")
}

// causeOf is the text of an error without the client's own address. For a connection that ended, it says
// whether that was before or inside an answer.
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
