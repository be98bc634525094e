package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
)

// load is what the tools do.
type load struct {
	name     string
	protocol string // http/1.1, h2c or h2, which is over TLS
	// rate is in requests/s; 0 keeps inFlight requests in flight.
	rate, inFlight int
	// connections is how many of them there are; 0 leaves it to the tool.
	connections int
}

// oneStream says that the server allows one stream on a connection. The tools then open as many
// connections as there are requests in flight.
func (l load) oneStream() bool { return l.protocol == "h2" && l.connections > 1 }

func loads() []load {
	return []load{
		{"HTTP/1.1, closed, 50 connections", "http/1.1", 0, 50, 50},
		{"HTTP/1.1, open, 2,000/s", "http/1.1", 2000, 0, 0},
		{"HTTP/1.1, open, 10,000/s", "http/1.1", 10_000, 0, 0},
		{"h2c, closed, 50 streams of one connection", "h2c", 0, 50, 1},
		{"h2c, open, 2,000/s", "h2c", 2000, 0, 0},
		{"HTTP/2 over TLS, closed, 50 streams of one connection", "h2", 0, 50, 1},
		{"HTTP/2 over TLS, closed, 50 connections, as the server allows one stream on each", "h2", 0, 50, 50},
		{"HTTP/2 over TLS, open, 2,000/s", "h2", 2000, 0, 0},
	}
}

// tool is a load generator.
type tool struct {
	name string
	// path is the path of its program; install says how to get it.
	path, install string
	// arguments returns those of its command line; nil for a load that it cannot make. scratch is a
	// path where it may write.
	arguments func(l load, url string, seconds int, scratch string) []string
	// report returns the arguments with which the program then prints what it did; nil if it has
	// printed that.
	report func(scratch string) []string
	// rate reads the requests/s from what was printed.
	rate func(printed []byte) (float64, error)
	// lag, if set, reads the p99 of the send lag in ms from what was printed. moments, if set, returns the arguments with
	// which the program prints when it sent each request, from which it is calculated.
	lag     func(printed []byte) (float64, error)
	moments func(scratch string) []string
	// invalid, if set, reads why the tool itself says that its figures do not count.
	invalid func(printed []byte) string
}

// command returns the arguments with the program before them.
func (t tool) command(l load, url string, seconds int, scratch string) []string {
	arguments := t.arguments(l, url, seconds, scratch)
	if arguments == nil {
		return nil
	}
	return append([]string{t.path}, arguments...)
}

// present returns the tools that are installed, in the path or in a folder, and the others.
func present(weighbridge, folder string) (found, missing []tool) {
	for _, t := range known() {
		programs := []string{t.name, filepath.Join(folder, t.name)}
		if t.name == "weighbridge" {
			programs = []string{weighbridge}
		}
		for _, program := range programs {
			if path, err := exec.LookPath(program); err == nil {
				t.path = path
				break
			}
		}
		if t.path == "" {
			missing = append(missing, t)
			continue
		}
		found = append(found, t)
	}
	return found, missing
}

// known are all tools. The first is what the others are compared with.
func known() []tool {
	const goInstall = "go install "
	return []tool{
		{name: "vegeta", install: goInstall + "github.com/tsenart/vegeta/v12@v12.13.0", arguments: vegetaArguments, report: vegetaReport, rate: vegetaRate, moments: vegetaMoments},
		{name: "weighbridge", install: "go build ./cmd/weighbridge", arguments: weighbridgeArguments, rate: weighbridgeRate, lag: weighbridgeLag, invalid: weighbridgeInvalid},
		{name: "hey", install: goInstall + "github.com/rakyll/hey@v0.1.5", arguments: heyArguments, rate: rateAfter("Requests/sec:")},
		{name: "bombardier", install: goInstall + "github.com/codesenberg/bombardier@latest", arguments: bombardierArguments, rate: rateAfter("Reqs/sec")},
		{name: "wrk", install: "apt-get install -y wrk", arguments: wrkArguments, rate: rateAfter("Requests/sec:")},
		{name: "h2load", install: "apt-get install -y nghttp2-client", arguments: h2loadArguments, rate: h2loadRate},
		{name: "ab", install: "apt-get install -y apache2-utils", arguments: abArguments, rate: rateAfter("Requests per second:")},
		{name: "k6", install: goInstall + "go.k6.io/k6@v1.8.1", arguments: k6Arguments, rate: k6Rate},
	}
}

func vegetaArguments(l load, url string, seconds int, scratch string) []string {
	targets, err := scratchFile(scratch+".txt", "GET "+url+"\n")
	if err != nil {
		return nil
	}
	arguments := []string{"attack", "-targets", targets, "-duration", fmt.Sprintf("%ds", seconds), "-output", scratch + ".bin", "-max-body", "0", "-insecure"}
	arguments = append(arguments, fmt.Sprintf("-http2=%t", l.protocol == "h2"), fmt.Sprintf("-h2c=%t", l.protocol == "h2c"), "-rate", strconv.Itoa(l.rate))
	if l.rate == 0 {
		n := strconv.Itoa(l.inFlight)
		arguments = append(arguments, "-max-workers", n, "-workers", n, "-connections", n)
	}
	return arguments
}

func vegetaReport(scratch string) []string { return []string{"report", "-type=json", scratch + ".bin"} }

func weighbridgeArguments(l load, url string, seconds int, scratch string) []string {
	how := fmt.Sprintf("closed: {in_flight: %d, duration: %ds, ramp: 0s}", l.inFlight, seconds)
	if l.rate > 0 {
		how = fmt.Sprintf("open: {rate: %d, arrivals: constant, duration: %ds}", l.rate, seconds)
	}
	protocol := map[string]string{"http/1.1": "http/1.1", "h2c": "h2c", "h2": "http/2"}[l.protocol]
	connections := 0 // as many as are needed
	if l.protocol == "http/1.1" {
		connections = l.connections
	}
	scenario, err := scratchFile(scratch+".yaml", fmt.Sprintf(`name: peers
target: {dialect: http, url: "%s", http: {method: GET, body: "", success: "status == 200"}}
client: {protocol: %s, connections: %d, in_flight: %d, tls: {insecure: true}}
load: {warmup: 0s, %s}
experiment: {blocks: 1}
`, url, protocol, connections, max(l.inFlight, l.rate), how))
	if err != nil {
		return nil
	}
	return []string{"run", scenario, "--out", scratch + ".out", "--format", "json"}
}

func heyArguments(l load, url string, seconds int, _ string) []string {
	if l.rate > 0 || l.protocol == "h2c" || l.oneStream() { // which hey does not manage: 25 requests/s
		return nil
	}
	arguments := []string{"-z", fmt.Sprintf("%ds", seconds), "-c", strconv.Itoa(l.inFlight)}
	if l.protocol == "h2" {
		arguments = append(arguments, "-h2")
	}
	return append(arguments, url)
}

func bombardierArguments(l load, url string, seconds int, _ string) []string {
	if l.protocol != "http/1.1" || l.rate > 0 {
		return nil
	}
	return []string{"-d", fmt.Sprintf("%ds", seconds), "-c", strconv.Itoa(l.inFlight), "-p", "result", url}
}

func wrkArguments(l load, url string, seconds int, _ string) []string {
	if l.protocol != "http/1.1" || l.rate > 0 {
		return nil
	}
	return []string{"-t2", "-c", strconv.Itoa(l.inFlight), "-d", fmt.Sprintf("%ds", seconds), url}
}

func h2loadArguments(l load, url string, seconds int, _ string) []string {
	if l.rate > 0 {
		return nil
	}
	arguments := []string{"-D", strconv.Itoa(seconds), "-c", strconv.Itoa(l.connections), "-m", strconv.Itoa(l.inFlight / l.connections), "-t", strconv.Itoa(min(l.connections, 2))}
	if l.protocol == "http/1.1" {
		arguments = append(arguments, "--h1")
	}
	return append(arguments, url)
}

func abArguments(l load, url string, seconds int, _ string) []string {
	if l.protocol != "http/1.1" || l.rate > 0 {
		return nil
	}
	const most = 50_000_000 // requests: the time ends it
	return []string{"-q", "-k", "-c", strconv.Itoa(l.inFlight), "-t", strconv.Itoa(seconds), "-n", strconv.Itoa(most), url}
}

// k6Arguments has a connection for every virtual user, which k6 cannot share.
func k6Arguments(l load, url string, seconds int, scratch string) []string {
	const most = 2000 // requests/s; for more it needs more processors
	if l.protocol == "h2c" || l.protocol == "h2" && l.connections == 1 || l.rate > most {
		return nil
	}
	executor := fmt.Sprintf("executor: 'constant-vus', vus: %d", l.inFlight)
	if l.rate > 0 {
		executor = fmt.Sprintf("executor: 'constant-arrival-rate', rate: %d, timeUnit: '1s', preAllocatedVUs: 50, maxVUs: 500", l.rate)
	}
	script, err := scratchFile(scratch+".js", fmt.Sprintf(`import http from 'k6/http';
export const options = {insecureSkipTLSVerify: true, discardResponseBodies: true, scenarios: {s: {%s, duration: '%ds', gracefulStop: '1s'}}};
export default function () { http.get('%s'); }
`, executor, seconds, url))
	if err != nil {
		return nil
	}
	return []string{"run", "--no-usage-report", "--quiet", script}
}
