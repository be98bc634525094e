package auth

import (
	"context"
	"net/http"
	"testing"

	"weighbridge/target"
)

func TestHeaderOfTheAPIKey(t *testing.T) {
	for header, want := range map[string]http.Header{
		"":              {"Authorization": {"Bearer k"}},
		"authorization": {"Authorization": {"Bearer k"}},
		"x-api-key":     {"X-Api-Key": {"k"}},
		"api-key":       {"Api-Key": {"k"}},
	} {
		scheme, err := New(target.Auth{Scheme: "apikey", Header: header}, Options{Defaults: Credentials{Key: "k"}})
		if err != nil {
			t.Fatal(err)
		}
		got := http.Header{}
		if err := scheme.Authorize(context.Background(), got); err != nil || len(got) != 1 || got.Get(keyHeader(want)) != want.Get(keyHeader(want)) {
			t.Errorf("%q: %v (%v), want %v", header, got, err, want)
		}
	}
}

func keyHeader(h http.Header) string {
	for name := range h {
		return name
	}
	return ""
}
