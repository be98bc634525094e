// Command peers runs weighbridge and other load generators in turn against one plain server, and
// writes what each of them cost beside vegeta to bench/PEERS.md. It says which of them are missing,
// and installs them where it is asked to.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// options are the options of the command line.
type options struct {
	repetitions int
	seconds     int
	openSeconds int
	only        string
	weighbridge string
	out         string
	install     bool
}

func main() {
	if err := execute(); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// execute does what the command line says.
func execute() error {
	if len(os.Args) == 2 && os.Args[1] == "serve" {
		return serve(os.Stdin, os.Stdout)
	}
	var o options
	flag.IntVar(&o.repetitions, "repetitions", 5, "how often every tool runs under every load")
	flag.IntVar(&o.seconds, "seconds", 4, "how long it runs under closed load")
	flag.IntVar(&o.openSeconds, "open-seconds", 10, "how long it runs under open load")
	flag.StringVar(&o.only, "only", "", "only the loads whose name contains this")
	flag.StringVar(&o.weighbridge, "weighbridge", "weighbridge", "the weighbridge to run")
	flag.StringVar(&o.out, "out", "", "the file to write; standard output if empty")
	flag.BoolVar(&o.install, "install", false, "install what is missing: beside weighbridge, or from Debian")
	flag.Parse()
	if path, err := filepath.Abs(o.weighbridge); err == nil && strings.Contains(o.weighbridge, "/") {
		o.weighbridge = path
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return compare(ctx, o, os.Stderr)
}

// secondsOf is how long each tool runs under a load.
func (o options) secondsOf(l load) int {
	if l.rate > 0 {
		return o.openSeconds
	}
	return o.seconds
}

// compare runs everything and writes the page.
func compare(ctx context.Context, o options, progress io.Writer) error {
	server, err := startServer(ctx)
	if err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	defer server.stop()
	scratch, err := os.MkdirTemp("", "peers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	folder := filepath.Dir(o.weighbridge)
	tools, missing := present(o.weighbridge, folder)
	if o.install && len(missing) > 0 {
		install(ctx, missing, folder, progress)
		tools, missing = present(o.weighbridge, folder)
	}
	page := page{about: about(o)}
	for _, t := range missing {
		page.missing = append(page.missing, fmt.Sprintf("%s (%s)", t.name, t.install))
	}
	for _, l := range loads() {
		if !strings.Contains(l.name, o.only) {
			continue
		}
		r, err := runLoad(ctx, l, tools, server, o, scratch, progress)
		if err != nil {
			return err
		}
		page.results = append(page.results, r)
	}
	if o.out == "" {
		return page.write(os.Stdout)
	}
	file, err := os.Create(o.out)
	if err != nil {
		return err
	}
	if err := page.write(file); err != nil {
		_ = file.Close() // the error before says more
		return err
	}
	return file.Close()
}

// shortSeconds is how long each tool runs once under each load, so that its start and its report are told
// from its requests.
const shortSeconds = 1

// runLoad runs every tool that knows a load, in an order that moves on by one with every repetition.
func runLoad(ctx context.Context, l load, tools []tool, server *server, o options, scratch string, progress io.Writer) (results, error) {
	r := results{load: l, runs: map[string][]run{}}
	var able []tool
	for _, t := range tools {
		if t.command(l, server.url(l), o.secondsOf(l), filepath.Join(scratch, "asked")) != nil {
			able = append(able, t)
			r.tools = append(r.tools, t.name)
		}
	}
	short := map[string]run{}
	for repetition := range 1 + o.repetitions {
		for i := range able {
			t := able[(i+repetition)%len(able)]
			own, err := os.MkdirTemp(scratch, t.name)
			if err != nil {
				return r, err
			}
			seconds := o.secondsOf(l)
			if repetition == 0 {
				seconds = shortSeconds
			}
			one, err := measure(ctx, t, l, server, seconds, filepath.Join(own, "run"))
			if ctx.Err() != nil {
				return r, ctx.Err()
			}
			if repetition == 0 { // what fails now fails again
				short[t.name] = one
				continue
			}
			if err != nil {
				r.failed = append(r.failed, fmt.Sprintf("%s, repetition %d: %v", t.name, repetition, err))
			}
			if one.invalid != "" {
				r.invalid = append(r.invalid, fmt.Sprintf("%s, repetition %d: %s", t.name, repetition, one.invalid))
			}
			one = one.beyond(short[t.name])
			fmt.Fprintf(progress, "%s, %d of %d: %s %.0f requests/s, %.1f µs of CPU each\n", l.name, repetition, o.repetitions, t.name, one.rate, one.cpu)
			r.runs[t.name] = append(r.runs[t.name], one)
		}
	}
	return r, nil
}

// about says what was measured where.
func about(o options) string {
	busy := ""
	if text, err := os.ReadFile("/proc/loadavg"); err == nil { // which only Linux has
		one, _, _ := strings.Cut(string(text), " ")
		busy = fmt.Sprintf(" The machine's load average was %s before.", one)
	}
	return fmt.Sprintf("%s, %d cores, %s/%s, %s. Client and server share the cores. %d repetitions in turn, of %d s under closed and %d s under open load.%s",
		time.Now().UTC().Format("2 January 2006"), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), o.repetitions, o.seconds, o.openSeconds, busy)
}
