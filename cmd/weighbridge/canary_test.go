//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// parrot is a server that repeats every credential it is sent, and remembers it. Its answers
// fail in every way in turn, except those of its token endpoints, which fail if refuses is set.
type parrot struct {
	refuses  bool
	requests atomic.Int64
	issued   atomic.Int64
	release  chan struct{} // ends answers that hang

	mu   sync.Mutex
	seen map[string]bool
	arms map[string]bool
}

func (p *parrot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if strings.HasSuffix(r.URL.Path, "token") {
		p.serveToken(w, body)
		return
	}
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	credential += r.Header.Get("X-Api-Key") + r.Header.Get("Api-Key")
	p.learn(credential)
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	n := int(p.requests.Add(1))
	if p.isFirst(r.Header.Get("X-Arm")) {
		n = 0
	}
	p.answer(conn, n, credential)
}

// isFirst reports whether an arm has sent nothing before.
func (p *parrot) isFirst(arm string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.arms[arm]
	p.arms[arm] = true
	return !before
}

// ways is the number of ways to answer.
const ways = 15

// answer answers a request in the n-th way; the first one is a success.
func (p *parrot) answer(conn net.Conn, n int, c string) {
	whole := func(status, header, body string) {
		fmt.Fprintf(conn, "HTTP/1.1 %s\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, header, len(body), body)
	}
	const isJSON = "Content-Type: application/json\r\n"
	refused := fmt.Sprintf(`{"error": {"message": "the credential %s is wrong", "type": %q, "code": %q}}`, c, c, c)
	answers := []func(){
		func() {
			whole("200 OK", isJSON, fmt.Sprintf(`{"id": %q, "model": %q, "choices": [{"message": {"role": "assistant", "content": "you are %s"}, "finish_reason": %q}]}`, c, c, c, c))
		},
		func() { whole("401 "+c, isJSON, refused) },
		func() { whole("403 Forbidden", "", "<html>"+c+"</html>") },
		func() { whole("429 Too Many Requests", isJSON+"X-Echo: "+c+"\r\n", refused) },
		func() { whole("500 Oh", isJSON, refused) },
		func() { whole("400 Bad Request", isJSON, refused) },
		func() { whole("302 Found", "Location: http://"+c+"@127.0.0.1:1/?token="+c+"\r\n", "") },
		func() { whole("200 OK", isJSON, `{"what": `+c) },
		func() { whole("200 OK", "Content-Type: "+c+"\r\n", c) },
		func() { whole("200 OK", "Content-Encoding: "+c+"\r\n", c) },
		func() { whole("200 OK", "Content-Length: "+c+"\r\n", c) },
		func() { fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n%s\r\n\r\n", c) },
		func() { fmt.Fprintf(conn, "%s %s\r\n\r\n", c, base64.StdEncoding.EncodeToString([]byte("user:"+c))) },
		func() { fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n%sContent-Length: 100000\r\n\r\n%s", isJSON, c) },
		func() { <-p.release },
	}
	answers[n%len(answers)]()
}

// serveToken issues a token for whatever it gets, or refuses and repeats it.
func (p *parrot) serveToken(w http.ResponseWriter, body []byte) {
	form, _ := url.ParseQuery(string(body))
	fields := map[string]string{}
	_ = json.Unmarshal(body, &fields) // it is a form, or JSON
	given := form.Get("client_secret") + fields["assertion"] + fields["subject_token"]
	p.learn(given)
	w.Header().Set("Content-Type", "application/json")
	if p.refuses {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"error": %q, "error_description": "no %s, no %s"}`, given, given, url.QueryEscape(given))
		return
	}
	token := fmt.Sprintf("canary-issued-%d-%d", p.issued.Add(1), time.Now().UnixNano())
	p.learn(token)
	fmt.Fprintf(w, `{"access_token": %q, "token_type": "Bearer", "expires_in": 60}`, token)
}

func (p *parrot) learn(canary string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if canary != "" {
		p.seen[canary] = true
	}
}

// found returns which canaries are in a text, shortened.
func (p *parrot) found(text []byte) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for canary := range p.seen {
		for _, form := range []string{canary, url.QueryEscape(canary), base64.StdEncoding.EncodeToString([]byte(canary))} {
			if bytes.Contains(text, []byte(form)) {
				all = append(all, fmt.Sprintf("%.24s…", form))
			}
		}
	}
	return all
}

// newParrot serves a parrot until the test ends, and gives the programs that the test runs
// their secrets: in environment variables, and in files in the folder that it returns.
func newParrot(t *testing.T) (p *parrot, address, folder string) {
	t.Helper()
	p = &parrot{seen: map[string]bool{}, arms: map[string]bool{}, release: make(chan struct{})}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(p.release) }) // first
	folder = t.TempDir()
	for name, canary := range map[string]string{
		"CANARY_KEY": "canary-key-0815", "CANARY_CLIENT_SECRET": "canary/client+secret", "CANARY_JWT_SECRET": "canary-jwt-secret-4711", "CANARY_PRINTED": "canary-printed-1701",
	} {
		t.Setenv(name, canary)
		p.learn(canary)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	p.learn(strings.Split(string(private), "\n")[1])
	p.learn("canary-in-a-file-42")
	for name, text := range map[string]string{
		"key.pem": string(private), "token": "canary-in-a-file-42\n", "printer": "echo $CANARY_PRINTED",
		"complains": "echo I have $CANARY_KEY and print $CANARY_PRINTED >&2; echo $CANARY_PRINTED; exit 3",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(folder)
	return p, server.URL, folder
}

// schemes are target.auth sections of every scheme, by name.
func schemes() map[string]string {
	const federation = "scheme: federation, federation: {rule: r, organization: o, identity_provider: i, service_account: s}, "
	return map[string]string{
		"apikey":     `scheme: apikey, key: "${env:CANARY_KEY}", header: api-key`,
		"oauth":      `scheme: oauth, client_id: me, client_secret: "${env:CANARY_CLIENT_SECRET}", token_path: /token`,
		"hs256":      `scheme: jwt, jwt: {issuer: me, secret: "${env:CANARY_JWT_SECRET}"}`,
		"es256":      `scheme: jwt, jwt: {issuer: me, key: "${file:key.pem}"}`,
		"signed":     federation + `token_path: /token, jwt: {issuer: me, key: "${file:key.pem}"}`,
		"exchanged":  federation + `token_path: /token, file: token`,
		"exec":       `scheme: exec, command: [sh, printer]`,
		"shell":      `scheme: exec, command: "sh printer; echo $CANARY_KEY >&2"`,
		"file":       `scheme: file, file: token`,
		"file-again": `scheme: file, file: token, every: 10ms, refresh: {policy: on_401}`,
	}
}

// canaryScenario is a scenario with an arm for each scheme.
func canaryScenario(address string) string {
	text := fmt.Sprintf(`
name: canary
target: {dialect: openai, url: %q, model: m, headers: {X-Team: "${env:CANARY_KEY}"}}
load: {warmup: 0s, drain: 60s, stop: {on: []}, open: {rate: 400, arrivals: constant, duration: 150ms}}
client: {timeout: 300ms, retry: {policy: fixed, multiplier: 1ms, attempts: 2}}
experiment: {order: concurrent}
matrix:
  auth:
`, address)
	for name, section := range schemes() {
		text += fmt.Sprintf("    %s: {target.headers.X-Arm: %s, target.auth: {%s}}\n", name, name, section)
	}
	return text
}

// arguments watches the arguments of all processes until the returned function is called,
// which returns those that hold a canary.
func (p *parrot) arguments() (stop func() []string) {
	ctx, cancel := context.WithCancel(context.Background())
	found := make(chan []string)
	go func() {
		var all []string
		for ctx.Err() == nil {
			paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
			for _, path := range paths {
				raw, _ := os.ReadFile(path) // the process may have ended
				all = append(all, p.found(raw)...)
			}
			time.Sleep(5 * time.Millisecond)
		}
		found <- all
	}()
	return func() []string {
		cancel()
		return <-found
	}
}

// nowhere fails if a canary is in a text or in a file below a folder, or if there is nothing.
func (p *parrot) nowhere(t *testing.T, printed []byte, folder string) {
	t.Helper()
	if leaks := p.found(printed); len(leaks) > 0 {
		t.Errorf("%s are printed:\n%s", leaks, printed)
	}
	files := 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if leaks := p.found(raw); len(leaks) > 0 {
			t.Errorf("%s are in %s", leaks, filepath.Base(path))
		}
		files++
		return err
	})
	if err != nil || files < 5 {
		t.Errorf("%d files in %s (%v)", files, folder, err)
	}
}

// A server that repeats credentials in every way an answer can fail finds none of them in what
// is printed, in any file, or in the arguments of any process.
func TestNoCredentialLeaks(t *testing.T) {
	p, address, folder := newParrot(t)
	if err := os.WriteFile("canary.yaml", []byte(canaryScenario(address)), 0o600); err != nil {
		t.Fatal(err)
	}
	stop := p.arguments()
	var printed bytes.Buffer
	code := run(t.Context(), []string{"run", "canary.yaml", "--out", "out/run", "--hits", "out/hits.csv", "-v", "--format", "json"}, strings.NewReader(""), &printed, &printed)
	for _, format := range []string{"table", "markdown", "csv", "json", "html", "junit"} {
		run(t.Context(), []string{"report", "out/run", "--format", format, "-v"}, strings.NewReader(""), &printed, &printed)
	}
	for _, args := range [][]string{{"doctor", "canary.yaml", "-v"}, {"doctor", "canary.yaml", "--format", "json"}, {"run", "canary.yaml", "--dry-run"}} {
		run(t.Context(), args, strings.NewReader(""), &printed, &printed)
	}
	if leaks := stop(); len(leaks) > 0 {
		t.Errorf("%s are arguments of a process", leaks)
	}
	if code != exitDone && code != exitInterrupted || p.requests.Load() < ways {
		t.Errorf("the run ended with %d after %d requests:\n%s", code, p.requests.Load(), printed.Bytes())
	}
	if !bytes.Contains(printed.Bytes(), []byte("[secret]")) {
		t.Errorf("nothing was taken out of\n%s", printed.Bytes())
	}
	p.nowhere(t, printed.Bytes(), filepath.Join(folder, "out"))
}

// Credentials that cannot be obtained end a run with an error that holds nothing secret.
func TestNoCredentialLeaksIfNoneIsObtained(t *testing.T) {
	p, address, _ := newParrot(t)
	p.refuses = true
	all := schemes()
	for name, section := range map[string]string{
		"oauth": all["oauth"], "signed": all["signed"], "exchanged": all["exchanged"],
		"complains": `scheme: exec, command: "sh complains"`,
		"prints":    `scheme: exec, command: "echo $CANARY_KEY; echo $CANARY_PRINTED"`,
		"killed":    `scheme: exec, command: "echo $CANARY_PRINTED >&2; kill -9 $$"`,
		"broken":    `scheme: file, file: printer`,
		"key":       `scheme: jwt, jwt: {issuer: me, key: "${env:CANARY_KEY}"}`,
		"secret":    `scheme: jwt, jwt: {issuer: me, key: "${file:token}"}`,
		"literal":   `scheme: exec, command: [get, "--password", canary-key-0815]`,
		"header":    `scheme: exec, command: "curl -H 'Authorization: Bearer canary-key-0815'"`,
	} {
		source := fmt.Sprintf("name: %s\ntarget: {dialect: anthropic, url: %q, model: m, auth: {%s}}\nload: {warmup: 0s, open: {rate: 10, duration: 100ms}}\nclient: {timeout: 300ms}\n", name, address, section)
		if err := os.WriteFile("canary.yaml", []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		var printed bytes.Buffer
		code := run(t.Context(), []string{"run", "canary.yaml", "--out", "out-" + name, "-v"}, strings.NewReader(""), &printed, &printed)
		if examined := run(t.Context(), []string{"doctor", "canary.yaml"}, strings.NewReader(""), &printed, &printed); examined != code {
			t.Errorf("%s: the doctor ended with %d, the run with %d:\n%s", name, examined, code, printed.Bytes())
		}
		if code != exitFailed && code != exitUsage {
			t.Errorf("%s ended with %d:\n%s", name, code, printed.Bytes())
		}
		if leaks := p.found(printed.Bytes()); len(leaks) > 0 {
			t.Errorf("%s: %s are printed:\n%s", name, leaks, printed.Bytes())
		}
	}
}

// The stacks of all goroutines, which a crash prints, hold no credential.
func TestNoCredentialLeaksInACrash(t *testing.T) {
	p, address, _ := newParrot(t)
	source := strings.NewReplacer("rate: 400", "rate: 20", "150ms", "60s").Replace(canaryScenario(address))
	if err := os.WriteFile("canary.yaml", []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	cmd := exec.Command("weighbridge", "run", "canary.yaml", "--out", "out")
	cmd.Stdout, cmd.Stderr = &printed, &printed
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); p.requests.Load() < 100 && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
	}
	if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // it fails, as it has crashed
	if !bytes.Contains(printed.Bytes(), []byte("goroutine ")) {
		t.Errorf("no stacks are printed:\n%s", printed.Bytes())
	}
	if leaks := p.found(printed.Bytes()); len(leaks) > 0 {
		t.Errorf("%s are printed", leaks)
	}
}
