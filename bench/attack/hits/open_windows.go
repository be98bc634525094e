package hits

import "os"

// open creates or truncates a file.
func open(path string) (*os.File, error) { return os.Create(path) }
