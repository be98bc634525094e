package render

import "testing"

func TestMarkdownText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"error_rate < 0.01":       "error_rate &lt; 0.01", // within a word it is no markup
		"_a_ and __b__":           `\_a\_ and \_\_b\_\_`,
		"# heading":               `\# heading`,
		"see #12 and @octocat":    "see #<!-- -->12 and @<!-- -->octocat",
		"a | b \\ `c` *d* [e](f)": "a \\| b \\\\ \\`c\\` \\*d\\* \\[e\\](f)",
		"a\nb":                    "a b",
		"~ means ~~nothing~~":     `~ means \~\~nothing\~\~`,
		"a & <b>":                 "a &amp; &lt;b&gt;",
		"mail a@b.example":        "mail a@<!-- -->b.example",
	} {
		if got := markdownText(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
