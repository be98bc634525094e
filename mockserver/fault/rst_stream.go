package fault

import (
	"net/http"
	"reflect"
)

// RSTStream aborts an HTTP/2 stream with a code of one's own. HTTP/1.1 has no
// streams: its connection is reset.
type RSTStream struct {
	When `yaml:",inline"`
	// Code is the error code of RFC 9113, section 7: no_error, protocol_error, internal_error, flow_control_error, stream_closed, cancel, enhance_your_calm or http_1_1_required; default internal_error.
	Code string `yaml:"code" check:"enum=no_error|protocol_error|internal_error|flow_control_error|stream_closed|cancel|enhance_your_calm|http_1_1_required"`
	// At is where the answer breaks off: before_headers, after_headers, or mid_body, after half the bytes; default before_headers.
	At string `yaml:"at" check:"enum=before_headers|after_headers|mid_body"`
}

// Spoil ends the reply in an RST_STREAM.
func (f RSTStream) Spoil(r *Reply, _ Draw) {
	r.resetAt(f.At, codeOf(f.Code))
	r.dealt("rst_stream")
}

// Code is the error code of an RST_STREAM frame, one over that of RFC 9113,
// section 7, so that the zero Code is none.
type Code uint32

// The codes that have a use of their own here.
const (
	InternalError Code = 0x2 + 1
	StreamRefused Code = 0x7 + 1
)

// codeOf is a code by its name; any other is INTERNAL_ERROR.
func codeOf(name string) Code {
	for i, known := range [...]string{
		"no_error", "protocol_error", "internal_error", "flow_control_error", "settings_timeout",
		"stream_closed", "frame_size_error", "refused_stream", "cancel", "compression_error",
		"connect_error", "enhance_your_calm", "inadequate_security", "http_1_1_required",
	} {
		if name == known {
			return Code(i) + 1
		}
	}
	return InternalError
}

// AbortStream is Abort with the code that the RST_STREAM of HTTP/2 has. The
// request must have come through NewListener and ConnContext; from elsewhere
// its code is INTERNAL_ERROR, as that is all that net/http sends.
func AbortStream(w http.ResponseWriter, r *http.Request, code Code) {
	c, ok := r.Context().Value(connKey{}).(*conn)
	if id := streamID(w); ok && code != 0 && r.ProtoMajor == 2 && id != 0 {
		c.frames.recode(id, uint32(code-1))
	}
	Abort(w, r)
}

// streamID is the HTTP/2 stream that w answers on, 0 where it cannot be told.
// net/http has no word for it: its type keeps it at w.rws.stream.id, which is
// read and never written. A Go that keeps it elsewhere fails the tests.
func streamID(w http.ResponseWriter) uint32 {
	for {
		layer, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		w = layer.Unwrap()
	}
	v := reflect.ValueOf(w)
	for _, field := range [...]string{"rws", "stream", "id"} {
		if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
			return 0
		}
		v = v.Elem().FieldByName(field)
	}
	if v.Kind() != reflect.Uint32 {
		return 0
	}
	return uint32(v.Uint())
}
