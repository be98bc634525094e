// Package seal keeps a JSON object whole: a checksum shows that its content has changed,
// and a check against a Go type that it has the keys of the type, all of them and no others.
package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

// Append returns the object, which is not empty and has no white space, with its checksum.
func Append(object []byte) []byte {
	sealed := append([]byte{}, object[:len(object)-1]...)
	return append(sealed, opening+Sum(object)[len(algorithm):]+closing...)
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
