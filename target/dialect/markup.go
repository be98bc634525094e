package dialect

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/net/html"
)

// markup is the texts of an HTML or XML document, each up to about maxWords.
type markup struct {
	// title is the title of a page; message the message of an XML error, as object stores and SOAP send it.
	title, message strings.Builder
	// text is all other text that a reader would see.
	text strings.Builder
}

// markupWords returns what a page or an XML error says: its message, its title, or its text where
// the title says nothing beyond the status.
func markupWords(status int, body []byte) string {
	var m markup
	m.read(body)
	title, message, text := oneSpaced(m.title.String()), oneSpaced(m.message.String()), oneSpaced(m.text.String())
	switch {
	case message != "":
		return message
	case title == "", text != "" && saysNoMore(status, title):
		return text
	}
	return title
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

// read reads a document, however broken.
func (m *markup) read(body []byte) {
	in := map[string]int{} // how many elements of a name are open
	tokens := html.NewTokenizer(bytes.NewReader(body))
	for {
		switch tokens.Next() {
		case html.ErrorToken: // the end
			return
		case html.StartTagToken:
			name, _ := tokens.TagName()
			in[string(name)]++
		case html.EndTagToken:
			name, _ := tokens.TagName()
			in[string(name)]--
		case html.TextToken:
			m.add(string(tokens.Text()), in)
		}
	}
}

// add puts a piece of text where it belongs, by the elements that it is in.
func (m *markup) add(piece string, in map[string]int) {
	to := &m.text
	switch {
	case in["script"] > 0, in["style"] > 0, in["noscript"] > 0, in["svg"] > 0:
		return
	case in["title"] > 0:
		to = &m.title
	case in["message"] > 0, in["faultstring"] > 0:
		to = &m.message
	}
	if to.Len() < maxWords {
		to.WriteString(piece)
		to.WriteByte(' ')
	}
}

// oneSpaced is a text with each run of white space one space.
func oneSpaced(text string) string { return strings.Join(strings.Fields(text), " ") }
