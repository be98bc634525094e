package hits

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// encoder encodes one hit and writes it.
type encoder func(*Hit) error

// format is how a file of hits is written.
type format struct {
	// open writes the header, if the format has one, and returns the encoder.
	open func(io.Writer) (encoder, error)
	gzip bool
}

// formatOf returns the format that the file's extensions name.
func formatOf(path string) (format, error) {
	stem, zipped := strings.CutSuffix(path, ".gz")
	switch filepath.Ext(stem) {
	case ".csv":
		return format{openCSV, zipped}, nil
	case ".jsonl", ".ndjson":
		return format{openJSON, zipped}, nil
	case ".gob", ".vegeta":
		return format{openVegeta, zipped}, nil
	}
	return format{}, fmt.Errorf("%s: expected a file name that ends in %s, optionally followed by .gz", path, strings.Join(extensions(), ", "))
}

// extensions returns the file name extensions of the formats. Each may be followed by .gz.
func extensions() []string { return []string{".csv", ".jsonl", ".ndjson", ".gob", ".vegeta"} }

// CheckPath returns an error if the path's extension names no format.
func CheckPath(path string) error {
	_, err := formatOf(path)
	return err
}

// PathFor inserts -name before the extensions: hits.csv.gz for a becomes hits-a.csv.gz.
func PathFor(path, name string) string {
	stem, zipped := strings.CutSuffix(path, ".gz")
	ext := filepath.Ext(stem)
	if zipped {
		return strings.TrimSuffix(stem, ext) + "-" + name + ext + ".gz"
	}
	return strings.TrimSuffix(stem, ext) + "-" + name + ext
}

// openCSV writes CSV (RFC 4180) with a header. Unknown values are empty.
func openCSV(w io.Writer) (encoder, error) {
	all := columns()
	var names []string
	for _, c := range all {
		names = append(names, c.name)
	}
	_, err := io.WriteString(w, strings.Join(names, ",")+"\n")
	var line, value []byte
	return func(h *Hit) error {
		line = line[:0]
		for i, c := range all {
			if i > 0 {
				line = append(line, ',')
			}
			if value = c.appendTo(value[:0], h); bytes.ContainsAny(value, "\",\r\n") {
				value = slices.Concat([]byte{'"'}, bytes.ReplaceAll(value, []byte{'"'}, []byte{'"', '"'}), []byte{'"'})
			}
			line = append(line, value...)
		}
		_, err := w.Write(append(line, '\n'))
		return err
	}, err
}

// openJSON writes JSON Lines. Every object has every field; unknown values are null.
func openJSON(w io.Writer) (encoder, error) {
	all := columns()
	var line, value []byte
	return func(h *Hit) error {
		line = line[:0]
		for i, c := range all {
			line = append(line, ',', '"')
			if i == 0 {
				line[0] = '{'
			}
			line = append(append(line, c.name...), '"', ':')
			value = c.appendTo(value[:0], h)
			switch {
			case c.isText:
				quoted, err := json.Marshal(string(value))
				if err != nil {
					return err
				}
				line = append(line, quoted...)
			case len(value) == 0:
				line = append(line, "null"...)
			default:
				line = append(line, value...)
			}
		}
		_, err := w.Write(append(line, '}', '\n'))
		return err
	}, nil
}

// openVegeta writes vegeta's own encoding. A hit's timestamp is when its first prompt
// was due, and its latency is measured from then, so that vegeta's figures include
// every wait. Its attack name is the arm and the phase.
func openVegeta(w io.Writer) (encoder, error) {
	encode := vegeta.NewEncoder(w)
	return func(h *Hit) error {
		r := vegeta.Result{
			Attack: h.Arm + " " + h.Phase, Seq: h.Seq, Code: uint16(min(max(h.Status, 0), math.MaxUint16)),
			Timestamp: h.Run.Add(h.Due), Latency: h.response(),
			BytesOut: uint64(max(h.BodySent, 0)), BytesIn: uint64(max(h.BodyReceived, 0)),
		}
		if h.Class != "" {
			r.Error = h.Class + ": " + h.Error
		}
		return encode(&r)
	}, nil
}
