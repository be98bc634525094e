package sdk_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/packages/respjson"
)

// conform checks an answer against the SDK's own description of it: no field it
// calls required is left out (null is there), none has a type it cannot read and
// none is unknown to it. Citations may be missing: the SDK calls them required,
// but text without any is sent without them (WIRE.md, and the SDK's own fixtures).
func conform(t *testing.T, answer any) {
	t.Helper()
	for _, complaint := range complaints(reflect.ValueOf(answer), "") {
		if !strings.HasSuffix(complaint, ".citations is missing") {
			t.Errorf("%T: %s", answer, complaint)
		}
	}
}

// presence is respjson.Field of either SDK.
type presence interface {
	Valid() bool
	Raw() string
}

func complaints(v reflect.Value, path string) []string {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	if v.Kind() == reflect.Slice {
		var all []string
		for i := range v.Len() {
			all = append(all, complaints(v.Index(i), path+"[]")...)
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	if variant := v.MethodByName("AsAny"); variant.IsValid() {
		return complaints(variant.Call(nil)[0], path)
	}
	meta := v.FieldByName("JSON")
	if !meta.IsValid() {
		return nil
	}
	var all []string
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if at := meta.FieldByName(field.Name); field.Name != "JSON" && at.IsValid() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			required := field.Tag.Get("api") == "required" || field.Tag.Get("default") != ""
			all = append(all, complain(at.Interface().(presence), v.Field(i), path+"."+name, required)...)
		}
	}
	if extra := meta.FieldByName("ExtraFields"); extra.IsValid() {
		for _, unknown := range extra.MapKeys() {
			all = append(all, path+"."+unknown.String()+" is unknown")
		}
	}
	return all
}

func complain(at presence, v reflect.Value, path string, required bool) []string {
	switch {
	case at.Valid():
		return complaints(v, path)
	case at.Raw() == respjson.Omitted && required:
		return []string{path + " is missing"}
	case at.Raw() == respjson.Omitted, at.Raw() == respjson.Null:
		return nil
	}
	return []string{path + " is of another type"}
}

// A check that complains of nothing would pass on anything.
func TestConformComplains(t *testing.T) {
	var event anthropic.MessageStreamEventUnion
	err := event.UnmarshalJSON([]byte(`{"type":"content_block_start","index":"many","content_block":{"type":"text","citations":null},"colour":"red"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{".content_block.text is missing", ".index is of another type", ".colour is unknown"}
	if got := complaints(reflect.ValueOf(event), ""); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
