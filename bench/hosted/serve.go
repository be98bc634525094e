package hosted

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"weighbridge/bench/machine"
	"weighbridge/mockserver"
	"weighbridge/mockserver/callback"
)

// drainTimeout bounds how long the child waits for open requests when it ends.
const drainTimeout = 2 * time.Second

// Serve is the child's side: it reads an order from stdin, writes where the mocks listen
// to stdout, and serves until stdin is closed, which also happens when the parent
// dies. A signal that is sent to the whole process group, such as Ctrl-C, must not
// end the child, since the parent still reads the ledgers: ignore it before the call.
func Serve(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	in := bufio.NewReader(stdin)
	list, token, err := readOrder(in)
	if err != nil {
		return err
	}
	process := machine.NewProcess()
	defer process.Watch()()
	host, err := mockserver.Listen(list, mockserver.HostOptions{
		Token: token, Settings: Settings(), Process: func() any { return process.Took() },
	})
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

// order is what the parent writes to the child's standard input, where no other process can
// read it: the job, and the token that the control listener asks for.
type order struct {
	Job   Job    `json:"job"`
	Token string `json:"token"`
	// Callbacks is where each arm's mock sends its usage callbacks.
	Callbacks map[string]callback.Delivery `json:"callbacks,omitempty"`
}

// readOrder reads the first line of standard input. It returns the mocks that it asks for
// and the token of their control listener, which must not be empty.
func readOrder(in *bufio.Reader) ([]mockserver.Instance, string, error) {
	line, err := in.ReadBytes('\n')
	if err != nil {
		return nil, "", fmt.Errorf("read the job: %w", err)
	}
	var o order
	if err := json.Unmarshal(line, &o); err != nil {
		return nil, "", fmt.Errorf("read the job: %w", err)
	}
	if o.Token == "" {
		return nil, "", errors.New("read the job: expected a token for the control listener, found none")
	}
	scenario, err := o.Job.Scenario()
	if err != nil {
		return nil, "", err
	}
	list, err := instances(scenario.Arms(), o.Callbacks)
	return list, o.Token, err
}
