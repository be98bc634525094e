package fault

import (
	"net/http"
	"reflect"
)

// RSTStream resets an HTTP/2 stream with a given error code. On HTTP/1.1 the connection
// is reset.
type RSTStream struct {
	When `yaml:",inline"`
	// Code is the error code of RFC 9113, section 7: no_error, protocol_error, internal_error, flow_control_error, stream_closed, cancel, enhance_your_calm or http_1_1_required; default internal_error.
	Code string `yaml:"code" check:"enum=no_error|protocol_error|internal_error|flow_control_error|stream_closed|cancel|enhance_your_calm|http_1_1_required"`
	// At is when the reset comes: before_headers, after_headers, or mid_body, which is after half of the body; default before_headers.
	At string `yaml:"at" check:"enum=before_headers|after_headers|mid_body"`
}

// Apply makes the reply end in an RST_STREAM.
func (f RSTStream) Apply(r *Reply, _ Draw) {
	r.resetAt(f.At, codeOf(f.Code))
	r.noteInjected("rst_stream")
}

// Code is the error code of an RST_STREAM frame plus 1, so that the zero Code means that none is
// set. RFC 9113, section 7, lists the error codes.
type Code uint32

// Codes used by name.
const (
	InternalError Code = 0x2 + 1
	StreamRefused Code = 0x7 + 1
)

// codeOf returns the code with a name; InternalError for unknown names.
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

// AbortStream is Abort with the given error code in the RST_STREAM on HTTP/2. The code
// takes effect only on connections of NewListener with ConnContext; on others it is
// INTERNAL_ERROR, the only one that net/http sends.
func AbortStream(w http.ResponseWriter, r *http.Request, code Code) {
	c, ok := r.Context().Value(connKey{}).(*conn)
	if id := streamID(w); ok && code != 0 && r.ProtoMajor == 2 && id != 0 {
		c.frames.setResetCode(id, uint32(code-1))
	}
	Abort(w, r)
}

// streamID returns the ID of the HTTP/2 stream of w, 0 if it cannot be determined. There is no API
// for it, so that it reads the unexported field w.rws.stream.id of net/http. If a version of Go
// moves it, the tests fail.
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
