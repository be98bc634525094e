package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

var (
	errNotUTF8   = errors.New("the body is not valid UTF-8")
	errNotObject = errors.New("the body is not a JSON object")
)

// object is a JSON object that keeps the order of its fields. Names are case-sensitive,
// unlike in encoding/json, which accepts Model for model; a duplicate name is an error.
type object struct {
	names  []string
	values map[string]json.RawMessage
}

// readBody is readObject for a request's body, which may not be UTF-8.
func readBody(body []byte) (object, error) {
	if !isUTF8(body) {
		return object{}, errNotUTF8
	}
	return readObject(body)
}

func readObject(raw []byte) (object, error) {
	in := json.NewDecoder(bytes.NewReader(raw))
	first, err := in.Token()
	if err != nil {
		return object{}, notJSON(err)
	}
	if first != json.Delim('{') {
		return object{}, errNotObject
	}
	out := object{values: map[string]json.RawMessage{}}
	for in.More() {
		if err := out.readField(in); err != nil {
			return object{}, err
		}
	}
	if _, err := in.Token(); err != nil {
		return object{}, notJSON(err)
	}
	if _, err := in.Token(); err != io.EOF {
		return object{}, errors.New("the body is not valid JSON: unexpected data after the object")
	}
	return out, nil
}

func (o *object) readField(in *json.Decoder) error {
	token, err := in.Token()
	if err != nil {
		return notJSON(err)
	}
	name, ok := token.(string)
	if !ok {
		return errors.New("the body is not valid JSON: a field has no name")
	}
	var value json.RawMessage
	if err := in.Decode(&value); err != nil {
		return notJSON(err)
	}
	if _, twice := o.values[name]; twice {
		return fmt.Errorf("%s: duplicate field", name)
	}
	o.names = append(o.names, name)
	o.values[name] = value
	return nil
}

func notJSON(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("the body is not valid JSON: %w", err)
}

// The functions below parse one value; ok is false if it has another type or is out of range.

func asText(raw json.RawMessage) (text string, ok bool) {
	return text, startsWith(raw, '"') && json.Unmarshal(raw, &text) == nil
}

func asList(raw json.RawMessage) (list []json.RawMessage, ok bool) {
	return list, startsWith(raw, '[') && json.Unmarshal(raw, &list) == nil
}

func asBool(raw json.RawMessage) (yes, ok bool) {
	yes = string(raw) == "true"
	return yes, yes || string(raw) == "false"
}

func asInteger(raw json.RawMessage) (n int64, ok bool) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	return n, err == nil
}

func asNumber(raw json.RawMessage) (x float64, ok bool) {
	if len(raw) == 0 || raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return 0, false
	}
	x, err := strconv.ParseFloat(string(raw), 64)
	return x, err == nil
}

// startsWith reports whether a value begins with first, which tells its JSON type.
func startsWith(raw json.RawMessage, first byte) bool { return len(raw) > 0 && raw[0] == first }
