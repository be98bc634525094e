package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"weighbridge/bench/record/reasons"
	"weighbridge/bench/record/seal"
)

// FileName is the name of the record in a run's folder.
const FileName = "record.json"

// maxBytes is the length of the longest record that is read: 256 arms of 1000 blocks come to less.
const maxBytes = 1 << 30

// Unverified is the warning of a record without a checksum.
const Unverified = "the record has no checksum: that it is undamaged cannot be verified"

// Write writes r and its checksum to path, whole or not at all, as WriteWhole does. It encodes one block
// at a time: a whole record as JSON takes as much memory again as the load did.
func Write(path string, r *Record) error {
	err := writeWhole(path, func(to io.Writer) error {
		sealed := seal.NewWriter(to)
		if err := r.encode(sealed); err != nil {
			return fmt.Errorf("encode the record: %w", err)
		}
		if err := sealed.Close(); err != nil {
			return err
		}
		_, err := to.Write([]byte("\n"))
		return err
	})
	if err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	return nil
}

// encode writes what json.Marshal makes of r, piece by piece.
func (r *Record) encode(to io.Writer) error {
	around := *r
	around.Arms = []Arm{}
	return encodeList(to, around, "arms", r.Arms, func(arm Arm) error {
		around := arm
		around.Blocks = []Block{}
		return encodeList(to, around, "blocks", arm.Blocks, func(block Block) error { return encodeValue(to, block) })
	})
}

// encodeList writes a struct whose list under key is empty, with the items in it. No text of the struct
// can be taken for the key: JSON escapes the quotation marks of texts.
func encodeList[T any](to io.Writer, around any, key string, items []T, encode func(T) error) error {
	raw, err := json.Marshal(around)
	if err != nil {
		return err
	}
	empty := `"` + key + `":[]`
	at := bytes.Index(raw, []byte(empty))
	if at < 0 {
		return fmt.Errorf("expected the empty list %s", empty)
	}
	at += len(empty) - 1
	if items == nil {
		raw, at = slices.Concat(raw[:at-1], []byte("null"), raw[at+1:]), at-1
	}
	if _, err := to.Write(raw[:at]); err != nil {
		return err
	}
	for i, item := range items {
		if i > 0 {
			if _, err := to.Write([]byte(",")); err != nil {
				return err
			}
		}
		if err := encode(item); err != nil {
			return err
		}
	}
	_, err = to.Write(raw[at:])
	return err
}

func encodeValue(to io.Writer, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = to.Write(raw)
	return err
}

// ErrMissing is the error of Read if there is no such file or folder.
var ErrMissing = errors.New("there is no such record")

// Read reads a record from a file, from the folder that holds one, or from stdin for "-". A
// record whose content is not what was written is refused; a program for JSON may have written it
// anew. Those of older versions have no checksum: they get the warning Unverified.
func Read(path string, stdin io.Reader) (*Record, error) {
	raw, name, err := load(path, stdin)
	if err != nil {
		return nil, err
	}
	r, err := decode(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

func load(path string, stdin io.Reader) (raw []byte, name string, err error) {
	if path == "-" {
		raw, err = readBounded(stdin)
		return raw, "standard input", err
	}
	folder := path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, FileName)
	}
	raw, err = readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, path, fmt.Errorf("%s: %w%s", path, ErrMissing, instead(folder))
	}
	return raw, path, err
}

// instead says where there are records in a folder that is none itself; "" if it finds none.
func instead(folder string) string {
	for _, pattern := range []string{filepath.Join("*", FileName), "*.json"} {
		found, err := fs.Glob(os.DirFS(folder), pattern)
		if err != nil || len(found) == 0 {
			continue
		}
		all, one := "*.json", found[0]
		if pattern != all {
			all, one = "*", filepath.Dir(one)
		}
		return fmt.Sprintf("; %s has %d, such as %s", filepath.Join(folder, all), len(found), filepath.Join(folder, one))
	}
	return ""
}

// readFile reads a regular file: a device may never end, and a pipe waits for its writer.
func readFile(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: expected a regular file, found a device or a pipe", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return readBounded(file)
}

func readBounded(source io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(source, maxBytes+1))
	if err == nil && len(raw) > maxBytes {
		return nil, fmt.Errorf("expected a record of at most %d bytes, found more", maxBytes)
	}
	return raw, err
}

func decode(raw []byte) (*Record, error) {
	object, sum, err := seal.Split(raw)
	if err != nil && !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return nil, errors.New("not a record: expected the record.json of a run, or its folder")
	}
	if err != nil {
		return nil, fmt.Errorf("not a record: %w", err)
	}
	var head struct {
		Schema string `json:"schema"`
		Tool   string `json:"tool"`
	}
	if err := json.Unmarshal(object, &head); err != nil {
		return nil, fmt.Errorf("not a record: %w", err)
	}
	if err := checkSchema(head.Schema); err != nil {
		return nil, err
	}
	if sum == "" || sum != seal.Sum(object) {
		if restored, of, ok := seal.Restore(raw, reflect.TypeFor[Record]()); ok {
			object, sum = restored, of
		}
	}
	if err := checkWhole(object, sum, head.Tool); err != nil {
		return nil, err
	}
	var r Record
	if err := json.Unmarshal(object, &r); err != nil {
		return nil, fmt.Errorf("the record is damaged: %w", err)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("the record is damaged: %w", err)
	}
	if sum == "" && !slices.Contains(r.Warnings, Unverified) {
		r.Warnings = append(r.Warnings, Unverified)
	}
	return &r, nil
}

// checkWhole refuses a record whose checksum, if it has one, does not match its content, or that has keys
// which a Record has not. tool is the version that wrote it.
func checkWhole(object []byte, sum, tool string) error {
	if is := seal.Sum(object); sum != "" && sum != is {
		return fmt.Errorf("the record is damaged: its content has the checksum %s, expected %s", is, sum)
	}
	err := seal.CheckKeys(object, reflect.TypeFor[Record]())
	var wrong *seal.Error
	switch {
	case err == nil:
		return nil
	case sum != "":
		return fmt.Errorf("the record was written by another version of weighbridge, %s, and cannot be read by this one: %w", tool, err)
	case errors.As(err, &wrong) && wrong.Path == seal.Key:
		return errors.New("the record is damaged: expected its checksum as the last key, as sha256: and 64 hexadecimal digits")
	}
	return fmt.Errorf("the record is damaged: %w", err)
}

// checkSchema accepts only the version that Write writes. The error says whether another
// version is newer or older.
func checkSchema(schema string) error {
	if schema == Schema {
		return nil
	}
	family, ours, _ := strings.Cut(Schema, "/v")
	name, theirs, _ := strings.Cut(schema, "/v")
	version, err := strconv.Atoi(theirs)
	if name != family || err != nil {
		return fmt.Errorf("not a record: expected schema %s, found %q", Schema, schema)
	}
	if current, _ := strconv.Atoi(ours); version > current {
		return fmt.Errorf("the record's schema %s is newer than this weighbridge reads (%s)", schema, Schema)
	}
	return fmt.Errorf("the record's schema %s is no longer read (expected %s)", schema, Schema)
}

// check finds damage that still decodes: missing arms or levels, blocks out of order, counts that do not
// add up.
func (r *Record) check() error {
	if len(r.Arms) == 0 {
		return errors.New("it holds no arm")
	}
	for _, arm := range r.Arms {
		for _, axis := range r.Axes {
			if _, ok := arm.Levels[axis.Name]; !ok {
				return fmt.Errorf("arm %s has no level of axis %s", arm.Name, axis.Name)
			}
		}
		if err := arm.OverTime.check(); err != nil {
			return fmt.Errorf("arm %s, over time: %w", arm.Name, err)
		}
		if err := reasons.Check(arm.Failures); err != nil {
			return fmt.Errorf("arm %s, failures: %w", arm.Name, err)
		}
		if err := arm.Capacity.check(); err != nil {
			return fmt.Errorf("arm %s, capacity: %w", arm.Name, err)
		}
		for i, block := range arm.Blocks {
			if block.Index < 0 || i > 0 && block.Index <= arm.Blocks[i-1].Index {
				return fmt.Errorf("arm %s, block %d: expected the blocks in order, each with an index of its own from 0 on", arm.Name, block.Index)
			}
			for _, s := range []*Slice{block.Open, block.Closed, block.Batch} {
				if s == nil {
					continue
				}
				if err := s.check(); err != nil {
					return fmt.Errorf("arm %s, block %d: %w", arm.Name, block.Index, err)
				}
			}
		}
	}
	return nil
}
