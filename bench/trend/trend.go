// Package trend follows the figures of one scenario over many runs: where each of them moved, by
// change-point detection, and which runs cannot be compared. It judges nothing, and is pure.
//
// The statistical unit is the run: runs of one build differ by more than the blocks of one run do.
package trend

import (
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

const (
	// Fewest is the fewest runs of a scenario that make a trend. Changes are looked for from
	// stat.FewestInSeries on.
	Fewest = 3
	// Most is the most runs of a trend.
	Most = stat.MostInSeries
	// Alpha is the chance that any change of a trend is none, if runs are independent: it is that of
	// gate's rules.
	Alpha = 0.01
)

// Trend is what many runs of one scenario show.
type Trend struct {
	Scenario string `json:"scenario"`
	Title    string `json:"title"`
	// Axes are the last run's. Arms holds every arm that some run had, without blocks; the last run's
	// come first.
	Axes []record.Axis `json:"-"`
	Arms []record.Arm  `json:"-"`
	// Runs are the runs that are compared, in the order in which they started.
	Runs []Run `json:"runs"`
	// LeftOut are the records that are not compared.
	LeftOut []LeftOut `json:"left_out"`
	// Series has the figures of each arm, by arm and then by metric.
	Series []Series `json:"series"`
	// Warnings are about the trend as a whole.
	Warnings []string `json:"warnings"`
}

// Run is a run of a trend.
type Run struct {
	// Name is what its record was called, such as its path.
	Name    string    `json:"record"`
	Started time.Time `json:"started"`
	// Tool is the version of weighbridge that measured.
	Tool string `json:"tool"`
	// Differs names the conditions, such as the text of the scenario, that are not those of the run before.
	Differs []string `json:"differs"`
}

// LeftOut is a record that is not compared, and why.
type LeftOut struct {
	Name    string    `json:"record"`
	Started time.Time `json:"started"`
	Why     string    `json:"why"`
}

// Series is one metric of one arm over all runs. Its figures are in the metric's unit.
type Series struct {
	Arm string `json:"arm"`
	// Number is the arm's among the trend's.
	Number int           `json:"-"`
	Name   string        `json:"metric"`
	Metric metric.Metric `json:"-"`
	// Margin is the margin of no_regression: a share of the level, or of prompts for an error rate.
	Margin float64 `json:"margin"`
	// Points has one for each run.
	Points []Point `json:"points"`
	// Levels are the stretches without a change; nil if no changes could be looked for, and Why says
	// why.
	Levels  []Level  `json:"levels"`
	Changes []Change `json:"changes"`
	Why     string   `json:"why"`
	// Visible is the smallest change between the halves of the runs that would be one, as a share of the
	// level, or of prompts; nil without Levels, and if all runs have the same figure.
	Visible *float64 `json:"visible"`
	// Follow is the autocorrelation of the runs around their levels if it is so high that the p's are
	// too small; else nil.
	Follow *float64 `json:"follow"`
	// otherLoad says of each run that is left out how its load differs from that of most.
	otherLoad []string
}

// Point is a figure of a run, with its interval; nil if it is not known.
type Point struct {
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

// Level is a stretch of runs without a change, from the index From to before To.
type Level struct {
	From int `json:"from"`
	To   int `json:"to"`
	// Runs is how many of them have the figure.
	Runs int `json:"runs"`
	// Value is their mean, geometric but for shares, and Low and High its interval.
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	// BandLow and BandHigh are the Value less and plus the margin.
	BandLow  float64 `json:"band_low"`
	BandHigh float64 `json:"band_high"`
}

// Direction says whether a change is for the better.
type Direction string

// The directions.
const (
	Better Direction = "better"
	Worse  Direction = "worse"
)

// Change is where the level of a series changed.
type Change struct {
	// At is the index of the first run of the new level.
	At        int       `json:"at"`
	Direction Direction `json:"direction"`
	// Small says that it is at most half the margin, where gate sees no regression.
	Small  bool    `json:"small"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
	// Ratio is After over Before with its interval; nil for shares, which have a Difference instead.
	Ratio          *float64 `json:"ratio"`
	Low            *float64 `json:"low"`
	High           *float64 `json:"high"`
	Difference     *float64 `json:"difference"`
	DifferenceLow  *float64 `json:"difference_low"`
	DifferenceHigh *float64 `json:"difference_high"`
	// P is the p of Student's t, corrected for the choice of the place and for the number of series.
	// Permuted is the p of the permutation test around it.
	P        float64 `json:"p"`
	Permuted float64 `json:"permutation_p"`
}
