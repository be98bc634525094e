package reports

import (
	"os"
	"path/filepath"

	"weighbridge/bench/record"
)

// WriteFiles writes files below dir, each whole or not at all, and creates the folders
// that they need.
func WriteFiles(dir string, files []File) error {
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
