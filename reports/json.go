package reports

import (
	"encoding/json"
	"io"
)

// writeJSON prints the summary as one line, so that those of several records can follow each other.
func writeJSON(w io.Writer, s Summary) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return out.Encode(s)
}
