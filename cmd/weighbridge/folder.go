package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"weighbridge/bench/record"
	"weighbridge/reports"
)

// folder is where a run writes. It is made and tried before anything is
// measured, and taken away again if there is nothing to keep.
type folder struct {
	path string
	// made are the folders that did not exist, outermost first.
	made []string
}

// newFolder makes path and checks that files can be written to it.
func newFolder(path string) (*folder, error) {
	f := &folder{path: path}
	for dir := filepath.Clean(path); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		f.made = append([]string{dir}, f.made...)
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, errors.Join(fmt.Errorf("--out: %w", err), f.abandon())
	}
	probe, err := os.CreateTemp(path, ".weighbridge-")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--out: %w", err), f.abandon())
	}
	return f, errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// abandon takes away the folders that were made, as far as they are empty.
func (f *folder) abandon() error {
	for i := len(f.made) - 1; i >= 0; i-- {
		if err := os.Remove(f.made[i]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// write puts the record first, then what is made from it.
func (f *folder) write(rec *record.Record) error {
	if err := record.Write(filepath.Join(f.path, record.FileName), rec); err != nil {
		return err
	}
	files, err := reports.Folder(rec)
	if err != nil {
		return fmt.Errorf("make the report: %w", err)
	}
	return writeFiles(f.path, files)
}

// writeFiles writes each file whole or not at all.
func writeFiles(dir string, files []reports.File) error {
	for _, file := range files {
		path := filepath.Join(dir, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := renameio.WriteFile(path, file.Bytes, 0o644); err != nil {
			return err
		}
	}
	return nil
}
