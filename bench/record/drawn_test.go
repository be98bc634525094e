package record

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// What merges is drawn whole: a field that is never drawn could be lost in a merge, and no test would fail.
func TestEveryFieldIsDrawn(t *testing.T) {
	for of, missing := range map[string]unseen{
		"Slice": unseenIn(drawSlice), "Totals": unseenIn(drawTotals), "Ledger": unseenIn(drawLedger), "Harness": unseenIn(drawHarness),
	} {
		for name := range missing {
			t.Errorf("%s%s is never drawn", of, name)
		}
	}
}

// unseenIn draws many values, the same ones each time.
func unseenIn[T any](draw func(*rapid.T) *T) unseen {
	u := unseen{}
	u.add("", reflect.TypeFor[T]())
	for seed := range 300 {
		u.see("", reflect.ValueOf(rapid.Custom(draw).Example(seed)))
	}
	return u
}

// unseen are the fields that were zero in every value so far, by their path.
type unseen map[string]bool

func (u unseen) add(path string, of reflect.Type) {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Map || of.Kind() == reflect.Slice {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct || of == reflect.TypeFor[Hist]() {
		u[path] = true
		return
	}
	for i := range of.NumField() {
		u.add(path+"."+of.Field(i).Name, of.Field(i).Type)
	}
}

func (u unseen) see(path string, v reflect.Value) {
	switch {
	case v.IsZero():
	case v.Type() == reflect.TypeFor[*Hist]():
		delete(u, path)
	case v.Kind() == reflect.Pointer:
		u.see(path, v.Elem())
	case v.Kind() == reflect.Map:
		for _, key := range v.MapKeys() {
			u.see(path, v.MapIndex(key))
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			u.see(path, v.Index(i))
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			u.see(path+"."+v.Type().Field(i).Name, v.Field(i))
		}
	default:
		delete(u, path)
	}
}
