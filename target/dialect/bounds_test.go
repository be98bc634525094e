package dialect

import (
	"net/http"
	"strings"
	"testing"

	"weighbridge/target"
)

// What is not refused here does not end, or fills the memory.
func TestBodyTemplatesAreBounded(t *testing.T) {
	double := `{{$x := "aaaaaaaa"}}` + strings.Repeat(`{{$x = print $x $x}}`, 60)
	for name, c := range map[string]struct{ body, want string }{
		"range":             {`{{range 2000000000}}{{end}}`, "expected at most 1048576 repetitions"},
		"range that prints": {`{{range 2000000000}}x{{end}}`, "expected at most 1048576 repetitions"},
		"nested ranges":     {strings.Repeat(`{{range 1000}}`, 5) + strings.Repeat(`{{end}}`, 5), "expected at most 1048576 repetitions"},
		"doubled text":      {double, "at most 134217728 bytes of text"},
		"doubled by printf": {`{{$x := "aaaaaaaa"}}` + strings.Repeat(`{{$x = printf "%s%s" $x $x}}`, 60), "at most 134217728 bytes of text"},
		"one argument often": {
			`{{$x := "aaaaaaaa"}}` + strings.Repeat(`{{$x = printf "`+strings.Repeat("%[1]s", 100)+`" $x}}`, 20), "at most 134217728 bytes of text",
		},
		"escapes of escapes": {`{{$x := "<\\"}}` + strings.Repeat(`{{$x = json $x}}`, 60), "at most 134217728 bytes of text"},
		"wide printf":        {`{{printf "%1000000000d" 1}}`, "expected widths of at most 9999"},
		"wide by argument":   {`{{printf "%*d" 1000000 1}}`, "expected widths of at most 9999"},
		"many wide printfs":  {`{{range 1000000}}{{$x := printf "` + strings.Repeat("%9999d", 30) + `" 1}}{{end}}`, "at most 134217728 bytes of text"},
		"calls itself":       {`{{define "a"}}{{template "a"}}{{end}}{{template "a"}}`, `template "a" calls itself`},
		"block calls itself": {`{{block "a" .}}{{template "b" .}}{{end}}{{define "b"}}{{template "a" .}}{{end}}`, "calls itself"},
		"calls that double":  {doublingCalls(40), "expected at most 1048576 repetitions"},
		"long":               {strings.Repeat("x", 100_001), "expected at most 100000 bytes, found 100001"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(httpConfig(target.HTTP{Path: "/", Body: c.body}))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "target.http.body: ") {
				t.Errorf("New = %.300v, want %q", err, c.want)
			}
		})
	}
}

// doublingCalls is n templates, each of which calls the next twice.
func doublingCalls(n int) string {
	name := func(i int) string { return strings.Repeat("t", i+1) }
	var b strings.Builder
	for i := range n {
		b.WriteString(`{{define "` + name(i) + `"}}{{template "` + name(i+1) + `"}}{{template "` + name(i+1) + `"}}{{end}}`)
	}
	return b.String() + `{{define "` + name(n) + `"}}{{end}}{{template "t"}}`
}

// An execution that ran out of its bounds leaves nothing behind for the next.
func TestBodyTemplatesOfManyPrompts(t *testing.T) {
	b, err := newTextTemplate("target.http.body", `{"all": [{{range $i, $p := .Prompts}}{{if $i}}, {{end}}{{json $p}}{{end}}], "q": {{printf "%q" .Prompt}}}`)
	if err != nil {
		t.Fatal(err)
	}
	prompts := make([]string, 1000)
	for i := range prompts {
		prompts[i] = strings.Repeat("word ", 400)
	}
	for range 3 {
		body, err := b.execute(templateData{prompts[0], prompts, 64})
		if err != nil || len(body) < 2_000_000 || !strings.HasSuffix(body, `word "}`) {
			t.Fatalf("%d bytes: %v", len(body), err)
		}
		if _, err := b.execute(templateData{"", []string{strings.Repeat("x", 100<<20)}, 64}); err == nil {
			t.Fatal("a prompt of 100 MiB is accepted")
		}
	}
}

func TestSuccessExpressionsAreBounded(t *testing.T) {
	for name, c := range map[string]struct{ success, want string }{
		"repeat":            {`len(repeat(repeat("a", 1000000), 1000000)) > 0`, "function repeat has no bound"},
		"replace":           {`replace(body, "a", body) == ""`, "function replace has no bound"},
		"reduce":            {`reduce([1, 2], #acc + #acc, 1) > 0`, "function reduce has no bound"},
		"range":             {`count(1..1000000, true) > 0`, "ranges are not allowed"},
		"nested ranges":     {`count(1..1000, count(1..1000, count(1..1000, true) > 0) > 0) > 0`, "ranges are not allowed"},
		"variables":         {`let a = body + body; let b = a + a; b == ""`, "variables are not allowed"},
		"lists of lists":    {`map([1], [#, #]) == []`, "expected a list of constants"},
		"mappings":          {`{"a": body}.a == 1`, "mappings are not allowed"},
		"brackets":          {strings.Repeat("(", 20_000), "expected at most 10000 bytes, found 20000"},
		"not":               {strings.Repeat("not ", 2000) + "true", "exceeds maximum"},
		"pattern":           {`body matches "((a{30}){30}){1,1}"`, ""},
		"long pattern":      {`body matches "(a{10}){90}b{999}"`, "expected a regular expression of at most 1000 steps"},
		"pattern of a body": {`"a" matches body.pattern`, "expected a regular expression in quotes"},
		"decoded items":     {`any(body.items, fromJSON(#).ok)`, "function fromJSON is not allowed for every item"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(httpConfig(target.HTTP{Path: "/", Success: c.success}))
			if c.want == "" {
				if err != nil {
					t.Errorf("New = %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "target.http.success: ") {
				t.Errorf("New = %.300v, want %q", err, c.want)
			}
		})
	}
}

func TestEvaluationIsBounded(t *testing.T) {
	header := http.Header{"Content-Type": {"application/json"}, "Big": {strings.Repeat("x", 100_000)}}
	items := "[" + strings.TrimSuffix(strings.Repeat("1,", 3000), ",") + "]"
	for _, success := range []string{
		`count(body, count(body, count(body, # == 2) == 1) == 1) == 1`,
		`len(` + strings.Repeat(`header["Big"] + `, 200) + `"") > 0`,
	} {
		d := newDialect(t, httpConfig(target.HTTP{Path: "/", Success: success}))
		if got := d.Judge(200, header, []byte(items), 1); got.Class != target.Contract || !strings.Contains(got.Detail, "target.http.success: expected at most") {
			t.Errorf("%.60s: %+v", success, got)
		}
	}
	d := newDialect(t, httpConfig(target.HTTP{Path: "/", Success: `all(body.items, .ok && .n + 1 in [2, 3]) && "x" + body.name == "xy" && len(filter(body.items, .n > 1)) == 1`}))
	if got := d.Judge(200, header, []byte(`{"name": "y", "items": [{"ok": true, "n": 1}, {"ok": true, "n": 2}]}`), 1); got.Class != target.Success {
		t.Errorf("a usual expression: %+v", got)
	}
}
