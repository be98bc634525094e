package web

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
)

// A strip is a drawing of when requests failed, the whole run wide: a bar for each part of its time, on a
// ground that is blank where the load did not run.
const (
	stripColumns = 100
	stripHeight  = 16
	// lowestBar shows that something failed.
	lowestBar = 2
)

// strip draws w; empty if nothing is known to have failed.
func strip(w table.When) template.HTML {
	if w.Times == nil || len(w.Times.AtSteps) == 0 || !(w.EndMS > 0) {
		return ""
	}
	var ran, bars [stripColumns]int
	counts := columnsOf(w)
	most := slices.Max(counts[:])
	width := w.EndMS / stripColumns
	for i, n := range counts {
		if from := float64(i) * width; summary.Within(w.Ran, from, from+width) >= width/2 {
			ran[i] = stripHeight
		}
		if n > 0 {
			bars[i] = max(int(math.Round(n/most*stripHeight)), lowestBar)
		}
	}
	title := fmt.Sprintf("%s: %s failed, at most %s in %s s. The run took %s s.", w, format.Count(w.Times.Total()), format.Count(slices.Max(w.Times.Counts)),
		format.Count(uint64(w.Times.StepMS/1000)), format.Count(uint64(math.Ceil(w.EndMS/1000))))
	// Texts of ours and numbers, so that nothing needs escaping.
	return template.HTML(fmt.Sprintf(`<svg class="strip" viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="%s"><title>%s</title><path class="ran" d="%s"/><path class="failed" d="%s"/></svg>`,
		stripColumns, stripHeight, title, title, skyline(ran[:]), skyline(bars[:])))
}

// columnsOf spreads the failures over the columns of a strip: each has its share of the steps that it is in.
func columnsOf(w table.When) (columns [stripColumns]float64) {
	width := w.EndMS / stripColumns
	for i, n := range w.Times.Counts {
		from, to := w.Times.AtMS(i), w.Times.AtMS(i)+w.Times.StepMS
		for c := min(int(from/width), stripColumns-1); c < stripColumns && (float64(c)*width < to || c == stripColumns-1); c++ {
			share := (min(float64(c+1)*width, to) - max(float64(c)*width, from)) / w.Times.StepMS
			columns[c] += float64(n) * max(share, 0)
		}
	}
	return columns
}

// skyline is the path of bars side by side, of the given heights.
func skyline(heights []int) string {
	var out strings.Builder
	for i := 0; i < len(heights); {
		end, level := i, 0
		if heights[i] == 0 {
			i++
			continue
		}
		fmt.Fprintf(&out, "M%d %d", i, stripHeight)
		for ; end < len(heights) && heights[end] > 0; end++ {
			if heights[end] != level {
				fmt.Fprintf(&out, "v%dh1", level-heights[end])
			} else {
				out.WriteString("h1")
			}
			level = heights[end]
		}
		fmt.Fprintf(&out, "V%dz", stripHeight)
		i = end
	}
	return out.String()
}
