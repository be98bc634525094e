package main

import (
	"bytes"
	"os"
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

// Every example of every --help is run as it stands, by a shell, in a folder that
// holds the files it names.
func TestExamplesOfHelpWork(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, file := range []string{"my.yaml", "scenarios/my.yaml"} {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(tiny), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	shell(t, dir, "weighbridge run my.yaml --out results/tuesday && cp -r results/tuesday results/matrix-20261122T120000Z")
	var commands []string
	root := newRoot(streams{out: &bytes.Buffer{}, err: &bytes.Buffer{}})
	for _, verb := range append(root.Commands(), root) {
		if verb.Hidden {
			continue
		}
		if verb.Example == "" {
			t.Errorf("%s --help shows no example", verb.Name())
		}
		for line := range strings.Lines(verb.Example) {
			command, _, _ := strings.Cut(line, "#")
			if command = strings.TrimSpace(command); !slices.Contains(commands, command) {
				commands = append(commands, command)
			}
		}
	}
	several(len(commands), func(i int, _ time.Duration) { shell(t, dir, commands[i]) }, func() time.Duration { return 0 })
}

// asShort is weighbridge with runs made shorter, a mock that ends once it has said
// where it is, and a selftest that may find what it likes but attempts that are lost.
const asShort = `weighbridge() {
  case "$1" in
  run) command weighbridge "$@"` + shorter + ` ;;
  mock)
    command weighbridge "$@" --listen 127.0.0.1:0 >greeting.$$ & mock=$!
    for i in $(seq 600); do grep -q PATCH greeting.$$ && break; sleep 0.05; done
    kill $mock && wait $mock && grep PATCH greeting.$$ ;;
  selftest) # a busy machine does not measure true
    said=$(command weighbridge "$@" --quick) || [ $? = 12 ] || return
    echo "$said"
    ! echo "$said" | grep 'ledger does not match' ;;
  *) command weighbridge "$@" ;;
  esac
}
`

// shell runs a line; it must end with 0.
func shell(t *testing.T, dir, line string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", asShort+line)
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", line, err, said)
	}
}
