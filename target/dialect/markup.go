package dialect

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/net/html"
)

// markup is the texts of an HTML or XML document.
type markup struct {
	// title is that of a page; message that of an XML error, as object stores and SOAP send it.
	title, message string
	// text is all other text that a reader would see.
	text string
}

// markupWords returns what a page or an XML error says: its message, its title, or its text where
// the title says nothing beyond the status.
func markupWords(status int, body []byte) string {
	m := readMarkup(body)
	switch {
	case m.message != "":
		return m.message
	case m.title == "", m.text != "" && saysNoMore(status, m.title):
		return m.text
	}
	return m.title
}

// saysNoMore reports whether a title has nothing but the status, its words and the word error.
func saysNoMore(status int, title string) bool {
	rest := strings.ToLower(title)
	for _, known := range []string{strings.ToLower(http.StatusText(status)), fmt.Sprint(status), "error", "response", "http", "code"} {
		if known != "" {
			rest = strings.ReplaceAll(rest, known, "")
		}
	}
	return strings.Trim(rest, " \t\r\n:-–|!.") == ""
}

// readMarkup reads a document, however broken.
func readMarkup(body []byte) markup {
	var m markup
	var text strings.Builder
	in := map[string]int{}
	tokens := html.NewTokenizer(bytes.NewReader(body))
	for {
		switch tokens.Next() {
		case html.ErrorToken: // the end
			m.text = oneSpaced(text.String())
			return m
		case html.StartTagToken:
			name, _ := tokens.TagName()
			in[string(name)]++
		case html.EndTagToken:
			name, _ := tokens.TagName()
			in[string(name)]--
			text.WriteByte(' ')
		case html.TextToken:
			m.add(string(tokens.Text()), in, &text)
		}
	}
}

// add puts a piece of text where it belongs, by the elements that it is in.
func (m *markup) add(piece string, in map[string]int, text *strings.Builder) {
	switch {
	case in["script"] > 0, in["style"] > 0, in["noscript"] > 0, in["svg"] > 0:
	case in["title"] > 0:
		m.title = oneSpaced(m.title + " " + piece)
	case in["message"] > 0, in["faultstring"] > 0:
		m.message = oneSpaced(m.message + " " + piece)
	case text.Len() < maxWords:
		text.WriteString(piece)
		text.WriteByte(' ')
	}
}

// oneSpaced is a text with each run of white space one space.
func oneSpaced(text string) string { return strings.Join(strings.Fields(text), " ") }
