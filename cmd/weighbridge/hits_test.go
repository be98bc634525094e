package main

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	vegeta "github.com/tsenart/vegeta/v12/lib"

	"weighbridge/bench/record"
)

// tally counts the hits of an arm under one kind of load.
type tally struct{ requests, prompts, failed uint64 }

// hitsAgree is the script command hits RECORD FILE: the slices of the record must count the
// hits of the file. Vegeta's format has no prompts and does not say which hits counted, so
// that only the requests of open load are compared.
func hitsAgree(ts *testscript.TestScript, _ bool, args []string) {
	rec, err := record.Read(ts.MkAbs(args[0]), nil)
	ts.Check(err)
	file, err := os.Open(ts.MkAbs(args[1]))
	ts.Check(err)
	defer file.Close()
	r, stem := io.Reader(file), args[1]
	if name, zipped := strings.CutSuffix(stem, ".gz"); zipped {
		r, err = gzip.NewReader(file)
		ts.Check(err)
		stem = name
	}
	read := map[string]func(io.Reader) (map[string]tally, error){
		".csv": tallyCSV, ".jsonl": tallyJSON, ".ndjson": tallyJSON, ".gob": tallyVegeta, ".vegeta": tallyVegeta,
	}[filepath.Ext(stem)]
	got, err := read(r)
	ts.Check(err)
	prompts := read != nil && filepath.Ext(stem) != ".gob" && filepath.Ext(stem) != ".vegeta"
	for _, arm := range rec.Arms {
		open, closed := tally{}, tally{}
		for _, b := range arm.Blocks {
			open.add(b.Open)
			closed.add(b.Closed)
		}
		if !prompts {
			open = tally{requests: open.requests}
		}
		if key := arm.Name + " open"; got[key] != open {
			ts.Fatalf("%s: the record counts %+v, the file %+v", key, open, got[key])
		}
		if key := arm.Name + " closed"; prompts && got[key] != closed {
			ts.Fatalf("%s: the record counts %+v, the file %+v", key, closed, got[key])
		}
		if open.requests == 0 {
			ts.Fatalf("%s: nothing was measured", arm.Name)
		}
	}
}

func (t *tally) add(s *record.Slice) {
	if s != nil {
		t.requests += s.Requests
		t.prompts += s.Answered + s.Failed
		t.failed += s.Failed
	}
}

// addHit adds a hit to its tally if it counts.
func addHit(into map[string]tally, key, prompts, failed, counted string) error {
	n, err1 := strconv.ParseUint(prompts, 10, 64)
	f, err2 := strconv.ParseUint(failed, 10, 64)
	if t := into[key]; counted == "true" {
		into[key] = tally{t.requests + 1, t.prompts + n, t.failed + f}
	}
	return errors.Join(err1, err2)
}

func tallyCSV(r io.Reader) (map[string]tally, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	out := map[string]tally{}
	for _, row := range rows[1:] {
		cell := func(name string) string { return row[at[name]] }
		if err := addHit(out, cell("arm")+" "+cell("phase"), cell("prompts"), cell("failed"), cell("counted")); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func tallyJSON(r io.Reader) (map[string]tally, error) {
	out := map[string]tally{}
	for lines := json.NewDecoder(r); ; {
		var line map[string]any
		if err := lines.Decode(&line); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		text := func(name string) string { return fmt.Sprint(line[name]) }
		if err := addHit(out, text("arm")+" "+text("phase"), text("prompts"), text("failed"), text("counted")); err != nil {
			return nil, err
		}
	}
}

func tallyVegeta(r io.Reader) (map[string]tally, error) {
	out := map[string]tally{}
	for decode := vegeta.NewDecoder(r); ; {
		var result vegeta.Result
		if err := decode(&result); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		out[result.Attack] = tally{requests: out[result.Attack].requests + 1}
	}
}
