package transport

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// decoded returns a reader that undoes the content coding of a body. Requests ask for none, but some proxies
// compress unasked. Codings other than gzip and deflate are an error. A part of a compressed stream counts as
// arrived once enough compressed bytes have arrived to decode it.
func decoded(h http.Header, source io.Reader) (io.Reader, error) {
	switch coding := strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding"))); coding {
	case "", "identity":
		return source, nil
	case "gzip", "x-gzip":
		return &lazyReader{source: source, open: func(r *bufio.Reader) (io.Reader, error) { return gzip.NewReader(r) }}, nil
	case "deflate":
		return &lazyReader{source: source, open: openDeflate}, nil
	default:
		return nil, contractError(fmt.Sprintf("the response is compressed with %.40q, which is not decoded here: expected no compression, gzip or deflate", coding))
	}
}

// openDeflate reads zlib's format (RFC 9110 §8.4.1.2), or the bare one that some servers send.
func openDeflate(r *bufio.Reader) (io.Reader, error) {
	const windowed, deflated = 0xf0, 0x08
	head, err := r.Peek(2)
	if err != nil {
		return nil, err
	}
	if head[0]&^windowed == deflated && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(r)
	}
	return flate.NewReader(r), nil
}

// lazyReader opens a decoder at the first read, because opening one reads from the source already. A source
// without any bytes is an empty body.
type lazyReader struct {
	source  io.Reader
	open    func(*bufio.Reader) (io.Reader, error)
	decoder io.Reader
}

func (l *lazyReader) Read(p []byte) (int, error) {
	if l.decoder == nil {
		buffered := bufio.NewReader(l.source)
		if _, err := buffered.Peek(1); err != nil {
			return 0, err
		}
		decoder, err := l.open(buffered)
		if err != nil {
			return 0, decodeError(err)
		}
		l.decoder = decoder
	}
	n, err := l.decoder.Read(p)
	return n, decodeError(err)
}

// decodeError returns err, or a contractError if the coding is broken rather than the connection.
func decodeError(err error) error {
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) ||
		errors.Is(err, zlib.ErrHeader) || errors.Is(err, zlib.ErrChecksum) || errors.Is(err, zlib.ErrDictionary) {
		return contractError(fmt.Sprintf("the response cannot be decoded: %v", err))
	}
	return err
}
