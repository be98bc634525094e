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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal kills the process.
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// run is the whole program. It returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	secrets := &target.Redactor{}
	root := newRoot(stdio{in: stdin, out: stdout, err: stderr, secrets: secrets})
	root.SetArgs(args)
	return printError(root.ExecuteContext(ctx), stderr, secrets)
}
