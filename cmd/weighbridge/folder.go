package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"weighbridge/bench/record"
	"weighbridge/reports"
)

// folder is where a run writes. It is made and tried before anything is
// measured, and taken away again if nothing came of it.
type folder struct {
	path string
	// made are the folders that did not exist, outermost first.
	made []string
}

// create makes the folder and checks that files can be written to it.
func (f *folder) create() error {
	for dir := filepath.Clean(f.path); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		f.made = append([]string{dir}, f.made...)
	}
	if err := os.MkdirAll(f.path, 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	probe, err := os.CreateTemp(f.path, ".weighbridge-")
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// abandon takes away the folders that were made, as far as they are empty.
func (f *folder) abandon() error {
	for i := len(f.made) - 1; i >= 0; i-- {
		err := os.Remove(f.made[i])
		if errors.Is(err, fs.ErrExist) { // as the kernel says of a folder that holds something
			return nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// file is the path of a file in the folder.
func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// write puts the record first, then what is made from it.
func (f *folder) write(j *reports.Judged) error {
	path := f.file(record.FileName)
	if _, err := os.Stat(f.path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s was not written: its folder is gone", path)
	}
	if err := record.Write(path, j.Record); err != nil {
		return fmt.Errorf("%s was not written: %w", path, err)
	}
	files, err := reports.Folder(j)
	if err != nil {
		return fmt.Errorf("make the report: %w", err)
	}
	if err := writeFiles(f.path, files); err != nil {
		return fmt.Errorf("%s is whole, but not all of its report was written: %w", path, err)
	}
	return nil
}

// writeFiles writes each file whole or not at all.
func writeFiles(dir string, files []reports.File) error {
	for _, file := range files {
		path := filepath.Join(dir, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := record.WriteWhole(path, file.Bytes); err != nil {
			return err
		}
	}
	return nil
}
