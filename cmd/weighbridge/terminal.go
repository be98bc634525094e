package main

import (
	"io"
	"os"

	"golang.org/x/term"

	"weighbridge/reports"
)

// unknownWidth is the width, in columns, assumed for a terminal that does not report its own.
const unknownWidth = 80

// screenOf returns the width and colour that w can show; neither, unless it is a
// terminal. environment is os.Getenv.
func screenOf(w io.Writer, environment func(string) string) reports.Screen {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return reports.Screen{}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		width = unknownWidth
	}
	return reports.Screen{Width: width, Colour: useColour(environment)}
}

// useColour reports whether a terminal may show colour: it must be able to, and NO_COLOR
// must be unset or empty (https://no-color.org).
func useColour(environment func(string) string) bool {
	return environment("NO_COLOR") == "" && !isDumb(environment)
}

// isDumb reports whether the terminal knows no control sequences.
func isDumb(environment func(string) string) bool { return environment("TERM") == "dumb" }
