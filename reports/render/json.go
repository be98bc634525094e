package render

import (
	"encoding/json"
	"io"

	"weighbridge/reports/summary"
)

// JSON prints the summary on one line, so that several can follow each other.
func JSON(w io.Writer, s summary.Summary) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return out.Encode(s)
}
