package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// install installs the tools that are missing, those of Go into a folder, and says which of them it
// could not.
func install(ctx context.Context, missing []tool, folder string, progress io.Writer) {
	for _, t := range missing {
		words := strings.Fields(t.install)
		command := exec.CommandContext(ctx, words[0], words[1:]...)
		command.Env = append(os.Environ(), "GOBIN="+folder, "GOFLAGS=-mod=mod", "DEBIAN_FRONTEND=noninteractive")
		if out, err := command.CombinedOutput(); err != nil {
			fmt.Fprintf(progress, "%s: %v: %.300s\n", t.install, err, out)
		}
	}
}
