package fault_test

import (
	"net/http"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/net/http2"

	"weighbridge/mockserver/fault"
)

func codes() map[string]http2.ErrCode {
	return map[string]http2.ErrCode{
		"no_error": http2.ErrCodeNo, "protocol_error": http2.ErrCodeProtocol, "internal_error": http2.ErrCodeInternal,
		"flow_control_error": http2.ErrCodeFlowControl, "settings_timeout": http2.ErrCodeSettingsTimeout,
		"stream_closed": http2.ErrCodeStreamClosed, "frame_size_error": http2.ErrCodeFrameSize,
		"refused_stream": http2.ErrCodeRefusedStream, "cancel": http2.ErrCodeCancel, "compression_error": http2.ErrCodeCompression,
		"connect_error": http2.ErrCodeConnect, "enhance_your_calm": http2.ErrCodeEnhanceYourCalm,
		"inadequate_security": http2.ErrCodeInadequateSecurity, "http_1_1_required": http2.ErrCodeHTTP11Required,
		"": http2.ErrCodeInternal,
	}
}

func TestRSTStreamHasItsCode(t *testing.T) {
	for name, want := range codes() {
		address := serve(t, &waits{}, func() *fault.Reply {
			r := whole("abcd")
			fault.RSTStream{Code: name, At: "mid_body"}.Spoil(r, first)
			if !slices.Equal(r.Dealt, []string{"rst_stream"}) {
				t.Errorf("dealt %v", r.Dealt)
			}
			return r
		})
		if got := talkHTTP2(t, address); got.reset == nil || *got.reset != want || got.body != "ab" || got.header[":status"] != "200" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Streams of one connection that end at once keep to their own codes, and those
// that end well to their answers.
func TestRSTStreamsDoNotMixUpTheirCodes(t *testing.T) {
	serverConfig, clientConfig := secured(t)
	for name, secure := range map[string]bool{"cleartext": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			const streams = 60
			come := make(chan struct{}, streams)
			all := make(chan struct{})
			handler := func(w http.ResponseWriter, r *http.Request) {
				n, err := strconv.Atoi(r.URL.Path[1:])
				if err != nil {
					t.Error(err)
				}
				if come <- struct{}{}; len(come) == streams {
					close(all)
				}
				<-all
				if n < 14 {
					fault.AbortStream(w, r, fault.Code(n+1))
				}
				if n == 14 {
					fault.Abort(w, r)
				}
				_, _ = w.Write([]byte(r.URL.Path))
			}
			var f *framer
			if secure {
				f = dialHTTP2(t, overTLS(t, listen(t, serverConfig, handler), clientConfig))
			} else {
				f = dialHTTP2(t, dial(t, listen(t, nil, handler)))
			}
			asked := map[uint32]int{}
			for i := range streams {
				asked[f.ask(t, "/"+strconv.Itoa(i%20))] = i % 20
			}
			heard := f.hear(t, streams)
			for id, n := range asked {
				got := heard[id]
				switch {
				case n < 14 && (got.reset == nil || *got.reset != http2.ErrCode(n)),
					n == 14 && (got.reset == nil || *got.reset != http2.ErrCodeInternal),
					n > 14 && (got.reset != nil || got.body != "/"+strconv.Itoa(n)):
					t.Errorf("stream %d asked for %d: %+v", id, n, got)
				}
			}
		})
	}
}

// layered is a ResponseWriter with another below it, as middleware makes them.
type layered struct{ http.ResponseWriter }

func (l layered) Unwrap() http.ResponseWriter { return l.ResponseWriter }

func TestRSTStreamThroughLayers(t *testing.T) {
	address := listen(t, nil, func(w http.ResponseWriter, r *http.Request) {
		fault.AbortStream(layered{layered{w}}, r, fault.StreamRefused)
	})
	if got := talkHTTP2(t, address); got.reset == nil || *got.reset != http2.ErrCodeRefusedStream {
		t.Errorf("%+v", got)
	}
}
