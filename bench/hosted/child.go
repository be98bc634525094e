package hosted

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"weighbridge/bench/machine"
	"weighbridge/mockserver"
	"weighbridge/mockserver/callback"
	"weighbridge/target/outbound"
)

const (
	// startTimeout bounds how long the child may take until its mocks listen.
	startTimeout = 20 * time.Second
	// stopTimeout bounds how long it may take to end once it is asked to.
	stopTimeout = 5 * time.Second
)

// child is the process that hosts the mocks. It ends when its standard input closes.
type child struct {
	command *exec.Cmd
	stdin   io.WriteCloser
	stderr  *bytes.Buffer
	// greeting yields the first line of its standard output.
	greeting chan greeting
	info     mockserver.Info
	// control asks the control listener.
	control *http.Client
	// token is what the control listener asks for.
	token string
	// stopping says that the child was asked to end.
	stopping atomic.Bool
	// exited is closed when the process has ended; exit and stderr may be read then.
	exited chan struct{}
	exit   error
}

// greeting is the first line that the child prints: where its mocks listen.
type greeting struct {
	info mockserver.Info
	err  error
}

// startChild starts the program with that environment and no other. Its mocks do not listen before it is given a job.
// Once they do, lost is called if it ends unasked.
func startChild(argv, environment []string, lost func(error)) (*child, error) {
	c := &child{
		command: exec.Command(argv[0], argv[1:]...), stderr: &bytes.Buffer{},
		greeting: make(chan greeting, 1), exited: make(chan struct{}), control: outbound.NewClient(outbound.Dialer{}),
		token: rand.Text(),
	}
	c.command.Stderr, c.command.Env = c.stderr, environment
	// A Ctrl-C that reached the child before it ignores it would end it, and lose its ledgers.
	c.command.SysProcAttr = ownGroup()
	var err error
	if c.stdin, err = c.command.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := c.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.command.Start(); err != nil {
		return nil, err
	}
	go c.watch(stdout, lost)
	return c, nil
}

// watch reads the greeting and waits for the end of the process.
func (c *child) watch(stdout io.Reader, lost func(error)) {
	var g greeting
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &g.info)
	}
	g.err = err
	c.greeting <- g
	c.exit = c.command.Wait()
	close(c.exited)
	if g.err == nil && !c.stopping.Load() {
		lost(c.ended())
	}
}

// hasExited reports whether the process has ended.
func (c *child) hasExited() bool {
	select {
	case <-c.exited:
		return true
	default:
		return false
	}
}

// ended returns the error of a process that has ended unasked.
func (c *child) ended() error { return fmt.Errorf("the mock has ended: %w", c.exitError()) }

// exitError says how the process ended and what it printed on standard error; call it
// after the end.
func (c *child) exitError() error {
	err := c.exit
	if err == nil {
		err = errors.New("exit status 0")
	}
	if text := strings.TrimSpace(c.stderr.String()); text != "" {
		return fmt.Errorf("%w: %s", err, text)
	}
	return err
}

// cpuTime is the processor time the process has used so far.
func (c *child) cpuTime() (time.Duration, bool) {
	if !c.hasExited() {
		used, known := machine.CPUTime(c.command.Process.Pid)
		if _, tells := machine.CPUTime(os.Getpid()); known || !tells {
			return used, known
		}
		<-c.exited // there is no such process any more, which watch is about to note
	}
	state := c.command.ProcessState
	return state.UserTime() + state.SystemTime(), true
}

// handOver gives the child its job, and where each arm's mock sends its callbacks, and waits until the
// mocks listen.
func (c *child) handOver(ctx context.Context, job Job, to map[string]callback.Delivery) error {
	if err := json.NewEncoder(c.stdin).Encode(order{Job: job, Token: c.token, Callbacks: to}); err != nil {
		return fmt.Errorf("hand over the job: %w", err)
	}
	select {
	case g := <-c.greeting:
		if g.err != nil {
			return c.notReady(g.err)
		}
		c.info = g.info
		return nil
	case <-time.After(startTimeout):
		return fmt.Errorf("it was not ready within %v", startTimeout)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// notReady says why there is no greeting that can be read: as a rule the child has ended.
func (c *child) notReady(err error) error {
	select {
	case <-c.exited:
		return fmt.Errorf("it ended before it was ready: %w", c.exitError())
	case <-time.After(stopTimeout):
		return fmt.Errorf("it did not print where its mocks listen: %w", err)
	}
}

// stop closes the child's standard input, which ends it, and kills it if that does
// not help.
func (c *child) stop() error {
	c.stopping.Store(true)
	c.control.CloseIdleConnections()
	if err := c.stdin.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("end the mock: %w", err)
	}
	select {
	case <-c.exited:
	case <-time.After(stopTimeout):
		err := c.command.Process.Kill()
		if err == nil {
			<-c.exited
		}
		return err
	}
	if c.exit != nil {
		return c.ended()
	}
	return nil
}
