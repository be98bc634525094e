// Command weighbridge measures APIs under load: it runs every arm of a scenario
// side by side, compares them, and says when a figure cannot be trusted.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(start()) }

// start is run on the process's own streams and signals.
func start() int {
	// net/http remarks on servers that break the protocol; what they broke is counted.
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// run is the program: it gives the exit code of the contract.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot(streams{in: stdin, out: stdout, err: stderr})
	root.SetArgs(args)
	return report(root.ExecuteContext(ctx), stderr)
}
