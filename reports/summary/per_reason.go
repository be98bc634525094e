package summary

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"weighbridge/bench/record"
)

// PerReason returns the texts about a record, such as the reasons why it is invalid, with one text
// for each reason. Texts that begin with the name of an arm, and differ only in that name and in figures,
// become one: the worst, with the number of arms. Of three or more other texts that differ only in the
// names of levels and in figures, the worst stays, with the number of the others.
func PerReason(rec *record.Record, texts []string) []string {
	k := newKinds(rec)
	groups := map[string][]reason{}
	var order []string
	for _, text := range texts {
		r := k.reasonOf(text)
		if groups[r.kind] == nil {
			order = append(order, r.kind)
		}
		groups[r.kind] = append(groups[r.kind], r)
	}
	out := make([]string, 0, len(order))
	for _, kind := range order {
		out = append(out, k.lines(groups[kind])...)
	}
	return out
}

// reason is a text: the arm that it begins with, "" if none, the rest, and of what kind it is.
type reason struct{ text, arm, rest, kind string }

// kinds finds out which texts are of one kind.
type kinds struct {
	arms   []string
	levels *strings.Replacer
}

func newKinds(rec *record.Record) kinds {
	var k kinds
	var pairs []string
	for _, arm := range rec.Arms {
		k.arms = append(k.arms, arm.Name)
	}
	for _, axis := range rec.Axes {
		for _, level := range axis.Levels {
			pairs = append(pairs, axis.Name+"="+level, " "+level+" vs ", " vs "+level)
		}
	}
	longestFirst := func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) }
	slices.SortFunc(k.arms, longestFirst)
	slices.SortFunc(pairs, longestFirst)
	var replaced []string
	for _, name := range append(slices.Clone(k.arms), pairs...) {
		if name != "" {
			replaced = append(replaced, name, "\x00")
		}
	}
	k.levels = strings.NewReplacer(replaced...)
	return k
}

// numbers match figures with their units, such as 9.1ms, 1m30s and 70%.
var numbers = regexp.MustCompile(`\b(\d[\d.,]*(ns|µs|ms|s|m|h|%)?)+`)

func (k kinds) reasonOf(text string) reason {
	r := reason{text: text, rest: text}
	for _, arm := range k.arms {
		for _, before := range []string{arm + ": ", "arm " + arm + ": "} {
			if rest, ok := strings.CutPrefix(text, before); ok && r.arm == "" {
				r.arm, r.rest = arm, rest
			}
		}
	}
	r.kind = numbers.ReplaceAllString(k.levels.Replace(r.rest), "#")
	if r.arm != "" {
		r.kind = "\x00: " + r.kind
	}
	return r
}

// lines are the texts of one kind.
func (k kinds) lines(group []reason) []string {
	const fewest = 3 // of texts that are not of an arm each
	arms := map[string]bool{}
	for _, r := range group {
		arms[r.arm] = true
	}
	worst := slices.MaxFunc(group, func(a, b reason) int { return cmp.Compare(severityOf(a.rest), severityOf(b.rest)) })
	switch n := len(group); {
	case worst.arm != "" && n > 1 && len(arms) == n:
		return []string{fmt.Sprintf("in %d of %d arms, worst in %s: %s", n, len(k.arms), worst.arm, worst.rest)}
	case worst.arm == "" && n >= fewest:
		return []string{fmt.Sprintf("%s (and %d more like it)", worst.text, n-1)}
	}
	var out []string
	for _, r := range group {
		out = append(out, r.text)
	}
	return out
}

var (
	partOf    = regexp.MustCompile(`(\d+) of (?:the )?(\d+)`)
	durations = regexp.MustCompile(`\b(?:\d[\d.]*(?:ns|µs|ms|s|m|h))+`)
)

// severityOf orders texts of one kind by their figures: by the share in texts such as "3 of 40", where a text
// about a lower limit is worse the smaller the share is; otherwise by the first duration.
func severityOf(text string) float64 {
	if m := partOf.FindStringSubmatch(text); m != nil {
		part, _ := strconv.ParseFloat(m[1], 64)
		whole, _ := strconv.ParseFloat(m[2], 64)
		if strings.Contains(text, ", under ") || strings.Contains(text, "reached") {
			part = -part
		}
		return part / max(whole, 1)
	}
	d, _ := time.ParseDuration(durations.FindString(text))
	return d.Seconds()
}
