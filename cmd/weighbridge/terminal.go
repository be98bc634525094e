package main

import (
	"io"
	"os"

	"golang.org/x/term"

	"weighbridge/reports"
)

// unknownWidth is assumed of a terminal that does not say how wide it is.
const unknownWidth = 80

// screenOf is what w can show: a terminal its present width and colour, anything
// else neither. environment is os.Getenv.
func screenOf(w io.Writer, environment func(string) string) reports.Screen {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return reports.Screen{}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		width = unknownWidth
	}
	return reports.Screen{Width: width, Colour: coloured(environment)}
}

// coloured says whether a terminal may show colour: not if it cannot, nor if
// NO_COLOR is set to anything (https://no-color.org).
func coloured(environment func(string) string) bool {
	return environment("NO_COLOR") == "" && !dumb(environment)
}

// dumb says that the terminal knows no control sequences.
func dumb(environment func(string) string) bool { return environment("TERM") == "dumb" }
