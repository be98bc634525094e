package page

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
)

// quality says how well the run was measured, and on what machine.
func quality(rec *record.Record, s summary.Summary) []string {
	lines := []string{
		fmt.Sprintf("Send lag p99 %s%s. Ledger: %s. Harness error %s.", sendLag(s.SendLag), readLag(s.ReadLag), ledgerLine(s.Arms), harnessError(s.LatencyError)),
		fmt.Sprintf("Machine: %s. Order: %s, %s, seed %d, started %s.",
			Machine(rec.Env), rec.Plan.Order, blocksDone(rec)+restarts(rec.Plan.RestartEvery), rec.Plan.Seed, rec.Started.UTC().Format(time.RFC3339)),
	}
	lines = slices.Insert(lines, 1, harnessLines(rec.Harness)...)
	return slices.Concat(lines, promptLines(rec), budgetLine(rec.Budget))
}

// promptLines say how many tokens prompts were made of, and how many the servers counted, if a tokenizer
// was used: one other than the server's may count differently, and a chat format adds tokens.
func promptLines(rec *record.Record) (lines []string) {
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		var all record.Usage
		for j := range arm.Blocks {
			if s := arm.Main(&arm.Blocks[j]); s != nil {
				all.Merge(s.Usage)
			}
		}
		if arm.Load.Tokenizer == "" || all.Asked.Answers == 0 || all.Asked.Answers != all.Input.Answers {
			continue
		}
		n := float64(all.Asked.Answers)
		asked, counted := float64(all.Asked.Tokens)/n, float64(all.Input.Tokens)/n
		who := ""
		if len(rec.Arms) > 1 {
			who = " of " + arm.Name
		}
		lines = append(lines, fmt.Sprintf("Requests%s: made of %.5g tokens on average by %s; the server counted %.5g (%+.1f%%).",
			who, asked, tokenizerText(arm), counted, 100*(counted/asked-1)))
	}
	const most = 8
	if len(lines) > most {
		lines = append(lines[:most], fmt.Sprintf("The tokens of %d more arms are in the record.", len(lines)-most))
	}
	return lines
}

// tokenizerText is what counted the tokens that an arm's prompts were made of.
func tokenizerText(arm *record.Arm) string {
	c := arm.Calibration
	if c == nil {
		return filepath.Base(arm.Load.Tokenizer)
	}
	rate := fmt.Sprintf("%.4g tokens a word", c.PerWord)
	if c.PerWord == 0 {
		rate = fmt.Sprintf("%.4g tokens a character", c.PerCharacter)
	}
	return fmt.Sprintf("what the server counted in the %d answers of a calibration (%s, off by %.2g%% at most, and %.0f beside the text)",
		c.Answers, rate, 100*c.Error, max(c.Beside, 0))
}

// budgetLine says how much of its budget the run used; none without a budget.
func budgetLine(b *record.Budget) []string {
	if b == nil {
		return nil
	}
	var said []string
	reserved := b.Limits.USD > 0 // whether what was only reserved matters
	for _, one := range []struct {
		used, assumed, limit float64
		name                 string
		text                 func(float64) string
	}{
		{float64(b.Used.Requests), 0, float64(b.Limits.Requests), "requests", wholeNumber},
		{float64(b.Used.Prompts), 0, float64(b.Limits.Prompts), "prompts", wholeNumber},
		{float64(b.Used.InputTokens), float64(b.Assumed.InputTokens), float64(b.Limits.InputTokens), "input tokens", wholeNumber},
		{float64(b.Used.OutputTokens), float64(b.Assumed.OutputTokens), float64(b.Limits.OutputTokens), "output tokens", wholeNumber},
		{b.Used.USD, b.Assumed.USD, b.Limits.USD, "USD", format.USD},
	} {
		reserved = reserved || one.assumed > 0 && (one.limit > 0 || one.used > one.assumed)
		switch {
		case one.limit > 0:
			said = append(said, fmt.Sprintf("%s of %s %s", one.text(one.used), one.text(one.limit), one.name))
		case one.used > one.assumed: // an API that reports no tokens has used none that is known of
			said = append(said, one.text(one.used)+" "+one.name)
		}
	}
	line := "Budget: " + strings.Join(said, ", ") + " used"
	if n := b.AssumedAttempts; n > 0 && reserved {
		line += fmt.Sprintf(", of which %s input and %s output tokens are the reservations of %s attempts that no answer settled",
			format.Count(b.Assumed.InputTokens), format.Count(b.Assumed.OutputTokens), format.Count(n))
	}
	return []string{line + "."}
}

func wholeNumber(n float64) string { return format.Count(uint64(n)) }

// harnessLines say what the harness, and the process that hosts the mocks, took of the
// machine, as far as that is known.
func harnessLines(h record.Harness) []string {
	var said []string
	if h.CPUShare != nil {
		mocks := ""
		if h.Mocks != nil {
			mocks = " (mocks included)"
		}
		said = append(said, fmt.Sprintf("CPU %.0f%%%s while arms ran concurrently", *h.CPUShare*100, mocks))
	}
	if h.OpenProcessors > 0 {
		said = append(said, format.Plural(h.OpenProcessors, "processor")+" under open load")
	}
	said = append(said, processWords(h.Process)...)
	if h.ClockStepMS != nil {
		said = append(said, fmt.Sprintf("clock step %.1f ms", *h.ClockStepMS))
	}
	lines := lineOf("Harness", said)
	if h.Mocks != nil {
		lines = append(lines, lineOf("Mocks", processWords(*h.Mocks))...)
	}
	return lines
}

// processWords returns the figures of one process that are known.
func processWords(p record.Process) []string {
	var said []string
	if p.GCPauseP99MS != nil {
		said = append(said, fmt.Sprintf("GC pause p99 %s ms", format.Millis(*p.GCPauseP99MS)))
	}
	if p.FilesPeak != nil {
		said = append(said, fmt.Sprintf("%s of %s files open", format.Count(*p.FilesPeak), format.Count(p.FilesLimit)))
	}
	return said
}

// lineOf joins what is known about a subject into one line; none if nothing is.
func lineOf(subject string, said []string) []string {
	if len(said) == 0 {
		return nil
	}
	return []string{subject + ": " + strings.Join(said, ", ") + "."}
}

// Machine describes the machine that measured.
func Machine(e record.Env) string {
	return fmt.Sprintf("%s, %s, %s/%s, %s", orUnknown(e.CPU), format.Plural(e.CPUs, "core"), e.OS, e.Arch, e.Go)
}

func orUnknown(text string) string {
	if text == "" {
		return "unknown CPU"
	}
	return text
}

func sendLag(l *summary.Latency) string {
	if l == nil {
		return "unknown"
	}
	return format.Millis(l.P99) + " ms"
}

func readLag(l *summary.Latency) string {
	if l == nil {
		return ""
	}
	return ", read lag p99 " + format.Millis(l.P99) + " ms"
}

func harnessError(e *summary.LatencyError) string {
	if e == nil {
		return "unknown (the server reports no time of its own)"
	}
	return fmt.Sprintf("p50 %s ms, p99 %s ms", format.Millis(e.P50), format.Millis(e.P99))
}

// ledgerLine says whether the ledgers of all arms match, and adds them up.
func ledgerLine(arms []summary.Arm) string {
	var attempts, absent uint64
	kept, matching, unread := 0, 0, 0
	for _, arm := range arms {
		if arm.Ledger == nil {
			continue
		}
		kept++
		if arm.Ledger.Matches {
			matching++
		}
		if arm.Ledger.Unread {
			unread++
		}
		attempts += arm.Ledger.Attempts
		absent += arm.Ledger.Absent
	}
	switch {
	case kept == 0:
		return "none (not the bundled mock)"
	case unread > 0:
		return fmt.Sprintf("COULD NOT BE READ in %d of %d arms", unread, kept)
	case matching < kept:
		return fmt.Sprintf("DOES NOT MATCH in %d of %d arms, %s attempts, %s absent", kept-matching, kept, format.Count(attempts), format.Count(absent))
	}
	return fmt.Sprintf("matches, %s attempts, %s absent", format.Count(attempts), format.Count(absent))
}

// blocksDone says how many blocks are complete in every arm, and how many were planned if
// that differs.
func blocksDone(rec *record.Record) string {
	most := max(rec.Plan.Blocks, rec.Plan.MaxBlocks)
	done := most
	for _, arm := range rec.Arms {
		n := 0
		for _, b := range arm.Blocks {
			if b.Complete {
				n++
			}
		}
		done = min(done, n)
	}
	switch {
	case done < rec.Plan.Blocks:
		return fmt.Sprintf("%d of %s", done, format.Plural(rec.Plan.Blocks, "block"))
	case most > rec.Plan.Blocks:
		return fmt.Sprintf("%s (%d planned, at most %d)", format.Plural(done, "block"), rec.Plan.Blocks, most)
	}
	return format.Plural(done, "block")
}

// restarts says how often the mocks were restarted.
func restarts(every int) string {
	switch every {
	case 0:
		return ""
	case 1:
		return ", mocks restarted every block"
	}
	return fmt.Sprintf(", mocks restarted every %d blocks", every)
}
