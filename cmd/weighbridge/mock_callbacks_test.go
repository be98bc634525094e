package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"weighbridge/mockserver/callback"
)

// The mock alone tells the URL that it is given what it bills, signed with the secret that it prints.
func TestCallbacksOfTheMockAlone(t *testing.T) {
	type sent struct{ id, at, signature, body string }
	got := make(chan sent, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- sent{r.Header.Get("Webhook-Id"), r.Header.Get("Webhook-Timestamp"), r.Header.Get("Webhook-Signature"), string(body)}
	}))
	defer receiver.Close()
	m := startMock(t, "--callbacks", receiver.URL+"/usage")
	printed := regexp.MustCompile(`callbacks go to (\S+), signed with whsec_(\S+)`).FindStringSubmatch(strings.Join(m.greeting, "\n"))
	if printed == nil || printed[1] != receiver.URL+"/usage" {
		t.Fatalf("it says %q", m.greeting)
	}
	for _, line := range m.greeting {
		if strings.Contains(line, "/v1/completions") {
			m.curl(t, line)
		}
	}
	c := <-got
	m.end(t)
	key, err := base64.StdEncoding.DecodeString(printed[2])
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	io.WriteString(mac, c.id+"."+c.at+"."+c.body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); c.signature != want || !strings.Contains(c.body, `"output_tokens"`) {
		t.Errorf("%+v, expected the signature %s", c, want)
	}
	quiet := startMock(t, "--set", "mock.callbacks.loss=0.5")
	quiet.end(t)
	if said := quiet.stderr.String(); !strings.Contains(said, "without --callbacks URL they are sent nowhere") {
		t.Errorf("without a URL it says %q", said)
	}
}

func TestWhereCallbacksMayGo(t *testing.T) {
	for address, want := range map[string]string{
		"http://localhost:9000/x": "http://127.0.0.1:9000/x", "http://127.0.0.1": "http://127.0.0.1:80", "http://[::1]:1/": "http://[::1]:1/",
		"http://192.0.2.1:80/": "", "http://example.test/": "", "https://127.0.0.1/": "", "127.0.0.1:80": "", "http://a:b@127.0.0.1/": "", "http://": "", "http://127.0.0.1/%zz": "",
	} {
		got, err := callbacksTo(address)
		if _, usage := err.(usageError); got.URL != want || (err == nil) != (want != "") || err != nil && !usage {
			t.Errorf("%s: %q, %v", address, got.URL, err)
		}
	}
	if got, err := callbacksTo(""); err != nil || got != (callback.Delivery{}) {
		t.Errorf("%+v, %v", got, err)
	}
}
