package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"weighbridge/bench/record"
)

// endsWithin bounds how long a run may go on once its mock is dead.
const endsWithin = 2 * time.Minute

// killMocks is the script command killmock TIMES COMMAND ARG…: it starts a run that often
// and kills the process of its mocks at a random moment after the first block. Each must
// leave a record, whole, that says so, and no process.
func killMocks(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: killmock TIMES COMMAND ARG…")
	}
	times, err := strconv.Atoi(args[0])
	ts.Check(err)
	folder, err := os.MkdirTemp(ts.MkAbs("."), "killed-")
	ts.Check(err)
	_, err = killMocksOf(ts.MkAbs("."), folder, times, args[1:])
	ts.Check(err)
}

// killMocksOf runs a command in dir that often, each with a folder in out, and kills its
// mocks. It returns what ended the runs.
func killMocksOf(dir, out string, times int, args []string) ([]string, error) {
	rng := rand.New(rand.NewPCG(1, uint64(times)))
	stopped, errs := make([]string, times), make([]error, times)
	fourAtOnce(times, func(i int, after time.Duration) {
		rec, err := killMock(dir, filepath.Join(out, strconv.Itoa(i)), after, args)
		if err != nil {
			errs[i] = fmt.Errorf("run %d, killed %v after its first block: %w", i, after, err)
			return
		}
		stopped[i] = fmt.Sprintf("%d blocks, %s", len(rec.Arms[0].Blocks), rec.Stopped)
	}, func() time.Duration { return time.Duration(rng.Int64N(int64(1500 * time.Millisecond))) })
	return stopped, errors.Join(errs...)
}

// killMock kills the mocks of one run and returns the record that it leaves.
func killMock(dir, out string, after time.Duration, args []string) (*record.Record, error) {
	cmd := exec.Command(args[0], slices.Concat(args[1:], []string{"--verbose", "--out", out})...)
	cmd.Dir = dir
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	said := bufio.NewReader(stderr)
	for line := ""; !strings.HasPrefix(line, "block 1 "); {
		if line, err = said.ReadString('\n'); err != nil {
			return nil, fmt.Errorf("it ended before its first block: %w", cmd.Wait())
		}
	}
	time.Sleep(after)
	rest := make(chan []byte, 1)
	go func() {
		text, _ := io.ReadAll(said)
		rest <- text
	}()
	children, text, err := killUntilEnd(cmd.Process.Pid, rest)
	if err != nil {
		return nil, errors.Join(err, cmd.Process.Kill(), cmd.Wait())
	}
	_ = cmd.Wait() // ProcessState says how it ended
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		return nil, fmt.Errorf("exit code %d, want %d:\n%s", code, exitInterrupted, text)
	}
	if err := waitForEnd(children); err != nil {
		return nil, err
	}
	rec, err := record.Read(out, nil)
	if err != nil {
		return nil, err
	}
	return rec, checkKilled(rec)
}

// killUntilEnd kills the mocks of a run and waits until it ends, when rest yields what it
// printed. A process that was ending anyway, because mocks were being restarted, may be
// killed without effect: then the next one is killed.
func killUntilEnd(pid int, rest <-chan []byte) (killed []string, text []byte, err error) {
	for deadline := time.Now().Add(endsWithin); time.Now().Before(deadline); {
		if killed, err = killChildren(pid); err != nil {
			return nil, nil, err
		}
		for deadline := time.Now().Add(endsWithin); time.Now().Before(deadline); {
			select {
			case text := <-rest:
				return killed, text, nil
			case <-time.After(50 * time.Millisecond):
			}
			if now := childrenOf(pid); len(now) > 0 && !slices.Equal(now, killed) {
				break // mocks that were started since
			}
		}
	}
	return nil, nil, fmt.Errorf("it went on for %v", endsWithin)
}

// killChildren kills the processes that pid has started; between two it waits for one.
func killChildren(pid int) ([]string, error) {
	for range 1000 {
		children := childrenOf(pid)
		for _, child := range children {
			n, err := strconv.Atoi(child)
			if err != nil {
				return nil, err
			}
			if process, err := os.FindProcess(n); err == nil {
				_ = process.Signal(syscall.SIGKILL) // it may have ended by itself
			}
		}
		if len(children) > 0 {
			return children, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil, errors.New("it hosts no mocks")
}

// checkKilled checks the record of a run whose mock was killed after the first block.
func checkKilled(rec *record.Record) error {
	if rec.Complete || !strings.Contains(rec.Stopped, "the mock") {
		return fmt.Errorf("complete is %v, stopped is %q", rec.Complete, rec.Stopped)
	}
	for _, arm := range rec.Arms {
		reason := arm.Name + ": the mock's ledger could not be read: " + arm.Ledger.Unread
		switch {
		case arm.Ledger.Matches && rec.Plan.RestartEvery > 0: // killed when it had been asked for its ledger
		case arm.Ledger.Unread == "" || !slices.Contains(rec.Invalid, reason):
			return fmt.Errorf("the ledger is %+v, and invalid says %q", arm.Ledger, rec.Invalid)
		}
		if len(arm.Blocks) == 0 || !arm.Blocks[0].Complete {
			return fmt.Errorf("arm %s holds %d blocks, and not the first", arm.Name, len(arm.Blocks))
		}
	}
	return nil
}
