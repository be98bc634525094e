package main

import (
	"cmp"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"weighbridge/bench/record"
	"weighbridge/reports"
	"weighbridge/scenarios"
	"weighbridge/scenarios/metric"
)

// shells maps each supported shell to the function that writes its script.
func shells() map[string]func(root *cobra.Command, w io.Writer) error {
	return map[string]func(*cobra.Command, io.Writer) error{
		"bash": func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"zsh":  func(root *cobra.Command, w io.Writer) error { return root.GenZshCompletion(w) },
		"fish": func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
	}
}

func newCompletion(s stdio) *cobra.Command {
	known := slices.Sorted(maps.Keys(shells()))
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the completion script of bash, zsh or fish",
		Long: `Print the script that lets a shell complete verbs, flags, scenarios and records.

bash: source <(weighbridge completion bash), in ~/.bashrc; it needs the package bash-completion
zsh:  weighbridge completion zsh >"${fpath[1]}/_weighbridge"
fish: weighbridge completion fish >~/.config/fish/completions/weighbridge.fish`,
		Example:   "  weighbridge completion bash\n  weighbridge completion zsh >_weighbridge",
		ValidArgs: known,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("completion: expected one SHELL (%s), found %d", strings.Join(known, ", "), len(args))
			}
			script, ok := shells()[args[0]]
			if !ok {
				return usagef("unknown shell %q: expected %s", args[0], strings.Join(known, ", "))
			}
			return script(cmd.Root(), s.out)
		},
	}
}

// addCompletions sets what completes the arguments and flags of each verb.
func addCompletions(root *cobra.Command) {
	root.CompletionOptions.DisableDefaultCmd = true // completion is a verb of ours
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	arguments := map[string]cobra.CompletionFunc{
		"run": completeScenarios, "claims": completeScenarios, "show": completeScenarios, "validate": completeScenarios, "doctor": atMost(1, completeScenarios),
		"report": completeRecords, "gate": atMost(1, completeRecords), "compare": atMost(2, completeRecords),
		"explain":       completeKeys,
		"baseline save": atMost(1, completeRecords), "baseline show": completeRecords,
	}
	formats := map[string][]string{
		"run": runFormats(), "report": reports.Formats(), "gate": reports.VerdictFormats(), "compare": reports.CompareFormats(), "claims": reports.ClaimsFormats(),
		"version": versionFormats(), "selftest": selftestFormats(), "doctor": doctorFormats(),
	}
	for _, verb := range allVerbs(root) {
		name := strings.TrimPrefix(verb.CommandPath(), root.Name()+" ")
		if complete, ok := arguments[name]; ok {
			verb.ValidArgsFunction = complete
		}
		if known, ok := formats[name]; ok {
			completeFlag(verb, "format", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp))
		}
		for _, path := range []string{"out", "plots", "hits", "junit", "summary"} {
			completeFlag(verb, path, cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault))
		}
		completeFlag(verb, "baseline", completeRecords)
		completeFlag(verb, "like", completeRecords)
	}
}

// allVerbs lists all verbs below root.
func allVerbs(root *cobra.Command) (all []*cobra.Command) {
	for _, verb := range root.Commands() {
		all = append(append(all, verb), allVerbs(verb)...)
	}
	return all
}

// completeFlag sets what completes a verb's flag, if the verb has it.
func completeFlag(verb *cobra.Command, flag string, by cobra.CompletionFunc) {
	if verb.Flags().Lookup(flag) == nil {
		return
	}
	if err := verb.RegisterFlagCompletionFunc(flag, by); err != nil {
		panic(err) // only a flag that does not exist fails
	}
}

// atMost limits a completion to n arguments.
func atMost(n int, by cobra.CompletionFunc) cobra.CompletionFunc {
	return func(verb *cobra.Command, given []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(given) >= n {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return by(verb, given, typed)
	}
}

// completeKeys completes paths of the scenario language and names of metrics.
func completeKeys(_ *cobra.Command, _ []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	known := append(theManual().Paths(), metric.Names(metric.All())...)
	return slices.DeleteFunc(known, func(key string) bool { return !strings.HasPrefix(key, prefix) }), cobra.ShellCompDirectiveNoFileComp
}

// completeScenarios completes to scenarios of the catalog and to YAML files.
func completeScenarios(_ *cobra.Command, given []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	all, err := scenarios.Catalog()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var found []cobra.Completion
	for _, s := range all {
		if strings.HasPrefix(s.Name, typed) && !slices.Contains(given, s.Name) {
			found = append(found, cobra.CompletionWithDesc(s.Name, s.Title))
		}
	}
	return withoutSpace(append(found, matchingPaths(typed, func(path string) bool {
		ext := filepath.Ext(path)
		return ext == ".yaml" || ext == ".yml"
	})...))
}

// completeRecords completes to folders that contain a record and to JSON files.
func completeRecords(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return withoutSpace(matchingPaths(typed, func(path string) bool {
		if filepath.Ext(path) == ".json" {
			return true
		}
		_, err := os.Stat(filepath.Join(path, record.FileName))
		return err == nil
	}))
}

// matchingPaths lists the paths that begin with what was typed: those wanted, and with a final
// slash every other folder, so that typing can go on inside it.
func matchingPaths(typed string, wanted func(path string) bool) []cobra.Completion {
	folder, prefix := filepath.Split(typed)
	listed, err := os.ReadDir(cmp.Or(folder, "."))
	if err != nil {
		return nil // while typing, a folder that does not exist is no error
	}
	var found []cobra.Completion
	for _, entry := range listed {
		path := folder + entry.Name()
		hidden := strings.HasPrefix(entry.Name(), ".") && prefix == ""
		switch {
		case hidden || !strings.HasPrefix(entry.Name(), prefix):
		case wanted(path):
			found = append(found, path)
		case isFolder(path, entry):
			found = append(found, path+"/")
		}
	}
	return found
}

// isFolder reports whether a path is a folder or a link to one.
func isFolder(path string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return entry.IsDir()
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// withoutSpace adds the directive that keeps the shell from adding a space if only folders were
// found, as what the user wants is inside one of them.
func withoutSpace(found []cobra.Completion) ([]cobra.Completion, cobra.ShellCompDirective) {
	directive := cobra.ShellCompDirectiveNoFileComp
	if len(found) > 0 && !slices.ContainsFunc(found, func(c cobra.Completion) bool { return !strings.HasSuffix(c, "/") }) {
		directive |= cobra.ShellCompDirectiveNoSpace
	}
	return found, directive
}
