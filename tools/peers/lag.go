package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"time"
)

// sendLag is the p99 of how late a tool sent the requests of open load after they were due, in ms; 0 if it does not tell.
func (t tool) sendLag(ctx context.Context, l load, printed []byte, scratch string) (float64, error) {
	switch {
	case l.rate == 0:
		return 0, nil
	case t.lag != nil:
		return t.lag(printed)
	case t.moments == nil:
		return 0, nil
	}
	command := exec.CommandContext(ctx, t.path, t.moments(scratch)...)
	lines, err := command.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := command.Start(); err != nil {
		return 0, err
	}
	lag, err := lagOfMoments(lines, l.rate)
	if err := cmp.Or(command.Wait(), err); err != nil {
		return 0, fmt.Errorf("read when requests were sent: %w", err)
	}
	return lag, nil
}

// lagOfMoments is the p99 of the send lag in ms of requests at a constant rate in requests/s, given lines that begin with the
// moment at which each was sent, in nanoseconds. The schedule starts with the first request, as if that one were on time.
// The lines are not kept: the peak memory of the tools that run later includes what this process has when it starts them.
func lagOfMoments(lines io.Reader, rate int) (float64, error) {
	var moments []int64
	scanner := bufio.NewScanner(lines)
	for scanner.Scan() {
		first, _, _ := bytes.Cut(scanner.Bytes(), []byte(","))
		moment, err := strconv.ParseInt(string(first), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%.80q is no moment at which a request was sent", scanner.Bytes())
		}
		moments = append(moments, moment)
	}
	if err := scanner.Err(); err != nil {
		return 0, err
	}
	if len(moments) == 0 {
		return 0, errors.New("no moments at which requests were sent")
	}
	slices.Sort(moments)
	lags := make([]float64, len(moments))
	for i, moment := range moments {
		due := moments[0] + int64(i)*int64(time.Second)/int64(rate)
		lags[i] = float64(moment-due) / float64(time.Millisecond)
	}
	slices.Sort(lags)
	return lags[(len(lags)*99+99)/100-1], nil
}

func vegetaMoments(scratch string) []string {
	return []string{"encode", "-to", "csv", scratch + ".bin"}
}

// weighbridgeLag reads the send lag from the summary of a run.
func weighbridgeLag(printed []byte) (float64, error) {
	summary, err := readSummary(printed)
	if err != nil {
		return 0, err
	}
	if len(summary.Arms) != 1 || summary.Arms[0].SendLag == nil {
		return 0, errors.New("the summary has no send lag")
	}
	return summary.Arms[0].SendLag.P99, nil
}
