package transport

import "regexp"

// pairOfAddresses matches the addresses of a broken connection, of which the first is the
// client's own, with a port that differs from one connection to the next.
var pairOfAddresses = regexp.MustCompile(`\S+:\d+->(\S+:\d+)`)

// causeOf is the text of an error without the client's own address: errors of the same cause
// have the same text.
func causeOf(err error) string { return pairOfAddresses.ReplaceAllString(err.Error(), "$1") }
