package dialect

import (
	"bytes"
	"iter"
)

// event is one server-sent event (WHATWG HTML §9.2).
type event struct {
	name string
	data []byte
	// end is the offset in the body just after the event.
	end int
	// complete is false for an event at the end of the body without an empty line after it,
	// which the standard ignores and many clients accept.
	complete bool
}

// events iterates over the events of a body that have data, even if that is empty.
func events(body []byte) iter.Seq[event] {
	return func(yield func(event) bool) {
		var e event
		hasData := false
		at := len(body) - len(bytes.TrimPrefix(body, []byte("\ufeff")))
		for at < len(body) {
			line, next := lineAt(body, at)
			at = next
			if len(line) > 0 {
				hasData = e.addLine(line) || hasData
				continue
			}
			if e.end, e.complete = at, true; hasData && !yield(e) {
				return
			}
			e, hasData = event{}, false
		}
		if e.end = at; hasData {
			yield(e)
		}
	}
}

// lineAt returns the line at an offset, without its terminator, and the offset of
// the next line. Lines end in \n, \r or \r\n; the last one may not.
func lineAt(body []byte, at int) (line []byte, next int) {
	length := bytes.IndexAny(body[at:], "\r\n")
	if length < 0 {
		return body[at:], len(body)
	}
	next = at + length + 1
	if body[next-1] == '\r' && next < len(body) && body[next] == '\n' {
		next++
	}
	return body[at : at+length], next
}

// startOfLine returns the offset at which the line begins that holds the offset at.
func startOfLine(body []byte, at int) int { return bytes.LastIndexAny(body[:at], "\r\n") + 1 }

// addLine adds a line to the event and reports whether it is a data field.
func (e *event) addLine(line []byte) (isData bool) {
	field, value, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		value = []byte{}
	}
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(field) {
	case "event":
		e.name = string(value)
	case "data":
		if e.data == nil { // nearly always there is only one line: no copy
			e.data = value[:len(value):len(value)]
			return true
		}
		e.data = append(append(e.data, '\n'), value...)
		return true
	}
	return false
}
