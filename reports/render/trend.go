package render

import (
	"io"
	"strconv"
	"strings"
	"time"

	"weighbridge/bench/trend"
)

// TrendSchema is the name and version of a trend as JSON.
const TrendSchema = "weighbridge.trend/v1"

// Trend is how the figures of a scenario moved over many runs.
type Trend struct {
	// Schema names the format and its version.
	Schema string `json:"schema"`
	trend.Trend
	// Findings say in words where figures moved.
	Findings []string `json:"findings"`
}

// TrendJSON prints the trend on one line. Unknown figures are null; lists never are.
func TrendJSON(w io.Writer, t trend.Trend, findings []string) error {
	return writeJSON(w, Trend{TrendSchema, t, append([]string{}, findings...)})
}

// TrendCSV prints a row for each figure of each arm in each run. Rows of a run at which a figure moved say
// how. The cell of an unknown figure is empty.
func TrendCSV(w io.Writer, t trend.Trend) error {
	out := newCSV(w)
	if err := out.Write(strings.Fields(`scenario run started record weighbridge arm metric unit value low high level level_low level_high band_low band_high
		change small before after ratio ratio_low ratio_high difference difference_low difference_high p permutation_p`)); err != nil {
		return err
	}
	for _, s := range t.Series {
		for i, run := range t.Runs {
			at := s.Points[i]
			row := []string{
				t.Scenario, strconv.Itoa(i + 1), run.Started.Format(time.RFC3339), run.Name, run.Tool, s.Arm, s.Name, string(s.Metric.Unit),
				number(at.Value), number(at.Low), number(at.High),
			}
			row = append(row, levelCells(s, i)...)
			if err := out.Write(append(row, changeCells(s, i)...)); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// levelCells are the level that a run is of.
func levelCells(s trend.Series, run int) []string {
	for _, l := range s.Levels {
		if l.From <= run && run < l.To {
			return []string{number(&l.Value), number(&l.Low), number(&l.High), number(&l.BandLow), number(&l.BandHigh)}
		}
	}
	return make([]string, 5)
}

// changeCells are the change at a run, if there is one.
func changeCells(s trend.Series, run int) []string {
	for _, c := range s.Changes {
		if c.At == run {
			return []string{
				string(c.Direction), strconv.FormatBool(c.Small), number(&c.Before), number(&c.After), number(c.Ratio), number(c.Low), number(c.High),
				number(c.Difference), number(c.DifferenceLow), number(c.DifferenceHigh), number(&c.P), number(&c.Permuted),
			}
		}
	}
	return make([]string, 12)
}
