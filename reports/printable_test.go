package reports

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"weighbridge/bench/record/reasons"
	"weighbridge/reports/reportstest"
)

// What comes from a file can neither control a terminal, nor begin a line with a command to a
// CI service, nor add markup.
func TestTextsOfARecordCannotCommand(t *testing.T) {
	t.Parallel()
	const nasty = "::stop-commands::x ##[group]y\n::error file=a::no\r::warning::z \x1b[2J\u009b31m\u202e <script>alert(1)</script> | `a` \\| " +
		"far far far far far far far far far far far far far far far far far far far far far far far far far ::add-mask::q\x00"
	j := reportstest.Judged(reportstest.Regressed())
	rec := j.Record
	rec.Scenario.Title, rec.Scenario.About, rec.Stopped, rec.Complete = nasty, nasty, nasty, false
	rec.Env.CPU, rec.Tool = nasty, nasty
	rec.Warnings = append(rec.Warnings, nasty)
	for i := range rec.Arms {
		rec.Arms[i].Name += nasty
		rec.Arms[i].Protocol = nasty
		rec.Arms[i].Failures = []reasons.Failure{{Phase: "open", Class: "server", Status: 500, Words: nasty, Count: 3, Example: nasty + "2"}}
	}
	for i := range j.RunVerdict.Rules {
		j.RunVerdict.Rules[i].Name, j.RunVerdict.Rules[i].Why = nasty, nasty
	}
	outputs := map[string]string{}
	for _, format := range []string{"table", "markdown", "csv", "html", "junit"} {
		outputs[format] = string(reported(t, format, j))
	}
	for _, format := range []string{"text", "markdown", "junit"} {
		var out bytes.Buffer
		if err := WriteVerdict(&out, Screen{}, format, j, true); err != nil {
			t.Fatal(err)
		}
		outputs["verdict as "+format] = out.String()
	}
	files, err := Folder(j)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name, ".png") {
			outputs[file.Name] = string(file.Bytes)
		}
	}
	for what, text := range outputs {
		if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && unicode.IsControl(r) || r == '\u202e' }); i >= 0 {
			t.Errorf("%s has an unprintable character: %q", what, text[max(0, i-30):min(len(text), i+30)])
		}
		markup := strings.Contains(what, "html") || strings.Contains(what, "markdown") || strings.Contains(what, ".md") || strings.Contains(what, ".svg")
		if markup && strings.Contains(text, "<script>alert") || strings.Contains(text, "##[group") {
			t.Errorf("%s has markup or a command in it", what)
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(strings.TrimSpace(line), "::") {
				t.Errorf("%s has the line %q", what, line)
			}
		}
	}
	for _, line := range Annotations(j) {
		if strings.ContainsAny(line, "\n\r") || !strings.HasPrefix(line, "::error title=") && !strings.HasPrefix(line, "::warning title=") {
			t.Errorf("the annotation is %q", line)
		}
	}
	if rec.Scenario.Title != nasty {
		t.Error("printing has changed the record")
	}
}
