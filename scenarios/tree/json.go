package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// JSON returns the node as JSON.
func (n *Node) JSON() []byte {
	var b bytes.Buffer
	writeJSON(&b, n)
	return b.Bytes()
}

func writeJSON(b *bytes.Buffer, n *Node) {
	switch {
	case n == nil || n.Kind == Nothing:
		b.WriteString("null")
	case n.Kind == Scalar:
		b.WriteString(scalarJSON(n))
	case n.Kind == List:
		b.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, item)
		}
		b.WriteByte(']')
	default:
		b.WriteByte('{')
		for i, f := range n.Entries {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quoteJSON(f.Key) + ":")
			writeJSON(b, f.Value)
		}
		b.WriteByte('}')
	}
}

// scalarJSON writes numbers and booleans as they are and anything else as a string.
func scalarJSON(n *Node) string {
	_, err := strconv.ParseFloat(n.Text, 64)
	if !n.Quoted && (err == nil && json.Valid([]byte(n.Text)) || n.Text == "true" || n.Text == "false") {
		return n.Text
	}
	return quoteJSON(n.Text)
}

func quoteJSON(text string) string {
	raw, err := json.Marshal(text)
	if err != nil { // text always marshals
		panic(errors.Join(errors.New("quote for JSON"), err))
	}
	return string(raw)
}

// anything decodes a node into a value of any kind, as JSON has them: numbers are json.Number,
// as written. The steps of the path of a patch lead into the mappings that are there.
func (d *Decoder) anything(v reflect.Value, n *Node, path string) {
	if !d.uniqueInside(n, path) {
		return
	}
	value, err := anyOf(n, v.Interface())
	if err != nil {
		d.Problems.Add(n.At, path, "expected a value that JSON has: %v", err)
		return
	}
	v.SetZero()
	if value != nil {
		v.Set(reflect.ValueOf(value))
	}
}

// uniqueInside reports keys that repeat in a mapping, at any depth.
func (d *Decoder) uniqueInside(n *Node, path string) bool {
	before := d.Problems.Len()
	if n.Kind == Mapping {
		for _, f := range d.Unique(n, path) {
			d.uniqueInside(f.Value, Join(path, f.Key))
		}
	}
	for _, item := range n.Items {
		d.uniqueInside(item, path)
	}
	return d.Problems.Len() == before
}

// anyOf returns the value of a node in the place of before.
func anyOf(n *Node, before any) (any, error) {
	if n.step {
		into := map[string]any{}
		if known, ok := before.(map[string]any); ok {
			maps.Copy(into, known)
		}
		for _, f := range n.Entries {
			value, err := anyOf(f.Value, into[f.Key])
			if err != nil {
				return nil, err
			}
			into[f.Key] = value
		}
		return into, nil
	}
	var value any
	read := json.NewDecoder(bytes.NewReader(n.JSON()))
	read.UseNumber()
	err := read.Decode(&value)
	return value, err
}

// anyNode returns the node of a value that anything decoded.
func anyNode(value any) *Node {
	switch value := value.(type) {
	case nil:
		return &Node{}
	case map[string]any:
		n := &Node{Kind: Mapping}
		for _, key := range slices.Sorted(maps.Keys(value)) {
			n.Entries = append(n.Entries, Entry{Key: key, Value: anyNode(value[key])})
		}
		return n
	case []any:
		n := &Node{Kind: List}
		for _, item := range value {
			n.Items = append(n.Items, anyNode(item))
		}
		return n
	case string:
		return &Node{Kind: Scalar, Text: value, Quoted: true}
	}
	return &Node{Kind: Scalar, Text: fmt.Sprint(value)}
}
