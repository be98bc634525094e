// Typecheck type-checks the packages of a module, tests included, for operating systems other than
// this one. It reads the dependencies from source, which takes a fraction of the time that
// compiling them for go vet does.
package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/tools/go/packages"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: typecheck MODULE-DIR GOOS…")
		os.Exit(2)
	}
	for _, system := range os.Args[2:] {
		if err := check(os.Args[1], system); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// check prints the errors of a module for one GOOS.
func check(dir, system string) error {
	all, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedTypes |
			packages.NeedSyntax | packages.NeedTypesInfo,
		Dir:   dir,
		Env:   append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0"),
		Tests: true,
	}, "./...")
	if err != nil {
		return fmt.Errorf("GOOS=%s: %w", system, err)
	}
	if len(all) == 0 {
		return fmt.Errorf("GOOS=%s: %w", system, errors.New("no packages"))
	}
	if n := packages.PrintErrors(all); n > 0 {
		return fmt.Errorf("GOOS=%s: %d errors", system, n)
	}
	return nil
}
