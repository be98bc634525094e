package auth

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weighbridge/target"
)

// put writes a file, in place or by renaming another.
func put(t *testing.T, path, text string, inPlace bool) {
	t.Helper()
	if inPlace {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	put(t, path+".new", text, true)
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// A file is looked at in the background, and its credential replaced however it changes: by
// renaming, in place, or by moving a symbolic link, as Kubernetes does. While it is missing, cut
// short or empty, the last credential stays.
func TestRotatingFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "token")
	put(t, path, "t0ken-1\n", true)
	synctest.Test(t, func(t *testing.T) {
		cfg := target.Auth{Scheme: "file", File: path, Refresh: target.Refresh{Policy: PolicyAhead, Early: time.Minute, Background: true, SingleFlight: true}}
		s, err := New(cfg, Options{Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		expect := func(when, want string) {
			t.Helper()
			began := time.Now()
			h := http.Header{}
			if err := s.Authorize(context.Background(), h); err != nil || h.Get("Authorization") != "Bearer "+want {
				t.Errorf("%s: %v (%v), want %s", when, h, err, want)
			}
			if waited := time.Since(began); waited != 0 {
				t.Errorf("%s: the request waited %v", when, waited)
			}
		}
		expect("at first", "t0ken-1")
		put(t, path, "t0ken-2", false)
		expect("before the file was looked at", "t0ken-1")
		time.Sleep(1500 * time.Millisecond)
		expect("after it was renamed", "t0ken-2")
		for _, broken := range []string{"", "two\nlines"} {
			put(t, path, broken, true)
			time.Sleep(5 * time.Second)
			expect("while it is broken", "t0ken-2")
		}
		put(t, path, `{"access_token": "t0ken-3", "expires_in": 1}`, true)
		time.Sleep(time.Minute)
		expect("after it was written in place", "t0ken-3")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		expect("while it is missing", "t0ken-3")
		put(t, filepath.Join(folder, "elsewhere"), "t0ken-4", true)
		if err := os.Symlink("elsewhere", path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		expect("after a link took its place", "t0ken-4")
		if count := s.Cost().Count; count != 4 {
			t.Errorf("%d credentials, want 4", count)
		}
	})
}

// A credential that was rejected is read again at once, and sent on while the file has no other.
func TestRejectedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	put(t, path, "t0ken-1", true)
	synctest.Test(t, func(t *testing.T) {
		cfg := target.Auth{Scheme: "file", File: path, Every: time.Hour, Refresh: target.Refresh{Policy: PolicyOn401, Background: true, SingleFlight: true}}
		s, err := New(cfg, Options{Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		h := http.Header{}
		send := func(want string) {
			t.Helper()
			if err := s.Authorize(context.Background(), h); err != nil || h.Get("Authorization") != "Bearer "+want {
				t.Errorf("%v (%v), want %s", h, err, want)
			}
		}
		send("t0ken-1")
		time.Sleep(time.Minute)
		s.Rejected(h)
		send("t0ken-1")
		put(t, path, "t0ken-2", false)
		time.Sleep(firstPause)
		send("t0ken-2")
		time.Sleep(time.Minute)
		put(t, path, "t0ken-3", false)
		s.Rejected(h)
		send("t0ken-3")
	})
}

func TestFilesWithoutACredential(t *testing.T) {
	folder := t.TempDir()
	empty, long := filepath.Join(folder, "empty"), filepath.Join(folder, "long")
	put(t, empty, "\n", true)
	put(t, long, strings.Repeat("x", maxPrinted+1), true)
	for path, want := range map[string]string{
		empty: "empty: there is no credential: it is empty", long: "expected at most", folder: "found a folder",
		filepath.Join(folder, "none"): "no such file",
	} {
		s, err := New(target.Auth{Scheme: "file", File: path}, Options{Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Authorize(context.Background(), http.Header{})
		if err == nil || !strings.HasPrefix(err.Error(), "target.auth.file: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if strings.HasSuffix(path, "none") && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%v is not fs.ErrNotExist", err)
		}
		s.Close()
	}
}
