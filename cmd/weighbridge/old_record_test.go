package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// The record and its summary were written before records kept the thresholds of validity.
// Since then summaries may have got more keys, and warnings other words. What its rule measured, low and high
// are those of the arm nearest its limit by the intervals of bench/stat as they are now.
func TestOldRecordIsReportedWithTheSameFigures(t *testing.T) {
	folder := filepath.Join("..", "..", "bench", "record", "testdata", "without-validity")
	raw, err := os.ReadFile(filepath.Join(folder, "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"report", "--format", "json", folder}, strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	var want, got any
	if err := errors.Join(json.Unmarshal(raw, &want), json.Unmarshal([]byte(out.String()), &got)); err != nil {
		t.Fatal(err)
	}
	expectContains(t, "", got, want)
}

// expectContains checks that got has every value of want, at the same place in the JSON.
func expectContains(t *testing.T, path string, got, want any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		delete(want, "warnings")
		for key, value := range want {
			expectContains(t, path+"."+key, object[key], value)
		}
	case []any:
		list, _ := got.([]any)
		if len(list) != len(want) {
			t.Errorf("%s: %d elements, want %d", path, len(list), len(want))
			return
		}
		for i, value := range want {
			expectContains(t, path+"[]", list[i], value)
		}
	default:
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
}
