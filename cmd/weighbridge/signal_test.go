package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"weighbridge/bench/record"
)

// signalRuns is the script command signal SIGNAL TIMES COMMAND ARG…: it starts a run that
// often and sends it the signal, each time at another moment, with --out set to a fresh
// folder. Every other run gets it only after it has started its mock. After each, the record
// must be whole or absent, and no process left.
func signalRuns(ts *testscript.TestScript, _ bool, args []string) {
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "KILL": syscall.SIGKILL}
	if len(args) < 3 || signals[args[0]] == 0 {
		ts.Fatalf("usage: signal INT|KILL TIMES COMMAND ARG…")
	}
	signal := signals[args[0]]
	times, err := strconv.Atoi(args[1])
	ts.Check(err)
	folder, err := os.MkdirTemp(ts.MkAbs("."), "signalled-")
	ts.Check(err)
	rng := rand.New(rand.NewPCG(1, uint64(signal)))
	children, errs := make([]int, times), make([]error, times)
	fourAtOnce(times, func(i int, after time.Duration) {
		out := filepath.Join(folder, strconv.Itoa(i))
		n, err := signalRun(ts, signal, i%2 == 0, after, out, args[2:])
		children[i] = n
		if err != nil {
			errs[i] = fmt.Errorf("run %d, %v after %v: %w", i, signal, after, err)
		}
	}, func() time.Duration { return time.Duration(rng.Int64N(int64(1200 * time.Millisecond))) })
	ts.Check(errors.Join(errs...))
	mocks := 0
	for _, n := range children {
		mocks += n
	}
	if mocks == 0 {
		ts.Fatalf("no run had started its mock when it got the signal")
	}
}

// fourAtOnce calls do n times, four at once because a run mostly waits, each with a
// duration drawn for it.
func fourAtOnce(n int, do func(i int, after time.Duration), draw func() time.Duration) {
	var wg sync.WaitGroup
	free := make(chan struct{}, 4)
	for i := range n {
		after := draw()
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			do(i, after)
		})
	}
	wg.Wait()
}

// signalRun sends one run a signal, some time after its start or that of its mock. It returns
// how many processes the run had started by then.
func signalRun(ts *testscript.TestScript, signal syscall.Signal, hasMock bool, after time.Duration, out string, args []string) (int, error) {
	path, err := exec.LookPath(args[0])
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(path, slices.Concat(args[1:], []string{"--out", out})...)
	cmd.Dir = ts.MkAbs(".")
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	pid := cmd.Process.Pid
	for hasMock && len(childrenOf(pid)) == 0 && len(stillRunning([]string{strconv.Itoa(pid)})) > 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(after)
	children := childrenOf(pid)
	if err := cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return 0, err
	}
	_ = cmd.Wait() // ProcessState says how it ended
	if code := cmd.ProcessState.ExitCode(); signal == syscall.SIGINT && !mayEndInterrupted(code, len(children)) {
		return 0, fmt.Errorf("exit code %d, with %d processes started", code, len(children))
	}
	if err := waitForEnd(children); err != nil {
		return 0, err
	}
	return len(children), checkFolder(out)
}

// mayEndInterrupted reports whether a run that was interrupted may end with the code:
// done, interrupted, or by the signal itself while the program was still being loaded.
func mayEndInterrupted(code, children int) bool {
	const bySignal = -1
	return code == exitInterrupted || code == exitDone || code == bySignal && children == 0
}

// checkFolder accepts a record that can be read, or none.
func checkFolder(out string) error {
	rec, err := record.Read(out, nil)
	if _, missing := os.Stat(filepath.Join(out, record.FileName)); errors.Is(missing, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(rec.Arms) == 0 {
		return errors.New("the record holds no arm")
	}
	return nil
}

// childrenOf lists the processes that pid has started (proc(5), task/[tid]/children).
func childrenOf(pid int) []string {
	var all []string
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		raw, _ := os.ReadFile(task) // a process that has ended has none
		all = append(all, strings.Fields(string(raw))...)
	}
	return all
}

// waitForEnd waits until none of the processes runs any more.
func waitForEnd(pids []string) error {
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		alive := stillRunning(pids)
		if len(alive) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the processes %v are left behind", alive)
		}
	}
}

// stillRunning lists the processes that still run; a zombie does not.
func stillRunning(pids []string) []string {
	var alive []string
	for _, pid := range pids {
		raw, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil {
			continue
		}
		_, state, _ := strings.Cut(string(raw), ") ")
		if !strings.HasPrefix(state, "Z") && !strings.HasPrefix(state, "X") {
			alive = append(alive, pid)
		}
	}
	return alive
}
