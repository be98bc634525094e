package dialect

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"weighbridge/bench/bounds"
)

// listEvents formats the events of a body, one per line.
func listEvents(body string) string {
	var b strings.Builder
	for e := range events([]byte(body)) {
		fmt.Fprintf(&b, "%s|%q|%d", e.name, e.data, e.end)
		if !e.complete {
			b.WriteString(", incomplete")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestEvents(t *testing.T) {
	for body, want := range map[string]string{
		"":                                      "",
		"data: a\n\n":                           "|\"a\"|9\n",
		"data:a\r\n\r\ndata: b\r\rdata: c\n\n":  "|\"a\"|10\n|\"b\"|19\n|\"c\"|28\n",
		"event: x\nid: 7\ndata: a\ndata: b\n\n": "x|\"a\\nb\"|32\n",
		"data\ndata:\n\n":                       "|\"\\n\"|12\n",
		"event: x\n\ndata: a\n\n":               "|\"a\"|19\n", // the first has no data
		": comment\n\n\ndata:  two\n\n":         "|\" two\"|24\n",
		"\ufeffdata: a\n\n":                     "|\"a\"|12\n",
		"data: a\n\ndata: b\n":                  "|\"a\"|9\n|\"b\"|17, incomplete\n",
		"data: a":                               "|\"a\"|7, incomplete\n",
		"data: a\n\n: comment":                  "|\"a\"|9\n",
	} {
		if got := listEvents(body); got != want {
			t.Errorf("%q: got %s, want %s", body, got, want)
		}
	}
}

// The events do not depend on the line terminator, their offsets ascend within the
// body, and the body is not modified.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("event: a\ndata: b\ndata: c\n\ndata: d\r\n\r\n"))
	f.Add([]byte("\ufeffdata\r\rdata:\n\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		defer bounds.Check(t)()
		original := bytes.Clone(body)
		last := 0
		var first []string
		for e := range events(body) {
			if e.end <= last || e.end > len(body) || e.data == nil {
				t.Fatalf("%q: event %+v after offset %d", body, e, last)
			}
			last = e.end
			first = append(first, e.name+"|"+string(e.data))
		}
		if !bytes.Equal(body, original) {
			t.Fatalf("%q was changed to %q", original, body)
		}
		plain := bytes.ReplaceAll(bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
		var second []string
		for e := range events(plain) {
			second = append(second, e.name+"|"+string(e.data))
		}
		if strings.Join(first, "\n") != strings.Join(second, "\n") {
			t.Errorf("%q: events %q, but %q when every line ends in \\n", body, first, second)
		}
	})
}
