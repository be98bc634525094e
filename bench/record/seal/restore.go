package seal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Restore returns an object that another program wrote anew as it was first written, without its checksum, if
// the checksum proves that its content is the same. Programs such as jq or Python's json.tool write the same
// texts with other escapes and the same numbers with other digits, and some sort the keys. The object was
// written by encoding/json from a value of type t.
func Restore(raw []byte, t reflect.Type) (object []byte, sum string, ok bool) {
	for _, sorted := range []bool{false, true} {
		r := restorer{tokens: json.NewDecoder(bytes.NewReader(raw)), known: shapes{}, sorted: sorted}
		r.tokens.UseNumber()
		if err := r.value(t, 0); err != nil {
			return nil, "", false
		}
		if r.sum != "" && r.sum == Sum(r.out) {
			return r.out, r.sum, true
		}
	}
	return nil, "", false
}

// restorer writes JSON as encoding/json does, token by token.
type restorer struct {
	tokens *json.Decoder
	known  shapes
	// sorted brings the keys of objects into the order in which encoding/json writes them. Otherwise they keep
	// theirs, which needs no knowledge of them.
	sorted bool
	out    []byte
	// sum is the checksum, which is not written.
	sum string
}

// value writes the next value, of type t, which is nil if that is not known.
func (r *restorer) value(t reflect.Type, depth int) error {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	token, err := r.tokens.Token()
	if err != nil {
		return err
	}
	switch token := token.(type) {
	case json.Delim:
		r.out = append(r.out, token.String()...)
		if token == '[' {
			return r.list(t, depth)
		}
		return r.object(t, depth)
	case json.Number:
		return r.number(token)
	}
	return r.plain(token)
}

// number keeps the digits of whole numbers, which a fraction of 64 bits may not hold.
func (r *restorer) number(n json.Number) error {
	if !strings.ContainsAny(n.String(), ".eE") {
		r.out = append(r.out, n...)
		return nil
	}
	v, err := n.Float64()
	if err != nil {
		return err
	}
	return r.plain(v)
}

func (r *restorer) plain(v any) error {
	text, err := json.Marshal(v)
	r.out = append(r.out, text...)
	return err
}

func (r *restorer) list(t reflect.Type, depth int) error {
	var of reflect.Type
	if t != nil && t.Kind() == reflect.Slice {
		of = t.Elem()
	}
	for i := 0; r.tokens.More(); i++ {
		if i > 0 {
			r.out = append(r.out, ',')
		}
		if err := r.value(of, depth+1); err != nil {
			return err
		}
	}
	return r.end()
}

// end writes the bracket that ends a list or an object.
func (r *restorer) end() error {
	token, err := r.tokens.Token()
	r.out = append(r.out, fmt.Sprint(token)...)
	return err
}

// member is a member of an object as it was written.
type member struct {
	key  string
	text []byte
}

func (r *restorer) object(t reflect.Type, depth int) error {
	var keys shape
	if t != nil && t.Kind() == reflect.Struct {
		keys = r.known.of(t)
	}
	begin := len(r.out)
	var members []member
	seen := map[string]bool{}
	for r.tokens.More() {
		token, err := r.tokens.Token()
		if err != nil {
			return err
		}
		key := fmt.Sprint(token) // always a string
		if seen[key] {
			return &Error{key, "is there twice"}
		}
		seen[key] = true
		if depth == 0 && key == Key {
			if err := r.tokens.Decode(&r.sum); err != nil {
				return err
			}
			continue
		}
		of := keys.fields[key]
		if t != nil && t.Kind() == reflect.Map {
			of = t.Elem()
		}
		m, err := r.member(key, of, depth)
		if err != nil {
			return err
		}
		members = append(members, m)
	}
	if r.sorted {
		slices.SortStableFunc(members, func(a, b member) int {
			if keys.order != nil {
				return slices.Index(keys.order, a.key) - slices.Index(keys.order, b.key)
			}
			return strings.Compare(a.key, b.key)
		})
	}
	r.out = r.out[:begin]
	r.join(members)
	return r.end()
}

// member writes a member after what was written so far, and returns it.
func (r *restorer) member(key string, t reflect.Type, depth int) (member, error) {
	begin := len(r.out)
	if err := r.plain(key); err != nil {
		return member{}, err
	}
	r.out = append(r.out, ':')
	err := r.value(t, depth+1)
	return member{key, slices.Clone(r.out[begin:])}, err
}

func (r *restorer) join(members []member) {
	for i, m := range members {
		if i > 0 {
			r.out = append(r.out, ',')
		}
		r.out = append(r.out, m.text...)
	}
}
