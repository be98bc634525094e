package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"weighbridge/scenarios"
)

// mutation changes a place in a line of a correct scenario. The result is wrong at any place.
type mutation struct {
	name  string
	place *regexp.Regexp
	// spoil returns the replacement for what the pattern found.
	spoil func(found []string) string
	// where selects lines; nil selects all.
	where func(lines []string, i int) bool
	// form says that the result is not YAML, which the parser may notice a line later.
	form bool
}

const (
	aNumber   = `\d+(?:\.\d+)?`
	aUnit     = `(?:ns|us|ms|s|m|h)`
	aDuration = `\d+` + aUnit
	aWord     = `article|poisson|concurrent|http/1\.1|http/2|oauth|jwt|exponential|full`
)

// valued finds a key whose value has the pattern.
func valued(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`([a-z_]+: )(` + pattern + `)([,}\n])`)
}

// to replaces the value.
func to(text string) func([]string) string {
	return func(found []string) string { return found[1] + text + found[3] }
}

// mutations change the content: the result is still YAML.
func mutations() []mutation {
	key := regexp.MustCompile(`([{ ]|^)(dialect|scheme|batch|size|linger|length|lognormal|p50|p99|max_tokens|protocol|in_flight|connections|` +
		`open|rate|duration|closed|blocks|latency|request|prompt|faults|errors|target|client|load|mock|matrix|prompts|experiment)(:)`)
	path := regexp.MustCompile(`([{ ])((?:target|client|load)\.[a-z_.]+)(: )`)
	return []mutation{
		{name: "rename a key", place: key, spoil: func(f []string) string { return f[1] + f[2] + "x:" }, where: beforeMatrix},
		{name: "a key in capitals", place: key, spoil: func(f []string) string { return f[1] + strings.ToUpper(f[2]) + ":" }, where: beforeMatrix},
		{name: "misspell a path", place: path, spoil: func(f []string) string { return f[1] + f[2][:len(f[2])-1] + f[3] }},
		{name: "a path without its section", place: path, spoil: func(f []string) string { return f[1] + f[2][strings.IndexByte(f[2], '.')+1:] + f[3] }},
		{name: "the same key twice", place: regexp.MustCompile(`([a-z_]+: )(\w+)([,}])`), spoil: func(f []string) string { return f[1] + f[2] + ", " + f[0] }, where: noSource},
		{name: "a list for a number", place: valued(aNumber), spoil: to("[1, 2]")},
		{name: "a word for a number", place: valued(aNumber), spoil: to("many")},
		{name: "a duration for a number", place: valued(aNumber), spoil: to("5s")},
		{name: "less than nothing", place: valued(aNumber), spoil: to("-7"), where: noClaim},
		{name: "no number", place: valued(aNumber), spoil: to(".nan")},
		{name: "a mapping for a duration", place: valued(aDuration), spoil: to("{a: 1}")},
		{name: "drop the unit", place: valued(`[1-9]\d*` + aUnit), spoil: func(f []string) string { return f[1] + strings.TrimRight(f[2], "numsh") + f[3] }},
		{name: "a unit there is not", place: valued(aDuration), spoil: to("5 days")},
		{name: "a time before", place: valued(aDuration), spoil: to("-5s"), where: noOffset},
		{name: "no value", place: valued(aNumber + "|" + aDuration), spoil: to("")},
		{name: "a word there is not", place: valued(aWord), spoil: func(f []string) string { return f[1] + f[2] + "x" + f[3] }},
		{name: "a list for a word", place: valued(aWord), spoil: func(f []string) string { return f[1] + "[" + f[2] + "]" + f[3] }},
		{name: "an anchor", place: valued(aWord), spoil: func(f []string) string { return f[1] + "&a " + f[2] + f[3] }},
		{name: "yes for true", place: valued("true"), spoil: to("yes")},
		{name: "a metric there is not", place: regexp.MustCompile(`(assert: |ratio\()([a-z_]+)([ ,])`), spoil: func(f []string) string { return f[1] + f[2] + "x" + f[3] }},
		{name: "a level there is not", place: regexp.MustCompile(`([a-z]+=)([a-z0-9]+)([",])`), spoil: func(f []string) string { return f[1] + f[2] + "x" + f[3] }},
	}
}

// formMutations change the form: the result is not YAML.
func formMutations() []mutation {
	put := func(text string) func([]string) string { return func([]string) string { return text } }
	indented := regexp.MustCompile(`^( +)([a-z])`)
	return []mutation{
		{name: "delete a closing bracket", place: regexp.MustCompile(`\}`), spoil: put(""), form: true},
		{name: "delete an opening bracket", place: regexp.MustCompile(`\{`), spoil: put(""), form: true},
		{name: "a bracket of another kind", place: regexp.MustCompile(`\}`), spoil: put("]"), form: true},
		{name: "indent by a tab", place: indented, spoil: func(f []string) string { return "\t" + f[2] }, form: true},
		{name: "indent by one more", place: indented, spoil: func(f []string) string { return " " + f[0] }, where: behindSibling, form: true},
		{name: "delete a colon", place: regexp.MustCompile(`^( +[a-z]\w*): `), spoil: func(f []string) string { return f[1] + " " }, where: behindSibling, form: true},
	}
}

func beforeMatrix(lines []string, i int) bool { return i <= slices.Index(lines, "matrix:\n") }

// noClaim selects lines without a claimed figure, which may be any number.
func noClaim(lines []string, i int) bool { return !strings.Contains(lines[i], "claimed: ") }

// noSource selects lines without the source of a claim, which is prose.
func noSource(lines []string, i int) bool { return !strings.Contains(lines[i], "source: ") }

// noOffset selects lines without the offset of a clock, which may be behind.
func noOffset(lines []string, i int) bool { return !strings.Contains(lines[i], "offset: ") }

// behindSibling selects lines with the same indentation as the one before.
func behindSibling(lines []string, i int) bool {
	indent := func(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
	return i > 0 && indent(lines[i]) == indent(lines[i-1])
}

// isProse selects lines of comments, titles and descriptions.
func isProse(lines []string, i int) bool {
	for i > 0 && strings.HasPrefix(lines[i], "  ") {
		i--
	}
	return strings.HasPrefix(lines[i], "about: |") || strings.HasPrefix(lines[i], "title: ") || strings.HasPrefix(lines[i], "#")
}

// mutant is a mutated scenario.
type mutant struct {
	name, source string
	line         int
	form         bool
}

// mutants applies each mutation to a source, at no more than the given number of places.
func mutants(rng *rand.Rand, source string, each int) []mutant {
	var all []mutant
	lines := strings.SplitAfter(source, "\n")
	for _, m := range append(mutations(), formMutations()...) {
		var some []mutant
		for i, line := range lines {
			if isProse(lines, i) || (m.where != nil && !m.where(lines, i)) {
				continue
			}
			for _, at := range m.place.FindAllStringIndex(line, -1) {
				found := m.place.FindStringSubmatch(line[at[0]:at[1]])
				spoilt := slices.Clone(lines)
				spoilt[i] = line[:at[0]] + m.spoil(found) + line[at[1]:]
				some = append(some, mutant{fmt.Sprintf("%s: %s", m.name, strings.TrimSpace(spoilt[i])), strings.Join(spoilt, ""), i + 1, m.form})
			}
		}
		rng.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		all = append(all, some[:min(each, len(some))]...)
	}
	return all
}

// Whichever way a scenario of the catalog is mutated, run refuses it with a short message
// that names the line, and starts and writes nothing.
func TestMutantsOfTheCatalogAreRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	ended, end := context.WithCancel(context.Background())
	end() // were one accepted, it would not be measured
	all, err := scenarios.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	kinds, count := map[string]int{}, 0
	for _, s := range all {
		_, source, err := scenarios.Find(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mutants(rng, string(source), 1) {
			kind, _, _ := strings.Cut(m.name, ":")
			kinds[kind]++
			count++
			refuses(ended, t, s.Name, m)
		}
	}
	if want := len(mutations()) + len(formMutations()); count < 300 || len(kinds) != want {
		t.Errorf("%d mutants of %d kinds, want 300 of %d: %v", count, len(kinds), want, slices.Sorted(maps.Keys(kinds)))
	}
}

func refuses(ctx context.Context, t *testing.T, name string, m mutant) {
	t.Helper()
	const file = "mutant.yaml"
	if err := os.WriteFile(file, []byte(m.source), 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"run", file}, strings.NewReader(""), &stdout, &stderr)
	said := stderr.String()
	where := strings.Contains(said, fmt.Sprintf("%s:%d:", file, m.line)) || (m.form && strings.Contains(said, fmt.Sprintf("%s:%d:", file, m.line+1)))
	if lines := strings.Count(said, "\n"); code != exitUsage || lines < 1 || lines > 12 || !where || stdout.Len() > 0 {
		t.Errorf("%s: line %d: %s\nends with %d, %d lines:\n%s%s", name, m.line, m.name, code, lines, stdout.String(), said)
	}
	if left, err := os.ReadDir("."); err != nil || len(left) != 1 {
		t.Fatalf("%s: %s\nleaves %v (%v)", name, m.name, left, err)
	}
}
