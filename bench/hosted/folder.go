package hosted

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"weighbridge/bench/record"
)

// Folder is where a run writes. It is created and tried before anything is measured,
// and removed again if nothing was written to it.
type Folder struct {
	// Path is its path. Create changes it if the folder is to be new.
	Path string
	// New asks for a folder that does not exist yet: if one does, a number is added to Path.
	New bool
	// created are the folders that did not exist, outermost first.
	created []string
}

// Create creates the folder and checks that files can be written to it.
func (f *Folder) Create() error {
	if err := f.make(); err != nil {
		return err
	}
	probe, err := os.CreateTemp(f.Path, ".weighbridge-")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

func (f *Folder) make() error {
	if !f.New {
		return f.makeAll(f.Path)
	}
	if err := f.makeAll(filepath.Dir(f.Path)); err != nil {
		return err
	}
	for path, n := f.Path, 2; ; n++ {
		err := os.Mkdir(f.Path, 0o755) // fails if another run has just made it
		if err == nil {
			f.created = append(f.created, f.Path)
		}
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		f.Path = fmt.Sprintf("%s-%d", path, n)
	}
}

// makeAll creates a folder and those it lies in, as far as they do not exist.
func (f *Folder) makeAll(path string) error {
	for dir := filepath.Clean(path); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		f.created = append([]string{dir}, f.created...)
	}
	return os.MkdirAll(path, 0o755)
}

// RemoveIfEmpty removes the folders that Create created, as far as they are empty.
func (f *Folder) RemoveIfEmpty() error {
	for i := len(f.created) - 1; i >= 0; i-- {
		err := os.Remove(f.created[i])
		if errors.Is(err, fs.ErrExist) { // as the kernel says of a folder that is not empty
			return nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// File is the path of a file in the folder.
func (f *Folder) File(name string) string { return filepath.Join(f.Path, name) }

// WriteRecord writes the record, whole or not at all. It does not create the folder
// again if somebody has removed it since.
func (f *Folder) WriteRecord(rec *record.Record) error {
	path := f.File(record.FileName)
	if _, err := os.Stat(f.Path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s was not written: its folder is gone", path)
	}
	if err := record.Write(path, rec); err != nil {
		if failed := (*fs.PathError)(nil); errors.As(err, &failed) && failed.Path == path {
			err = failed.Err
		}
		return fmt.Errorf("%s was not written: %w", path, err)
	}
	return nil
}
