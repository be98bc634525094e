package main

import (
	"fmt"
	"io"

	"weighbridge/bench/trend"
	"weighbridge/reports"
)

// printer prints the reports of several records one after another, with an empty line
// between those in a format for people.
type printer struct {
	w      io.Writer
	screen reports.Screen
	format string
	begun  bool
}

// printAll prints the reports of several records, as one document if the format allows that.
func (p *printer) printAll(all []*reports.Judged) error {
	if reports.Together(p.format) {
		return reports.WriteTogether(p.w, p.format, all...)
	}
	for _, j := range all {
		if err := p.print(j); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) print(j *reports.Judged) error {
	if err := p.separate(); err != nil {
		return err
	}
	return reports.Write(p.w, p.screen, p.format, j)
}

func (p *printer) printTrend(t trend.Trend) error {
	if err := p.separate(); err != nil {
		return err
	}
	return reports.WriteTrend(p.w, p.screen, p.format, t)
}

// separate begins a document: after another one for people, by an empty line.
func (p *printer) separate() error {
	if p.begun && (p.format == "table" || p.format == "markdown") {
		if _, err := fmt.Fprintln(p.w); err != nil {
			return err
		}
	}
	p.begun = true
	return nil
}
