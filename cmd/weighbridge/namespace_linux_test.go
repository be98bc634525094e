package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
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
// host and a DNS server listen, the hosts file says that localhost is that other host, and
// every packet is seen.
// It needs root, or user namespaces, and ip. Where they are missing it is skipped, and in CI it fails.
func TestNothingLeavesTheHost(t *testing.T) {
	if os.Getenv(inNamespace) != "" {
		expectNothingLeaves(t)
		return
	}
	t.Parallel()
	unavailable := t.Skip
	if os.Getenv("CI") != "" {
		unavailable = t.Fatal
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNothingLeavesTheHost$", "-test.v", "-test.timeout=10m")
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
	for _, c := range leaves(file) {
		if c.args[0] == "run" {
			c.args = append(c.args, "--out", filepath.Join(t.TempDir(), "out"))
		}
		before := left.Load()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		var stdout, stderr bytes.Buffer
		code := run(ctx, c.args, strings.NewReader(""), &stdout, &stderr)
		cancel()
		for deadline := time.Now().Add(time.Minute); c.leaves && left.Load() == before && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond) // packets are counted a little later than they leave
		}
		if n := left.Load() - before; code != c.want || (n != 0) != c.leaves {
			t.Errorf("%q ends with %d, want %d; %d packets left\n%s", c.args, code, c.want, n, &stderr)
		}
	}
}

// leavingCase is a command line, its exit code, and whether packets leave for elsewhere.
type leavingCase struct {
	want   int
	leaves bool
	args   []string
}

// leaves are command lines of which only those that allow it may send a packet elsewhere.
func leaves(file string) []leavingCase {
	const oauth = `target.auth={scheme: oauth, client_id: me, client_secret: "${env:TEST_SECRET}", token_path: `
	cases := []leavingCase{
		{exitDone, false, []string{"run", file}},
		{exitDone, false, []string{"run", file, "--set", "target.http.path=/redirect"}},
		{exitDone, false, []string{"run", file, "--set", "target.http.path=/redirect", "--allow-host", elsewhere}}, // none is followed
		{exitUsage, false, []string{"run", file, "--axis", "p=target.http.path:/,//" + elsewhere + ":9000/"}},
		{exitUsage, false, []string{"run", file, "--set", oauth + "//" + elsewhere + ":9000/}"}},
		{exitUsage, false, []string{"run", file, "--set", oauth + `"http://localhost:9000/"}`}},
		{exitUsage, false, []string{"run", file, "--set", oauth + `"https://other.example:9000/"}`}},
		{exitUsage, false, []string{"run", file, "--set", "target.url=http://localhost:9000", "--allow-host", "localhost"}},
		{exitUsage, false, []string{"run", file, "--set", "target.url=http://other.example:9000", "--allow-host", "other.example:9001"}},
		{exitUsage, false, []string{"run", file, "--set", "target.url=http://other.example.:9000", "--allow-host", "other.example"}},
		{exitUsage, false, []string{"run", file, "--set", "target.url=http://x.other.example:9000", "--allow-host", "other.example"}},
		{exitUsage, false, []string{"run", file, "--set", "target.url=http://" + elsewhere + ":9000", "--allow-host", "other.example"}},
		{exitUsage, false, []string{"run", file, "--set", oauth + `"https://other.example:9000/"}`, "--allow-host", "not-in-hosts.example"}},
		{exitDone, false, []string{"run", file, "--set", "target.url=http://not-in-hosts.example:9000", "--allow-host", "not-in-hosts.example", "--set", "client.resolve={not-in-hosts.example: 127.0.0.1}", "--yes"}},
		{exitUsage, false, []string{"run", file, "--set", "target.url=http://other.example:9000", "--allow-host", "other.example:9000"}}, // unasked
		{exitUsage, false, []string{"run", file, "--set", "target.url=http://not-in-hosts.example:9000", "--allow-host", "not-in-hosts.example", "--set", `client.resolve={not-in-hosts.example: "` + elsewhere + `:9000"}`}},
		{exitUsage, false, []string{"run", file, "--set", "client.resolve={127.0.0.1: " + elsewhere + "}", "--allow-host", elsewhere}},
		{exitUsage, false, []string{"run", file, "--set", "client.proxy=http://" + elsewhere + ":9000"}},
		{exitUsage, false, []string{"run", file, "--set", "client.proxy=socks5://not-in-hosts.example:9000"}},
		{exitUsage, false, []string{"run", file, "--set", "client.proxy=http://localhost:9000"}},
		{exitUsage, false, []string{"run", file, "--set", "target.url=https://not-in-hosts.example", "--allow-host", "not-in-hosts.example", "--set", "client.proxy=env"}},
		{exitUsage, false, []string{"run", file, "--set", "target.url=unix://" + elsewhere + "/api.sock"}},
		{exitDone, false, []string{"run", file, "--set", "client.proxy=env"}}, // which excepts loopback
		{exitDone, false, []string{"run", file, "--dry-run", "--set", "target.url=http://not-in-hosts.example:9000", "--allow-host", "not-in-hosts.example"}},
		{exitDone, false, []string{"run", file, "--dry-run", "--set", "target.url=http://not-in-hosts.example:9000"}},
		{exitDone, false, []string{"doctor", file}},
		{exitDone, false, []string{"doctor", file, "--set", "target.http.path=/redirect", "--allow-host", elsewhere}},
		{exitUsage, false, []string{"doctor", file, "--set", "target.url=http://other.example:9000"}},
		{exitUsage, false, []string{"doctor", file, "--set", "target.url=http://not-in-hosts.example:9000", "--allow-host", "not-in-hosts.example"}}, // unasked
		{exitUsage, false, []string{"doctor", file, "--set", oauth + `"https://other.example:9000/"}`, "--yes"}},
		{exitUsage, false, []string{"mock", "--control", "localhost:0"}},
		{exitUsage, false, []string{"mock", "--listen", "localhost:0"}},
		{exitUsage, false, []string{"mock", "--listen", "not-in-hosts.example:0"}},
	}
	for _, path := range []string{"//" + elsewhere + ":9000/", "//user@" + elsewhere + ":9000/", "//other.example:9000/", "//not-in-hosts.example:9000/"} {
		cases = append(cases, leavingCase{exitUsage, false, []string{"run", file, "--set", "target.http.path=" + path}})
	}
	for _, host := range []string{
		"localhost", "LocalHost", "localhost.", "a.localhost", "other.example", "OTHER.example", "other.example.", "not-in-hosts.example", "other", "xn--bcher-kva.example", "bücher.example",
		elsewhere, "[::ffff:" + elsewhere + "]", "[::ffff:c633:6407]", "[64:ff9b::" + elsewhere + "]", "[2001:db8::7]", "[::" + elsewhere + "]", "[fe80::1%25lo]", "[::1%25lo]",
		"3325256711", "0xc6336407", "0xc6.0x33.0x64.0x07", "0306.063.0144.07", "198.51.25607", "198.3367943", "198.51.100.07", elsewhere + ".", "127.1", "0177.1", "2130706433", "0", "0.0.0.0", "[::]", "10.0.0.1",
		"127.0.0.1:9000@" + elsewhere, "user@" + elsewhere, "127.0.0.1#@" + elsewhere, "127.0.0.1\\@" + elsewhere, "127.0.0.1%2eother.example", "ⓞther.example", "127。0。0。1",
	} {
		cases = append(cases, leavingCase{exitUsage, false, []string{"run", file, "--set", `target.url="http://` + strings.ReplaceAll(host, `\`, `\\`) + `:9000"`}})
	}
	return append(cases, // last, as some of their packets come late
		leavingCase{exitFailed, true, []string{"doctor", file, "--set", "target.url=http://other.example:9000", "--allow-host", "other.example", "--yes"}},
		leavingCase{exitFailed, true, []string{"run", file, "--set", "target.url=http://other.example:9000", "--allow-host", "OTHER.example:9000", "--yes"}},
		leavingCase{exitFailed, true, []string{"run", file, "--set", "target.url=http://not-in-hosts.example:9000", "--allow-host", "not-in-hosts.example", "-y"}})
}

// leaving is a scenario whose target is the server of listenElsewhere that is on loopback.
const leaving = `
name: leaves
target: {dialect: http, url: "http://127.0.0.1:9000", http: {path: /, success: status < 400}, auth: {scheme: none}}
client: {timeout: 1s}
load: {warmup: 20ms, ready: 0s, drain: 1s, open: {rate: 50, duration: 100ms}}
experiment: {blocks: 1, max_blocks: 1}
budget: {requests: 1000}
`

// setUpNamespaces makes the network and the files that name hosts in it.
func setUpNamespaces(folder string) error {
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		{"addr", "add", elsewhere + "/32", "dev", "lo"},
		{"-6", "addr", "add", "2001:db8:1::1/128", "dev", "lo", "nodad"},
		// Packets to any other address are sent, too, and go nowhere.
		{"route", "add", "default", "dev", "lo"},
		{"-6", "route", "add", "default", "dev", "lo"},
	} {
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
// returns the number of packets to addresses that are not on loopback, which it has checked
// to count.
func listenElsewhere(t *testing.T) *atomic.Int64 {
	t.Helper()
	left := countPackets(t)
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
			conn.Close()
		}
	}()
	serveLoopback(t)
	counted := func(what string, send func(ctx context.Context)) {
		before := left.Load()
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		send(ctx)
		for deadline := time.Now().Add(2 * time.Minute); left.Load() == before; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s was not counted", what)
			}
		}
	}
	for _, address := range []string{"other.example:9000", "10.0.0.1:9000", "[2001:db8::7]:9000"} {
		counted("a connection to "+address, func(ctx context.Context) {
			if conn, err := new(net.Dialer).DialContext(ctx, "tcp", address); err == nil {
				conn.Close()
			}
		})
	}
	counted("a query", func(ctx context.Context) { _, _ = new(net.Resolver).LookupHost(ctx, "not-in-hosts.example") })
	settle(left)
	return left
}

// settle waits until no packet has come for a while.
func settle(left *atomic.Int64) {
	for n := int64(-1); n != left.Load(); time.Sleep(300 * time.Millisecond) {
		n = left.Load()
	}
}

// countPackets counts the packets of IP that the kernel sees in the namespace and that go to
// an address off loopback.
func countPackets(t *testing.T) *atomic.Int64 {
	t.Helper()
	const allProtocols = 0x0300 // ETH_P_ALL in the order of the network
	socket, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_DGRAM, allProtocols)
	if err != nil {
		t.Fatal(cannotSetUp, err)
	}
	if err := syscall.SetsockoptTimeval(socket, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Usec: 100_000}); err != nil {
		t.Fatal(err)
	}
	left, ended := &atomic.Int64{}, make(chan struct{})
	go func() {
		defer close(ended)
		for buffer := make([]byte, 1<<16); t.Context().Err() == nil; {
			if n, _, _ := syscall.Recvfrom(socket, buffer, 0); n > 0 && leavesLoopback(buffer[:n]) { // an error is a timeout
				left.Add(1)
			}
		}
	}()
	t.Cleanup(func() { <-ended; syscall.Close(socket) })
	return left
}

// leavesLoopback reports whether a packet of IPv4 or IPv6 goes to an address off loopback. The
// kernel's own packets to groups of routers, which it sends when an interface comes up, do not
// count.
func leavesLoopback(packet []byte) bool {
	var to netip.Addr
	switch {
	case len(packet) >= 20 && packet[0]>>4 == 4:
		to, _ = netip.AddrFromSlice(packet[16:20])
	case len(packet) >= 40 && packet[0]>>4 == 6:
		to, _ = netip.AddrFromSlice(packet[24:40])
	}
	return to.IsValid() && !to.IsLoopback() && !to.IsLinkLocalMulticast()
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
