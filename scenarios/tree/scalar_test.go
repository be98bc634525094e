package tree

import (
	"reflect"
	"testing"
	"time"
)

func TestScalars(t *testing.T) {
	for _, row := range []struct {
		to   any
		text string
		want any
		ok   bool
	}{
		{new(int), "12", 12, true},
		{new(int), "1e3", 1000, true},
		{new(int), "-4", -4, true},
		{new(int), "1.5", 0, false},
		{new(int), "9007199254740993", 9007199254740993, true},
		{new(int), "1e300", 0, false},
		{new(int), "12k", 0, false},
		{new(uint64), "18446744073709551615", uint64(18446744073709551615), true},
		{new(uint64), "1e3", uint64(1000), true},
		{new(uint64), "-1", uint64(0), false},
		{new(float64), "0.25", 0.25, true},
		{new(float64), "1e-3", 0.001, true},
		{new(float64), "nan", 0.0, false},
		{new(float64), "inf", 0.0, false},
		{new(float64), "1e999", 0.0, false},
		{new(bool), "true", true, true},
		{new(bool), "yes", false, false},
		{new(time.Duration), "1m30s", 90 * time.Second, true},
		{new(time.Duration), "0", time.Duration(0), true},
		{new(time.Duration), "5", time.Duration(0), false},
		{new(time.Duration), "1d", time.Duration(0), false},
		{new(string), "5", "5", true},
	} {
		v := reflect.ValueOf(row.to).Elem()
		ok := Set(v, row.text)
		if ok != row.ok || (ok && v.Interface() != row.want) {
			t.Errorf("%q as %s: got %v, %v; want %v, %v", row.text, v.Type(), v.Interface(), ok, row.want, row.ok)
		}
	}
}
