package tree

import (
	"reflect"
)

// Agree sets each field of v to the value that all the others have. Fields in which they differ
// keep their value; d creates sections that v lacks.
func Agree(v reflect.Value, others []reflect.Value, d *Decoder) {
	switch {
	case v.Kind() == reflect.Pointer:
		var inner []reflect.Value
		for _, other := range others {
			if other.IsNil() {
				return
			}
			inner = append(inner, other.Elem())
		}
		if v.IsNil() {
			v.Set(d.Fresh(v.Type().Elem()))
		}
		Agree(v.Elem(), inner, d)
	case IsSection(v):
		for _, key := range Keys(v.Type()) {
			own, _, _ := FieldOf(v, key)
			var inner []reflect.Value
			for _, other := range others {
				same, _, _ := FieldOf(other, key)
				inner = append(inner, same)
			}
			Agree(own, inner, d)
		}
	default:
		for _, other := range others {
			if !reflect.DeepEqual(other.Interface(), others[0].Interface()) {
				return
			}
		}
		v.Set(others[0])
	}
}
