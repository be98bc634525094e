package dialect

import (
	"net/http"
	"strings"
	"testing"

	"weighbridge/bench/bounds"
	"weighbridge/target"
)

// The cost of reading these bodies must not grow with the square of their length.
func TestHostileBodiesAreReadInBoundedTime(t *testing.T) {
	nested := func(open, shut string) string {
		const depth = 9000 // encoding/json refuses 10000
		return strings.Repeat(open, depth) + `"x"` + strings.Repeat(shut, depth)
	}
	completion := func(content string) string {
		return `{"choices":[{"message":{"content":` + content + `},"finish_reason":"stop"}]}`
	}
	for _, c := range []struct {
		name, body string
		status     int
		stream     bool
		class      target.Class
	}{
		{"errors in errors", nested(`{"error":`, `}`), 200, false, target.Server},
		{"errors in errors, streamed", "data: " + nested(`{"error":`, `}`) + "\n\n", 200, true, target.Server},
		{"messages in messages", nested(`{"message":`, `}`), 500, false, target.Server},
		{"lists in lists", completion(nested(`[`, `]`)), 200, false, target.Success},
		{"parts in parts", completion(nested(`{"text":`, `}`)), 200, false, target.Success},
		{"parts in parts, streamed", "data: " + strings.Replace(completion(nested(`{"text":`, `}`)), "message", "delta", 1) + "\n\ndata: [DONE]\n\n", 200, true, target.Success},
		{"a message in a hundred thousand pieces", "<message>" + strings.Repeat("xxxxx<b>", 100_000), 500, false, target.Server},
		{"a page in a hundred thousand pieces", strings.Repeat("xxxxx<b>", 100_000), 500, false, target.Server},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer bounds.Check(t)()
			d, err := New(target.Config{Dialect: "openai", Stream: c.stream})
			if err != nil {
				t.Fatal(err)
			}
			if out := d.Judge(c.status, http.Header{}, []byte(c.body), 1); out.Class != c.class || len(out.Detail) > 2*maxWords {
				t.Errorf("class %q, %.200s; want class %q", out.Class, out.Detail, c.class)
			}
		})
	}
}

// A stream that is one long line costs about as much to follow as to read.
func TestTheEndOfAStreamOfOneLineIsSoughtInBoundedTime(t *testing.T) {
	defer bounds.Check(t)()
	const size, read = 8 << 20, 16 << 10
	body := []byte(`data: {"error": "` + strings.Repeat("x", size))
	d := openai{stream: true}
	for from := 0; from+read <= len(body); from += read {
		if d.Ended(body[:from+read], from) {
			t.Fatalf("ended after %d bytes", from+read)
		}
	}
	for name, tail := range map[string]string{"a line of its own": "\n\ndata: [DONE]", "the same line": " data: [DONE]"} {
		whole := append(body[:len(body):len(body)], tail...)
		if got, want := d.Ended(whole, len(body)), name == "a line of its own"; got != want {
			t.Errorf("[DONE] in %s: ended %v, want %v", name, got, want)
		}
	}
}
