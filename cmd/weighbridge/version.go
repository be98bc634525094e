package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// build says what this binary was built from. A nil field is not known, for example
// because it was built outside a repository.
type build struct {
	Version string  `json:"version"`
	Commit  *string `json:"commit"`
	// Dirty says that the working tree differed from the commit.
	Dirty *bool  `json:"dirty"`
	Go    string `json:"go"`
	OS    string `json:"os"`
	Arch  string `json:"arch"`
}

// buildOf reads a binary's build information, which may be nil.
func buildOf(info *debug.BuildInfo) build {
	b := build{Version: "(devel)", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info == nil {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Commit = &setting.Value
		case "vcs.modified":
			b.Dirty = new(setting.Value == "true")
		}
	}
	return b
}

func thisBuild() build {
	info, _ := debug.ReadBuildInfo()
	return buildOf(info)
}

// userAgent is the header User-Agent of the build's requests, such as weighbridge/v1.2.0.
func userAgent(b build) string { return "weighbridge/" + strings.Trim(b.Version, "()") }

// String returns the version and the commit, as far as they are known.
func (b build) String() string {
	text := b.Version
	if b.Commit != nil {
		text += " " + *b.Commit
	}
	if b.Dirty != nil && *b.Dirty {
		text += " (modified)"
	}
	return text
}

// printVersion prints the version and what it was built from as a line of text.
func printVersion(w io.Writer) error {
	b := thisBuild()
	_, err := fmt.Fprintf(w, "weighbridge %s, %s %s/%s\n", b, b.Go, b.OS, b.Arch)
	return err
}

// versionFormats returns the formats that version can print.
func versionFormats() []string { return []string{"text", "json"} }

func newVersion(s stdio) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version of weighbridge and what it was built from",
		Example: "  weighbridge version\n  weighbridge version --format json",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			if err := checkFormat(format, versionFormats()); err != nil {
				return err
			}
			if format == "json" {
				return json.NewEncoder(s.out).Encode(thisBuild())
			}
			return printVersion(s.out)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "the `FORMAT` to print: text or json")
	return cmd
}
