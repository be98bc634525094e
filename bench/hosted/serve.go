package hosted

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"weighbridge/bench/machine"
	"weighbridge/mockserver"
)

// drainTimeout bounds how long the child waits for open requests when it ends.
const drainTimeout = 2 * time.Second

// Serve is the child's side: it reads a Job from stdin, writes where the mocks listen
// to stdout, and serves until stdin is closed, which also happens when the parent
// dies. A signal that is sent to the whole process group, such as Ctrl-C, must not
// end the child, since the parent still reads the ledgers: ignore it before the call.
func Serve(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	in := bufio.NewReader(stdin)
	list, err := readJob(in)
	if err != nil {
		return err
	}
	process := machine.NewProcess()
	defer process.Watch()()
	host, err := mockserver.Listen(list, mockserver.HostOptions{Settings: Settings(), Process: func() any { return process.Took() }})
	if err != nil {
		return err
	}
	if err := json.NewEncoder(stdout).Encode(host.Info()); err != nil {
		return fmt.Errorf("write where the mocks listen: %w", err)
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return fmt.Errorf("wait for the parent to close standard input: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	return host.Close(ctx)
}

// readJob reads the first line of standard input and gives the mocks it asks for.
func readJob(in *bufio.Reader) ([]mockserver.Instance, error) {
	line, err := in.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("read the job: %w", err)
	}
	var job Job
	if err := json.Unmarshal(line, &job); err != nil {
		return nil, fmt.Errorf("read the job: %w", err)
	}
	scenario, err := job.Scenario()
	if err != nil {
		return nil, err
	}
	return instances(scenario.Arms())
}
