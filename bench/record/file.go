package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// FileName is the name of the record in a run's folder.
const FileName = "record.json"

// Write writes r to path with WriteWhole.
func Write(path string, r *Record) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode the record: %w", err)
	}
	if err := WriteWhole(path, append(raw, '\n')); err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	return nil
}

// Read reads a record from a file, from the folder that holds one, or from stdin for "-".
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
		raw, err = io.ReadAll(stdin)
		return raw, "standard input", err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, FileName)
	}
	raw, err = os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, path, fmt.Errorf("%s: there is no such record", path)
	}
	return raw, path, err
}

func decode(raw []byte) (*Record, error) {
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, fmt.Errorf("not a record: %w", err)
	}
	if err := checkSchema(head.Schema); err != nil {
		return nil, err
	}
	var r Record
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, fmt.Errorf("the record is damaged: %w", err)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("the record is damaged: %w", err)
	}
	return &r, nil
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

// check finds damage that still decodes: missing arms or levels, counts that do not add up.
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
		for _, block := range arm.Blocks {
			for _, s := range []*Slice{block.Open, block.Closed} {
				if s != nil && s.Due != s.Answered+s.Failed+s.NeverSent {
					return fmt.Errorf("arm %s, block %d: %d due is not %d answered + %d failed + %d never sent",
						arm.Name, block.Index, s.Due, s.Answered, s.Failed, s.NeverSent)
				}
			}
		}
	}
	return nil
}
