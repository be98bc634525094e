package dialect

import (
	"bytes"
	"iter"
)

// event is one of a stream of server-sent events (WHATWG HTML §9.2).
type event struct {
	name string
	data []byte
	// end is the offset behind the event in the body.
	end int
}

// events are those of a body; what stands behind the last empty line is none.
func events(body []byte) iter.Seq[event] {
	return func(yield func(event) bool) {
		var e event
		given := false // a data field, be it empty
		at := len(body) - len(bytes.TrimPrefix(body, []byte("\ufeff")))
		for at < len(body) {
			line, next, whole := lineAt(body, at)
			if !whole {
				return
			}
			at = next
			if len(line) > 0 {
				given = e.take(line) || given
				continue
			}
			if e.end = at; given && !yield(e) {
				return
			}
			e, given = event{}, false
		}
	}
}

// lineAt is the line at an offset, without its end, and the offset of the next. Lines
// end in \n, \r or both; whole is false for one that does not end.
func lineAt(body []byte, at int) (line []byte, next int, whole bool) {
	length := bytes.IndexAny(body[at:], "\r\n")
	if length < 0 {
		return body[at:], len(body), false
	}
	next = at + length + 1
	if body[next-1] == '\r' && next < len(body) && body[next] == '\n' {
		next++
	}
	return body[at : at+length], next, true
}

// take adds a line to the event and reports whether it is data.
func (e *event) take(line []byte) (data bool) {
	field, value, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		value = []byte{}
	}
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(field) {
	case "event":
		e.name = string(value)
	case "data":
		if e.data == nil { // one line, as nearly always: no copy
			e.data = value[:len(value):len(value)]
			return true
		}
		e.data = append(append(e.data, '\n'), value...)
		return true
	}
	return false
}
