package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// shorter makes a run of any scenario take no time; what an example shows is its form.
const shorter = ` --set load.warmup=0s --set load.drain=100ms --set load.open.duration=50ms --set load.closed.duration=10ms` +
	` --set load.closed.ramp=5ms --set load.closed.in_flight=2 --set experiment.blocks=1`

// service is what a user's own looks like; gateable is what tiny lacks for a gate and
// for a baseline: a rule, and patience with a busy machine.
const (
	service = `name: service
target: {dialect: http, url: "http://127.0.0.1:8081"}
`
	gateable = `rules: [{name: some are answered, assert: error_rate < 0.9}]
validity: {send_lag: 1h, handed_over: 0, cpu: 1, gc_pause: 1h, clock_step: 1h}
`
)

// Every example of every --help is run as it stands, by a shell, in a folder that
// holds the files it names; what it says listens on 8081 and 8082 is a server of the test.
func TestExamplesOfHelpWork(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for file, text := range map[string]string{"my.yaml": tiny + gateable, "scenarios/my.yaml": tiny, "service.yaml": service} {
		write(t, filepath.Join(dir, file), text)
	}
	shell(t, dir, `for name in monday tuesday today; do weighbridge run my.yaml --out results/$name; done
cp -r results/monday results/matrix-20261122T120000Z
weighbridge baseline save results/monday --out baselines/1.json && weighbridge baseline save results/tuesday --out baselines/2.json`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }))
	defer server.Close()
	at := strings.NewReplacer("http://127.0.0.1:8081", server.URL, "http://127.0.0.1:8082", server.URL)
	commands := examples(t)
	fourAtOnce(len(commands), func(i int, _ time.Duration) { shell(t, dir, at.Replace(commands[i])) }, func() time.Duration { return 0 })
}

// examples are those of every verb, each once.
func examples(t *testing.T) (commands []string) {
	root := newRoot(streams{out: &bytes.Buffer{}, err: &bytes.Buffer{}})
	for _, verb := range append(verbs(root), root) {
		if verb.Hidden {
			continue
		}
		if verb.Example == "" {
			t.Errorf("%s --help shows no example", verb.CommandPath())
		}
		for line := range strings.Lines(verb.Example) {
			command, _, _ := strings.Cut(line, "#")
			if command = strings.TrimSpace(command); !slices.Contains(commands, command) {
				commands = append(commands, command)
			}
		}
	}
	return commands
}

// asShort is weighbridge with runs made shorter, a mock that ends once it has said
// where it is, a selftest that may find what it likes but attempts that are lost, and gates
// of any verdict: the machine is busy, and so short a run tells nothing.
const asShort = `weighbridge() {
  case "$1 $*" in
  run*--gate*) command weighbridge "$@"` + shorter + ` --set experiment.blocks=12 || verdict $? ;;
  run*) command weighbridge "$@"` + shorter + ` ;;
  gate*) command weighbridge "$@" || verdict $? ;;
  mock*)
    command weighbridge "$@" --listen 127.0.0.1:0 >greeting.$$ & mock=$!
    for i in $(seq 600); do grep -q PATCH greeting.$$ && break; sleep 0.05; done
    kill $mock && wait $mock && grep PATCH greeting.$$ ;;
  selftest*) # a busy machine does not measure true
    said=$(command weighbridge "$@" --quick) || [ $? = 12 ] || return
    echo "$said"
    ! echo "$said" | grep 'ledger does not match' ;;
  *) command weighbridge "$@" ;;
  esac
}
verdict() { [ $1 -ge 10 ] && [ $1 -le 12 ]; }
`

// shell runs a script, by sh where no other shell is named; it must end with 0.
func shell(t *testing.T, dir, line string, by ...string) {
	t.Helper()
	if len(by) == 0 {
		by = []string{"sh"}
	}
	cmd := exec.Command(by[0], append(by[1:], "-c", asShort+line)...)
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", line, err, said)
	}
}
