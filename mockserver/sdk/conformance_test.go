package sdk_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/packages/respjson"
)

// checkConformance checks an answer against the SDK's definition of it: no required field
// is missing (null counts as present), none has a wrong type and none is unknown.
// Citations may be missing: the SDK declares them required, but text without citations is
// sent without the field (as in the SDK's own fixtures).
func checkConformance(t *testing.T, answer any) {
	t.Helper()
	for _, problem := range conformanceErrors(reflect.ValueOf(answer), "") {
		if !strings.HasSuffix(problem, ".citations is missing") {
			t.Errorf("%T: %s", answer, problem)
		}
	}
}

// fieldPresence is the type respjson.Field of either SDK.
type fieldPresence interface {
	Valid() bool
	Raw() string
}

func conformanceErrors(v reflect.Value, path string) []string {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	if v.Kind() == reflect.Slice {
		var all []string
		for i := range v.Len() {
			all = append(all, conformanceErrors(v.Index(i), path+"[]")...)
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	if variant := v.MethodByName("AsAny"); variant.IsValid() {
		return conformanceErrors(variant.Call(nil)[0], path)
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
			all = append(all, fieldErrors(at.Interface().(fieldPresence), v.Field(i), path+"."+name, required)...)
		}
	}
	if extra := meta.FieldByName("ExtraFields"); extra.IsValid() {
		for _, unknown := range extra.MapKeys() {
			all = append(all, path+"."+unknown.String()+" is unknown")
		}
	}
	return all
}

func fieldErrors(at fieldPresence, v reflect.Value, path string, required bool) []string {
	switch {
	case at.Valid():
		return conformanceErrors(v, path)
	case at.Raw() == respjson.Omitted && required:
		return []string{path + " is missing"}
	case at.Raw() == respjson.Omitted, at.Raw() == respjson.Null:
		return nil
	}
	return []string{path + " has a wrong type"}
}

// conformanceErrors finds each kind of error.
func TestConformanceErrors(t *testing.T) {
	var event anthropic.MessageStreamEventUnion
	err := event.UnmarshalJSON([]byte(`{"type":"content_block_start","index":"many","content_block":{"type":"text","citations":null},"colour":"red"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{".content_block.text is missing", ".index has a wrong type", ".colour is unknown"}
	if got := conformanceErrors(reflect.ValueOf(event), ""); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
