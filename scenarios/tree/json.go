package tree

import (
	"bytes"
	"encoding/json"
	"errors"
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
