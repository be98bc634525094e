// Package seal keeps a JSON object whole: a checksum shows that its content has changed,
// and a check against a Go type that it has the keys of the type, all of them and no others.
package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
)

// Key is the key of the checksum, which is the last member of its object.
const Key = "checksum"

const (
	opening = `,"` + Key + `":"` + algorithm
	closing = `"}`
	// algorithm begins every checksum; 64 hexadecimal digits follow.
	algorithm = "sha256:"
	length    = len(opening) + 2*sha256.Size + len(closing)
)

// Sum is the checksum of an object without white space.
func Sum(object []byte) string {
	sum := sha256.Sum256(object)
	return algorithm + hex.EncodeToString(sum[:])
}

// Writer passes on an object without white space that is written to it in pieces. Close adds the checksum.
type Writer struct {
	to  io.Writer
	sum hash.Hash
	// held is the last byte written: of the object's last it is the brace that the checksum goes before.
	held []byte
}

// NewWriter returns a Writer that writes to w.
func NewWriter(w io.Writer) *Writer { return &Writer{to: w, sum: sha256.New()} }

// Write passes on all but the last byte of what was written so far.
func (w *Writer) Write(piece []byte) (int, error) {
	if len(piece) == 0 {
		return 0, nil
	}
	w.sum.Write(piece)
	if _, err := w.to.Write(w.held); err != nil {
		return 0, err
	}
	last := len(piece) - 1
	w.held = append(w.held[:0], piece[last])
	n, err := w.to.Write(piece[:last])
	if err == nil {
		n++
	}
	return n, err
}

// Close ends the object with its checksum. It does not close what Writer writes to.
func (w *Writer) Close() error {
	_, err := io.WriteString(w.to, opening+hex.EncodeToString(w.sum.Sum(nil))+closing)
	return err
}

// Split returns an object without white space and without its checksum, and the checksum,
// which is "" if the last member of the object is none. Anything but one JSON value is an
// error.
func Split(raw []byte) (object []byte, sum string, err error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return nil, "", err
	}
	object = compact.Bytes()
	at := len(object) - length
	if at < 0 || !bytes.HasPrefix(object[at:], []byte(opening)) || !bytes.HasSuffix(object, []byte(closing)) {
		return object, "", nil
	}
	sum = string(object[at+len(opening)-len(algorithm) : len(object)-len(closing)])
	return append(object[:at], '}'), sum, nil
}
