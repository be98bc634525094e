package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	// inNamespace is set for the copy of this program that runs in namespaces of its own.
	inNamespace = "WEIGHBRIDGE_TEST_NAMESPACE"
	// elsewhere is an address that is not loopback, but of the namespace: nothing that is
	// sent to it leaves the machine.
	elsewhere = "198.51.100.7"
	// cannotSetUp begins the line that says why the namespaces cannot be used.
	cannotSetUp = "cannot set up the namespaces: "
)

// TestNothingLeavesTheHost runs the command line in a network of its own, in which another
// host and a DNS server listen, and the hosts file says that localhost is that other host.
// It needs root, or user namespaces, and ip. Where they are missing it is skipped, and in CI it fails.
func TestNothingLeavesTheHost(t *testing.T) {
	if os.Getenv(inNamespace) != "" {
		expectNothingLeaves(t)
		return
	}
	unavailable := t.Skip
	if os.Getenv("CI") != "" {
		unavailable = t.Fatal
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNothingLeavesTheHost$", "-test.v", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), inNamespace+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		unavailable("this machine gives no namespaces: ", err)
	}
	err := cmd.Wait()
	if _, why, found := strings.Cut(out.String(), cannotSetUp); found {
		unavailable(cannotSetUp + why)
	}
	if err != nil || !strings.Contains(out.String(), "--- PASS: TestNothingLeavesTheHost") {
		t.Errorf("%v\n%s", err, &out)
	}
}

// expectNothingLeaves is the half of TestNothingLeavesTheHost that runs in the namespaces.
func expectNothingLeaves(t *testing.T) {
	t.Helper()
	if err := setUpNamespaces(t.TempDir()); err != nil {
		t.Fatal(cannotSetUp + err.Error())
	}
	left := listenElsewhere(t)
	t.Setenv("TEST_SECRET", "sesame")
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"} {
		t.Setenv(name, "http://"+elsewhere+":9000")
	}
	file := filepath.Join(t.TempDir(), "leaves.yaml")
	if err := os.WriteFile(file, []byte(leaving), 0o600); err != nil {
		t.Fatal(err)
	}
	const oauth = `target.auth={scheme: oauth, client_id: me, client_secret: "${env:TEST_SECRET}", token_path: `
	for _, c := range []struct {
		want int
		args []string
	}{
		{exitDone, []string{"run", file}},
		{exitDone, []string{"run", file, "--set", "target.http.path=/redirect"}},
		{exitUsage, []string{"run", file, "--set", "target.http.path=//" + elsewhere + ":9000/"}},
		{exitUsage, []string{"run", file, "--set", "target.http.path=//user@" + elsewhere + ":9000/"}},
		{exitUsage, []string{"run", file, "--set", "target.http.path=//other.example:9000/"}},
		{exitUsage, []string{"run", file, "--set", "target.http.path=//not-in-hosts.example:9000/"}},
		{exitUsage, []string{"run", file, "--axis", "p=target.http.path:/,//" + elsewhere + ":9000/"}},
		{exitUsage, []string{"run", file, "--set", oauth + "//" + elsewhere + ":9000/}"}},
		{exitUsage, []string{"run", file, "--set", oauth + `"http://localhost:9000/"}`}},
		{exitUsage, []string{"run", file, "--set", "target.url=http://localhost:9000"}},
		{exitUsage, []string{"run", file, "--set", "target.url=http://other.example:9000"}},
		{exitUsage, []string{"run", file, "--set", "target.url=http://not-in-hosts.example:9000"}},
		{exitUsage, []string{"run", file, "--set", "target.url=http://[::ffff:" + elsewhere + "]:9000"}},
		{exitUsage, []string{"run", file, "--set", "target.url=http://127.0.0.1:9000@" + elsewhere + ":9000"}},
		{exitUsage, []string{"mock", "--control", "localhost:0"}},
		{exitUsage, []string{"mock", "--listen", "localhost:0"}},
		{exitUsage, []string{"mock", "--listen", "not-in-hosts.example:0"}},
	} {
		if c.args[0] == "run" {
			c.args = append(c.args, "--out", filepath.Join(t.TempDir(), "out"))
		}
		before := left.Load()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		var stdout, stderr bytes.Buffer
		code := run(ctx, c.args, strings.NewReader(""), &stdout, &stderr)
		cancel()
		if n := left.Load() - before; code != c.want || n != 0 {
			t.Errorf("%q ends with %d, want %d; %d connections and queries left\n%s", c.args, code, c.want, n, &stderr)
		}
	}
}

// leaving is a scenario whose target is the server of listenElsewhere that is on loopback.
const leaving = `
name: leaves
target: {dialect: http, url: "http://127.0.0.1:9000", http: {path: /, success: status < 400}, auth: {scheme: none}}
client: {timeout: 1s}
load: {warmup: 20ms, drain: 1s, open: {rate: 50, duration: 100ms}}
experiment: {blocks: 1, max_blocks: 1}
`

// setUpNamespaces makes the network and the files that name hosts in it.
func setUpNamespaces(folder string) error {
	for _, args := range [][]string{{"link", "set", "lo", "up"}, {"addr", "add", elsewhere + "/32", "dev", "lo"}} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, out)
		}
	}
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	for name, text := range map[string]string{
		"hosts":       elsewhere + " localhost other.example\n",
		"resolv.conf": "nameserver " + elsewhere + "\noptions timeout:1 attempts:1\n",
	} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
		if err := syscall.Mount(path, "/etc/"+name, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("mount over /etc/%s: %w", name, err)
		}
	}
	return nil
}

// listenElsewhere starts a server on loopback and, elsewhere, one of TCP and one of DNS. It
// returns the number of connections and queries that came to the latter two, which it has
// checked to count.
func listenElsewhere(t *testing.T) *atomic.Int64 {
	t.Helper()
	left := &atomic.Int64{}
	listener, err := net.Listen("tcp", elsewhere+":9000")
	if err != nil {
		t.Fatal(err)
	}
	packets, err := net.ListenPacket("udp", elsewhere+":53")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close(); packets.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			left.Add(1)
			conn.Close()
		}
	}()
	go func() {
		for buffer := make([]byte, 1<<10); ; left.Add(1) {
			if _, _, err := packets.ReadFrom(buffer); err != nil {
				return
			}
		}
	}()
	serveLoopback(t)
	conn, err := net.Dial("tcp", "other.example:9000")
	if err != nil {
		t.Fatalf("the hosts file is not read: %v", err)
	}
	conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, _ = new(net.Resolver).LookupHost(ctx, "not-in-hosts.example")
	for deadline := time.Now().Add(5 * time.Second); left.Load() < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections and queries were counted, want one of each", left.Load())
		}
	}
	return left
}

// serveLoopback answers at 127.0.0.1:9000, and redirects /redirect elsewhere.
func serveLoopback(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:9000")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/redirect" {
			http.Redirect(w, r, "http://"+elsewhere+":9000/", http.StatusTemporaryRedirect)
		}
	})}
	go func() { _ = server.Serve(listener) }() // until it is closed
	t.Cleanup(func() { server.Close() })
}
