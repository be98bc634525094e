package trend

import (
	"cmp"
	"fmt"
	"slices"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/scenarios/metric"
)

// Collector takes the records of one scenario one by one. It keeps their figures, not the records,
// which may be many and large.
type Collector struct {
	runs    []collected
	leftOut []LeftOut
	// scenario and title are those of the record added last.
	scenario, title string
}

// collected is what is kept of a record.
type collected struct {
	Run
	// conditions is the record without what was measured.
	conditions *record.Record
	figures    map[ofArm]figures.OfRecord
}

// ofArm is a metric of an arm.
type ofArm struct{ arm, metric string }

// Add adds a record by the name that reports call it by.
func (c *Collector) Add(name string, rec *record.Record) {
	c.scenario, c.title = rec.Scenario.Name, rec.Scenario.Title
	run := collected{Run: Run{Name: name, Started: rec.Started.UTC(), Tool: rec.Tool}}
	if why := c.unfit(rec); why != "" {
		c.leave(run, why)
		return
	}
	run.conditions, run.figures = figures.WithoutBlocks(rec), map[ofArm]figures.OfRecord{}
	calculator := figures.NewCalculator()
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		for _, m := range followed() {
			if figures.Streams(m, arm) {
				run.figures[ofArm{arm.Name, m.Name}] = calculator.OfRecord(m, arm)
			}
		}
	}
	c.runs = append(c.runs, run)
}

// Records is how many records were added.
func (c *Collector) Records() int { return len(c.runs) + len(c.leftOut) }

func (c *Collector) leave(run collected, why string) {
	c.leftOut = append(c.leftOut, LeftOut{run.Name, run.Started, why})
}

// unfit says why a record cannot be compared, by itself or as it is given twice; empty if it can.
func (c *Collector) unfit(rec *record.Record) string {
	twin := slices.IndexFunc(c.runs, func(r collected) bool { return !rec.Started.IsZero() && r.Started.Equal(rec.Started) })
	switch {
	case twin >= 0:
		return "it is the same run as " + c.runs[twin].Name
	case len(rec.Invalid) > 0:
		return "it is invalid: " + rec.Invalid[0]
	case !rec.Complete:
		return "it was cut short: " + cmp.Or(rec.Stopped, "it is incomplete")
	}
	return ""
}

// followed are the metrics of a trend: those that levels are compared by, and failures under closed load.
func followed() []metric.Metric {
	closed, _ := metric.Named(metric.ClosedErrorRate)
	return append(metric.Compared(), closed)
}

// comparable returns the runs that can be compared with each other, in order of time. It leaves out those
// measured on another machine than most, because a figure depends on the machine as much as on the
// target, and those of --quick, unless all are.
func (c *Collector) comparable() []collected {
	runs := slices.Clone(c.runs)
	slices.SortStableFunc(runs, func(a, b collected) int { return a.Started.Compare(b.Started) })
	quick := func(r collected) bool { return r.conditions.Quick }
	if slices.ContainsFunc(runs, func(r collected) bool { return !quick(r) }) {
		runs = c.without(runs, quick, func(collected) string {
			return "it is of a --quick run, which is only indicative"
		})
	}
	often := map[machine]int{}
	var most machine
	for _, r := range runs {
		m := machineOf(r.conditions)
		if often[m]++; often[m] >= often[most] {
			most = m
		}
	}
	runs = c.without(runs, func(r collected) bool { return machineOf(r.conditions) != most }, func(r collected) string {
		return fmt.Sprintf("it was measured on another machine (%s) than most (%s): its latency and TPS are not comparable", machineOf(r.conditions), most)
	})
	for i := range runs {
		runs[i].Differs = []string{}
		if i > 0 {
			runs[i].Differs = append(runs[i].Differs, figures.DifferingIn(runs[i-1].conditions, runs[i].conditions)...)
		}
	}
	return runs
}

// without leaves out the runs that are so.
func (c *Collector) without(runs []collected, so func(collected) bool, why func(collected) string) (rest []collected) {
	for _, r := range runs {
		if so(r) {
			c.leave(r, why(r))
			continue
		}
		rest = append(rest, r)
	}
	return rest
}

// machine is what makes two machines different.
type machine struct {
	os, arch, cpu string
	cpus          int
}

func machineOf(rec *record.Record) machine {
	return machine{rec.Env.OS, rec.Env.Arch, rec.Env.CPU, rec.Env.CPUs}
}

func (m machine) String() string {
	return fmt.Sprintf("%s, %d cores, %s/%s", m.cpu, m.cpus, m.os, m.arch)
}
