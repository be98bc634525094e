package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/target"
)

// shorter makes a run of any scenario short: examples are tested for their form.
const shorter = ` --set load.warmup=0s --set load.drain=100ms --set load.open.duration=50ms --set load.closed.duration=10ms` +
	` --set load.closed.ramp=5ms --set load.closed.in_flight=2 --set experiment.blocks=1`

// service is a scenario for a user's own server. gateable is added to tiny for gates and
// baselines: a rule, and thresholds of validity that a busy machine keeps.
const (
	service = `name: service
target: {dialect: http, url: "http://127.0.0.1:8081"}
`
	gateable = `rules: [{name: some are answered, assert: error_rate < 0.9}]
claims: [{id: C1, says: some are answered, measure: error_rate, is: at_most, claimed: 0.9}]
validity: {send_lag: 1h, read_lag: 1h, handed_over: 0, cut_off: 1, cpu: 1, gc_pause: 1h, clock_step: 1h}
`
)

// Every example of every --help is run unchanged, by a shell, in a folder with the files
// it names. Ports 8081 and 8082 are replaced by a server of the test.
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
	at := strings.NewReplacer("http://127.0.0.1:8081", server.URL, "http://127.0.0.1:8082", server.URL, "127.0.0.1:9464", "127.0.0.1:0")
	commands := examples(t)
	fourAtOnce(len(commands), func(i int, _ time.Duration) { shell(t, dir, at.Replace(commands[i])) }, func() time.Duration { return 0 })
}

// examples lists the examples of every verb, without duplicates.
func examples(t *testing.T) (commands []string) {
	root := newRoot(stdio{out: &bytes.Buffer{}, err: &bytes.Buffer{}})
	for _, verb := range append(allVerbs(root), root) {
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

// shortCommands replaces weighbridge in a shell: runs are shorter, the mock ends once it
// has printed its addresses, a selftest may find any problem but a ledger that does not
// match, and a gate may have any verdict. Figures on a busy machine say nothing.
const shortCommands = `weighbridge() {
  case "$1 $*" in
  run*--gate*) command weighbridge "$@"` + shorter + ` --set experiment.blocks=12 || verdict $? ;;
  claims*) command weighbridge "$@"` + shorter + ` ;;
  run*) command weighbridge "$@"` + shorter + ` ;;
  gate*) command weighbridge "$@" || verdict $? ;;
  mock*)
    command weighbridge "$@" --listen 127.0.0.1:0 >greeting.$$ & mock=$!
    for i in $(seq 600); do grep -q PATCH greeting.$$ && break; sleep 0.05; done
    kill $mock && wait $mock && grep PATCH greeting.$$ ;;
  selftest*) # a busy machine does not measure true
    said=$(` + shortSelftests + `=1 command weighbridge "$@" --quick) || [ $? = 12 ] || return
    echo "$said"
    ! echo "$said" | grep 'ledger does not match' ;;
  *) command weighbridge "$@" ;;
  esac
}
verdict() { [ $1 -ge 10 ] && [ $1 -le 12 ]; }
`

// shortSelftests is set in the environment of selftests that are shorter than --quick.
const shortSelftests = "WEIGHBRIDGE_TEST_SHORT_SELFTEST"

// shortSelftest is the verb selftest with so little of each load that it measures nothing well.
func shortSelftest() int {
	secrets := &target.Redactor{}
	s := stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr, console: newConsole(os.Stderr, os.Getenv), secrets: secrets}
	s.console.secrets = secrets
	cmd := newSelftest(s, func(ctx context.Context, to *console, source string, sets []string) (*record.Record, error) {
		sets = append(sets, "load.warmup=20ms", "load.open.duration=50ms")
		if strings.Contains(source, "closed:") {
			sets = append(sets, "load.closed.duration=10ms", "load.closed.ramp=5ms", "load.closed.in_flight=2")
		}
		return measureForSelftest(ctx, to, source, sets)
	})
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(os.Args[2:])
	return printError(cmd.ExecuteContext(context.Background()), s.err, secrets)
}

// shell runs a script by sh, or by the shell and arguments given. It must end with 0.
func shell(t *testing.T, dir, line string, by ...string) {
	t.Helper()
	if len(by) == 0 {
		by = []string{"sh"}
	}
	cmd := exec.Command(by[0], append(by[1:], "-c", shortCommands+line)...)
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", line, err, said)
	}
}
