package dialect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"weighbridge/target"
)

const (
	// maxParsed is the longest body, in bytes, that is read as JSON, HTML or XML for its words.
	maxParsed = 1 << 20
	// maxWords is the longest text, in bytes, that is taken from a body. Secrets are taken out of
	// it before it is cut to what is shown.
	maxWords = 16 << 10
	// maxDepth is how deep values are searched for a message or for text. Each step reads again
	// what lies below it.
	maxDepth = 5
)

// refusal is the outcome of a response that is a failure by its status: its detail is the status
// and the server's own words, or where it redirects to. A status that is no failure by itself
// has the class contract.
func refusal(status int, header http.Header, body []byte, prompts int) target.Outcome {
	class := target.ClassOf(status)
	switch {
	case class != target.Success:
		out := failure(class, prompts, "%d %s", status, serverWords(status, header, body))
		out.Fatal = fatal(status, body)
		out.Futile = out.Fatal == target.FatalQuota
		return out
	case status >= 300 && status < 400 && header.Get("Location") != "":
		return failure(target.Contract, prompts, "redirected (%d) to %s", status, cut(header.Get("Location")))
	}
	return failure(target.Contract, prompts, "%d %s, where a success was expected", status, statusText(status))
}

// serverWords returns what a response with a failure status says about the failure: the message
// of a JSON body, the title or text of HTML, the message of XML, the first line of plain text, or
// else the words of the status. The text is raw: it may hold secrets and line breaks.
func serverWords(status int, header http.Header, body []byte) string {
	said := cut(strings.TrimSpace(bodyWords(status, header, body)))
	for _, repeated := range []string{fmt.Sprintf("%d:", status), fmt.Sprint(status)} {
		if rest, ok := strings.CutPrefix(said, repeated); ok && (rest == "" || !startsWithLetterOrDigit(rest)) {
			said = strings.TrimLeft(rest, " :-–")
			break
		}
	}
	if said != "" {
		return said
	}
	if challenge := strings.TrimSpace(header.Get("WWW-Authenticate")); challenge != "" && status == http.StatusUnauthorized {
		return cut(statusText(status) + ": " + challenge)
	}
	return statusText(status)
}

// startsWithLetterOrDigit reports whether a text goes on with the same word.
func startsWithLetterOrDigit(text string) bool {
	c := text[0]
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

// statusText is the words of a status, also of those that no RFC defines but servers use.
func statusText(status int) string {
	switch status {
	case 520, 521, 522, 523, 525, 526, 527: // of Cloudflare: the server behind it failed
		return "the proxy got no valid answer from its server"
	case 524:
		return "the proxy got no answer from its server in time"
	case target.StatusOverloaded:
		return "Overloaded"
	}
	if text := http.StatusText(status); text != "" {
		return text
	}
	return "no reason given"
}

func bodyWords(status int, header http.Header, body []byte) string {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	switch {
	case len(body) == 0:
		return ""
	case !isText(body):
		return notText(status, header, len(body))
	case len(body) > maxParsed:
		return firstTextLine(body)
	}
	if data, ok := firstEventData(body); ok {
		body = data
	}
	switch body[0] {
	case '{', '[', '"':
		if said, ok := jsonWords(body); ok {
			return said
		}
	case '<':
		return markupWords(status, body)
	}
	return firstTextLine(body)
}

// isText reports whether the beginning of a body is text.
func isText(body []byte) bool {
	head := body[:min(len(body), 512)]
	if bytes.IndexByte(head, 0) >= 0 {
		return false
	}
	broken := bytes.Count(bytes.ToValidUTF8(head, []byte{0}), []byte{0})
	return broken <= len(head)/10 // text in another encoding has a few
}

func notText(status int, header http.Header, size int) string {
	kind := header.Get("Content-Encoding")
	if kind == "" {
		kind = header.Get("Content-Type")
	}
	if kind == "" {
		kind = "of no type"
	}
	return fmt.Sprintf("%s (%d bytes, %s, not text)", statusText(status), size, cut(kind))
}

// firstTextLine returns the first line that has a letter or digit; of a Python traceback the last.
func firstTextLine(body []byte) string {
	text := cut(string(body[:min(len(body), maxWords+1)]))
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	if len(lines) > 0 && strings.HasPrefix(strings.TrimSpace(lines[0]), "Traceback (") {
		slices.Reverse(lines)
	}
	for _, line := range lines {
		if strings.ContainsFunc(line, func(r rune) bool { return r > ' ' && !strings.ContainsRune("=-*#_+~", r) }) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// firstEventData returns the first data of a body that is server-sent events, as some servers
// send their errors to clients that asked for a stream.
func firstEventData(body []byte) ([]byte, bool) {
	if !bytes.HasPrefix(body, []byte("data:")) && !bytes.HasPrefix(body, []byte("event:")) {
		return nil, false
	}
	for line := range bytes.Lines(body) {
		if data, ok := bytes.CutPrefix(line, []byte("data:")); ok {
			if data = bytes.TrimSpace(data); len(data) > 0 {
				return data, true
			}
		}
	}
	return nil, false
}

// jsonWords returns the message of a JSON error, or the JSON itself if it has none in a known
// place; false if the body does not begin with JSON. Of several values, as on several lines, the
// first counts.
func jsonWords(body []byte) (string, bool) {
	var raw json.RawMessage
	var parsed any
	if json.NewDecoder(bytes.NewReader(body)).Decode(&raw) != nil || json.Unmarshal(raw, &parsed) != nil {
		return "", false
	}
	if said := messageIn(parsed, 0); said != "" {
		return said, true
	}
	var compact bytes.Buffer
	_ = json.Compact(&compact, raw) // it has just been parsed
	return compact.String(), true
}

// cut shortens a text to maxWords, between words: half of a secret would not be recognised.
func cut(text string) string {
	if len(text) <= maxWords {
		return text
	}
	text = text[:maxWords]
	return strings.TrimSpace(text[:strings.LastIndexAny(text, " \t\r\n")+1])
}
