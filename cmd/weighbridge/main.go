// Command weighbridge measures APIs under load: it runs all arms of a scenario side by
// side, compares them, and says which figures cannot be trusted.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"weighbridge/target"
)

func main() { os.Exit(start()) }

// start calls run with the arguments, streams and signals of the process.
func start() int {
	// net/http logs protocol errors of servers, which are counted anyway.
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), endingSignals()...)
	// A second signal kills the process, except for SIGHUP: a shell and its terminal, when
	// they end, may both send one.
	context.AfterFunc(ctx, func() {
		signal.Ignore(syscall.SIGHUP)
		stop()
	})
	return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// endingSignals are the signals that interrupt a run. SIGHUP is not one of them if whoever
// started the process had it ignored, as nohup does.
func endingSignals() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

// outliveReaders makes a write to stdout or stderr fail with an error once its reader has gone. By
// default such a write ends the process (SIGPIPE). Verbs that run for long call it.
func outliveReaders() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // nobody receives it
}

// run is the whole program. It returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	secrets := &target.Redactor{}
	root := newRoot(stdio{in: stdin, out: stdout, err: stderr, secrets: secrets})
	root.SetArgs(args)
	if err := unknownBeforeHelp(root, args); err != nil {
		return printError(err, stderr, secrets)
	}
	return printError(root.ExecuteContext(ctx), stderr, secrets)
}
