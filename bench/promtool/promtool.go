// Package promtool finds Prometheus's promtool, for tests.
package promtool

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// install unpacks promtool of Debian's package prometheus into a folder. Nothing is installed, so no service starts. One
// process at a time does it.
const install = `set -e
cd "$1"
exec 9>lock
flock 9
if [ -x promtool ]; then exit 0; fi
rm -rf unpacked prometheus_*.deb
apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }
dpkg-deb -x prometheus_*.deb unpacked
mv unpacked/usr/bin/promtool promtool
rm -rf unpacked prometheus_*.deb
`

// Path returns the path of promtool. If there is none and Debian's package cannot be had, it skips the test, and under
// CI=true fails it.
func Path(t testing.TB) string {
	t.Helper()
	path, err := find(t.Context())
	switch {
	case err == nil:
		return path
	case os.Getenv("CI") == "true":
		t.Fatalf("promtool is needed: %v", err)
	}
	t.Skipf("NOT TESTED, for lack of promtool: %v. Install Debian's package prometheus, or take promtool from a release of Prometheus.", err)
	return ""
}

func find(ctx context.Context) (string, error) {
	if path, err := exec.LookPath("promtool"); err == nil {
		return path, nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return "", errors.New("it is not in PATH, and there is no apt-get to get it by")
	}
	caches, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(caches, "weighbridge-tests")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "sh", "-c", install, "sh", folder).CombinedOutput(); err != nil {
		return "", fmt.Errorf("get Debian's package prometheus: %w\n%s", cmp.Or(ctx.Err(), err), out)
	}
	return filepath.Join(folder, "promtool"), nil
}

// Run runs promtool with arguments and a standard input. It returns what promtool prints, and whether it ended with 0.
func Run(t testing.TB, input []byte, args ...string) (out string, ok bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), Path(t), args...)
	cmd.Stdin = bytes.NewReader(input)
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("promtool %q: %v", args, err)
	}
	return string(text), err == nil
}
