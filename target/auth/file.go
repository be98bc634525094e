package auth

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"time"

	"weighbridge/target"
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

// OpenFiles returns the files that hold credentials of the section and that every user of the
// machine can read. Files that cannot be looked at are left out, and so are all on Windows.
func OpenFiles(cfg target.Auth) []string {
	if runtime.GOOS == "windows" {
		return nil // its modes do not say
	}
	var open []string
	if cfg.Scheme == "file" || cfg.Scheme == "federation" {
		open = append(open, cfg.File)
	}
	for _, secret := range []target.Secret{cfg.Key, cfg.ClientSecret, cfg.JWT.Secret, cfg.JWT.Key} {
		open = append(open, target.Text(secret).Files()...)
	}
	return slices.DeleteFunc(open, func(path string) bool {
		info, err := os.Stat(path)
		return err != nil || info.Mode().Perm()&0o004 == 0
	})
}
