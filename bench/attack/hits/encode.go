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

// encoder writes one hit.
type encoder func(*Hit) error

// format is what the file's name asks for.
type format struct {
	// open makes the encoder and writes what stands before the first hit.
	open func(io.Writer) (encoder, error)
	gzip bool
}

// formatOf reads the format from the name's endings.
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
	return format{}, fmt.Errorf("%s: expected a name that ends in %s, each with .gz or without", path, strings.Join(Endings(), ", "))
}

// Endings are the names' endings that say a format; each may be followed by .gz.
func Endings() []string { return []string{".csv", ".jsonl", ".ndjson", ".gob", ".vegeta"} }

// Check refuses a name whose ending says no format.
func Check(path string) error {
	_, err := formatOf(path)
	return err
}

// Named puts name before the endings: hits.csv.gz for a becomes hits-a.csv.gz.
func Named(path, name string) string {
	stem, zipped := strings.CutSuffix(path, ".gz")
	ext := filepath.Ext(stem)
	if zipped {
		return strings.TrimSuffix(stem, ext) + "-" + name + ext + ".gz"
	}
	return strings.TrimSuffix(stem, ext) + "-" + name + ext
}

// openCSV writes RFC 4180 with a line of names first; what is not known is empty.
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
			if value = c.put(value[:0], h); bytes.ContainsAny(value, "\",\r\n") {
				value = slices.Concat([]byte{'"'}, bytes.ReplaceAll(value, []byte{'"'}, []byte{'"', '"'}), []byte{'"'})
			}
			line = append(line, value...)
		}
		_, err := w.Write(append(line, '\n'))
		return err
	}, err
}

// openJSON writes an object a line, with every field in each; what is not known is null.
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
			value = c.put(value[:0], h)
			switch {
			case c.text:
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

// openVegeta writes vegeta's own encoding. A hit's time stamp is the moment its
// first prompt was due and its latency runs from there, so that what vegeta prints
// leaves no wait out. Its attack is the arm and the phase.
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
