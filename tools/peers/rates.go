package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// scratchFile writes a text to a file and returns its path.
func scratchFile(path, text string) (string, error) {
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// rateAfter returns a function that reads the number that follows a label.
func rateAfter(label string) func([]byte) (float64, error) {
	number := regexp.MustCompile(regexp.QuoteMeta(label) + `\s*([0-9.]+)`)
	return func(printed []byte) (float64, error) { return firstNumber(number, printed) }
}

var h2loadLine = regexp.MustCompile(`finished in [^,]*, ([0-9.]+) req/s`)

var k6Line = regexp.MustCompile(`http_reqs\.*: [0-9]+ +([0-9.]+)/s`)

var k6Failed = regexp.MustCompile(`http_req_failed\.*: ([0-9.]+)%`)

// k6Rate reads k6's summary.
func k6Rate(printed []byte) (float64, error) {
	failed, err := firstNumber(k6Failed, printed)
	if err != nil {
		return 0, err
	}
	if failed > 0 {
		return 0, fmt.Errorf("%v%% of the requests failed", failed)
	}
	return firstNumber(k6Line, printed)
}

func h2loadRate(printed []byte) (float64, error) { return firstNumber(h2loadLine, printed) }

func firstNumber(pattern *regexp.Regexp, text []byte) (float64, error) {
	found := pattern.FindSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("it printed no rate: %.200q", text)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}

// vegetaRate reads vegeta's report.
func vegetaRate(printed []byte) (float64, error) {
	var report struct {
		Throughput float64 `json:"throughput"`
		Success    float64 `json:"success"`
	}
	if err := json.Unmarshal(printed, &report); err != nil {
		return 0, err
	}
	if report.Success < 1 {
		return 0, fmt.Errorf("only %.3g%% of the requests succeeded", 100*report.Success)
	}
	return report.Throughput, nil
}

// weighbridgeRate reads the summary of a run.
func weighbridgeRate(printed []byte) (float64, error) {
	summary, err := readSummary(printed)
	switch {
	case err != nil:
		return 0, err
	case len(summary.Arms) != 1 || summary.Arms[0].TPS == nil:
		return 0, fmt.Errorf("the summary has no TPS: %v", summary.Invalid)
	case summary.Arms[0].ErrorRate == nil || *summary.Arms[0].ErrorRate > 0:
		return 0, errors.New("some of the requests failed")
	}
	return *summary.Arms[0].TPS, nil
}

// weighbridgeInvalid is why weighbridge calls its run invalid; "" if it does not.
func weighbridgeInvalid(printed []byte) string {
	summary, _ := readSummary(printed) // its rate could not be read either
	return strings.Join(summary.Invalid, "; ")
}

// summary is what is read of weighbridge's.
type summary struct {
	Arms []struct {
		TPS       *float64 `json:"tps"`
		ErrorRate *float64 `json:"error_rate"`
		SendLag   *struct {
			P99 float64 `json:"p99"`
		} `json:"send_lag_ms"`
	} `json:"arms"`
	Invalid []string `json:"invalid"`
}

func readSummary(printed []byte) (s summary, err error) {
	err = json.NewDecoder(bytes.NewReader(printed)).Decode(&s)
	return s, err
}
