package record_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"weighbridge/bench/record/recordtest"
)

// A program for JSON that writes a record anew chooses its own escapes, digits and order of keys.
func TestARecordThatAnotherProgramWroteAnew(t *testing.T) {
	rec := recordtest.Record(recordtest.Small())
	rec.Scenario.Title = "p99 < 250 & café \u2028"
	rec.Arms[0].Blocks[0].Open.StartMS, rec.Arms[0].Blocks[0].Open.DurationMS = 1e6, 1.5e-9
	raw := written(t, rec)
	fraction := regexp.MustCompile(`e-(\d),`)
	for name, c := range map[string]struct {
		anew   func(text string) string
		differ bool
	}{
		"jq, which writes few escapes":        {anew: func(text string) string { return plainly(t, text, "  ") }},
		"sorted keys":                         {anew: func(text string) string { return plainly(t, sorted(t, text), "\t") }},
		"Python, which escapes all but ASCII": {anew: func(text string) string { return strings.ReplaceAll(plainly(t, text, "    "), "é", `\u00e9`) }},
		"two digits of an exponent":           {anew: func(text string) string { return fraction.ReplaceAllString(text, "e-0$1,") }},
		"a fraction of a whole number": {anew: func(text string) string {
			return strings.Replace(text, `"start_ms":1000000`, `"start_ms":1000000.0`, 1)
		}},
		"another text": {differ: true, anew: func(text string) string { return plainly(t, strings.Replace(text, "café", "cafe", 1), " ") }},
		"another number": {differ: true, anew: func(text string) string {
			return plainly(t, strings.Replace(text, `"start_ms":1000000`, `"start_ms":1000001`, 1), " ")
		}},
		"a key given twice": {differ: true, anew: func(text string) string {
			return strings.Replace(text, `"complete":`, `"complete":false,"complete":`, 1)
		}},
		"another checksum first": {differ: true, anew: func(text string) string {
			return `{"checksum":"sha256:` + strings.Repeat("0", 64) + `",` + text[1:]
		}},
	} {
		text := c.anew(string(raw))
		if text == string(raw) {
			t.Errorf("%s: nothing was written otherwise", name)
		}
		back, err := readText([]byte(text))
		switch {
		case c.differ && (err == nil || !strings.Contains(err.Error(), "the record is damaged")):
			t.Errorf("%s: %v, expected that it is damaged", name, err)
		case !c.differ && err != nil:
			t.Errorf("%s: %v", name, err)
		case !c.differ && !bytes.Equal(written(t, back), raw):
			t.Errorf("%s: it is read as another record", name)
		}
	}
}

// plainly is a JSON text with only the escapes that it needs.
func plainly(t *testing.T, text, indent string) string {
	t.Helper()
	for escape, plain := range map[string]string{`\u003c`: "<", `\u003e`: ">", `\u0026`: "&", `\u2028`: "\u2028"} {
		text = strings.ReplaceAll(text, escape, plain)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(text), "", indent); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// sorted is a JSON text with the keys of all objects in the order of the alphabet.
func sorted(t *testing.T, text string) string {
	t.Helper()
	from := json.NewDecoder(strings.NewReader(text))
	from.UseNumber()
	var v any
	if err := from.Decode(&v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
