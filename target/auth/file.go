package auth

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"time"

	"weighbridge/target/files"
)

// everyFile is how often a file is looked at by default.
const everyFile = time.Second

// rotating is a file that holds a credential, and may be replaced at any time.
type rotating struct {
	path string
	now  func() time.Time
	// seen is the file as it was when the credential was read.
	seen fs.FileInfo
}

// get reads the credential, or returns errUnchanged if the file is the same as before. Calls
// must not overlap.
func (f *rotating) get(context.Context) (token, error) {
	info, err := os.Stat(f.path)
	if err == nil && f.seen != nil && os.SameFile(info, f.seen) && info.ModTime().Equal(f.seen.ModTime()) && info.Size() == f.seen.Size() {
		return token{}, errUnchanged
	}
	found, err := readCredential(f.path, f.now())
	if err != nil {
		return token{}, err
	}
	f.seen = info                         // if the file was replaced since, it is read again
	return token{value: found.value}, nil // it is valid for as long as it is in the file
}

// readCredential reads a file that holds a credential, alone or as JSON.
func readCredential(path string, now time.Time) (token, error) {
	text, err := files.Read(path, maxPrinted)
	if err != nil {
		return token{}, fmt.Errorf("target.auth.file: %w", err)
	}
	found, err := parsePrinted(string(text), now)
	if err != nil {
		return token{}, fmt.Errorf("target.auth.file: %s: %w", path, err)
	}
	return found, nil
}
