package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"

	"weighbridge/reports/summary"
)

// JSON prints the summary on one line.
func JSON(w io.Writer, s summary.Summary) error { return writeJSON(w, s) }

// writeJSON prints v on one line. Characters that are not printable, such as the control sequences of
// a terminal, stand as \u escapes: they occur in texts alone.
func writeJSON(w io.Writer, v any) error {
	var raw bytes.Buffer
	to := json.NewEncoder(&raw)
	to.SetEscapeHTML(false)
	if err := to.Encode(v); err != nil {
		return err
	}
	var out strings.Builder
	for _, r := range raw.String() {
		switch {
		case unicode.IsPrint(r) || r == '\n':
			out.WriteRune(r)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}
