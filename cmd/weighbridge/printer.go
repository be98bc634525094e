package main

import (
	"fmt"
	"io"

	"weighbridge/reports"
)

// printer prints what was judged, one after another, with an empty line between those
// that people read.
type printer struct {
	w      io.Writer
	screen reports.Screen
	format string
	begun  bool
}

func (p *printer) print(j reports.Judged) error {
	if p.begun && (p.format == "table" || p.format == "markdown") {
		if _, err := fmt.Fprintln(p.w); err != nil {
			return err
		}
	}
	p.begun = true
	return p.screen.Write(p.w, p.format, j)
}
