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
}

// events iterates over the events of a body. An event that is not terminated by an
// empty line is ignored, as the standard says.
func events(body []byte) iter.Seq[event] {
	return func(yield func(event) bool) {
		var e event
		hasData := false // true even if the data field is empty
		at := len(body) - len(bytes.TrimPrefix(body, []byte("\ufeff")))
		for at < len(body) {
			line, next, complete := lineAt(body, at)
			if !complete {
				return
			}
			at = next
			if len(line) > 0 {
				hasData = e.addLine(line) || hasData
				continue
			}
			if e.end = at; hasData && !yield(e) {
				return
			}
			e, hasData = event{}, false
		}
	}
}

// lineAt returns the line at an offset, without its terminator, and the offset of
// the next line. Lines end in \n, \r or \r\n; complete is false if this one does
// not end.
func lineAt(body []byte, at int) (line []byte, next int, complete bool) {
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
