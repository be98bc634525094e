package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// run is what one tool did once.
type run struct {
	rate float64 // requests/s, as it says
	// answered is how many requests the server answered, and cpu how many µs of processor time its whole
	// process took for each.
	answered uint64
	cpu      float64
	// further is the same without what any run of the tool takes, however short.
	further float64
	peak    float64 // MiB of memory
	// lag is the p99 of how late requests left after they were due, in ms; 0 if the tool does not tell.
	lag float64
	// connections is how many it opened.
	connections float64
	// invalid is why the tool itself says that its figures do not count.
	invalid string
}

// settle is the pause before a run, in which the server closes what the one before has left.
const settle = 500 * time.Millisecond

// measure runs a tool.
func measure(ctx context.Context, t tool, l load, server *server, seconds int, scratch string) (run, error) {
	time.Sleep(settle)
	before, err := server.counts()
	if err != nil {
		return run{}, err
	}
	line := t.command(l, server.url(l), seconds, scratch)
	command := exec.CommandContext(ctx, line[0], line[1:]...)
	var printed, complained bytes.Buffer
	command.Stdout, command.Stderr = &printed, &complained
	if err := command.Run(); err != nil {
		return run{}, fmt.Errorf("%w: %.300s", err, complained.Bytes())
	}
	after, err := server.counts()
	if err != nil {
		return run{}, err
	}
	answered := after.answered - before.answered
	if answered == 0 {
		return run{}, errors.New("it sent nothing")
	}
	used := command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	if t.report != nil {
		printed.Reset()
		report := exec.CommandContext(ctx, t.path, t.report(scratch)...)
		if report.Stdout = &printed; report.Run() != nil {
			return run{}, errors.New("its report failed")
		}
	}
	rate, err := t.rate(printed.Bytes())
	if err != nil {
		return run{}, err
	}
	lag, err := t.sendLag(ctx, l, printed.Bytes(), scratch)
	if err != nil {
		return run{}, err
	}
	invalid := ""
	if t.invalid != nil {
		invalid = t.invalid(printed.Bytes())
	}
	return run{
		rate: rate, invalid: invalid, answered: answered, cpu: float64(used.Nanoseconds()) / 1e3 / float64(answered),
		lag: lag, peak: peakMiB(command.ProcessState), connections: float64(after.connections - before.connections),
	}, nil
}

// beyond returns a run with what each of its requests took beyond those of a shorter run, which had to
// start and to report as well.
func (r run) beyond(short run) run {
	if short.answered > 0 && r.answered > short.answered {
		r.further = (r.cpu*float64(r.answered) - short.cpu*float64(short.answered)) / float64(r.answered-short.answered)
	}
	return r
}
