package reportstest

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Browser starts Chromium, or skips the test if there is none; in CI it fails.
func Browser(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		const how = "no browser was found: install Debian's chromium (apt-get install chromium)"
		if os.Getenv("CI") == "true" {
			t.Fatal(how)
		}
		t.Skip("NOT TESTED: " + how)
	}
	profile, err := os.MkdirTemp("", "weighbridge-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeProfile(t, profile) })
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WSURLReadTimeout(2*time.Minute),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(profile))
	allocator, closeAll := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(closeAll)
	first, closeFirst := chromedp.NewContext(allocator)
	t.Cleanup(closeFirst)
	if err := chromedp.Run(first); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return first
}

// removeProfile removes the folder of a browser that has ended. Processes of it may still write there.
func removeProfile(t *testing.T, dir string) {
	var err error
	for range 100 {
		if err = os.RemoveAll(dir); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Logf("the profile of the browser stays: %v", err)
}
