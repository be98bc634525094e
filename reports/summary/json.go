package summary

import (
	"bytes"
	"encoding/json"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/billing"
	"weighbridge/bench/record/sketch"
)

// MarshalJSON writes the fields, then FurtherMetrics under their names in expressions.
func (a Arm) MarshalJSON() ([]byte, error) {
	type fields Arm
	out, err := marshal(fields(a))
	if err != nil {
		return nil, err
	}
	for _, m := range FurtherMetrics() {
		value, err := marshal(a.further[m.Name])
		if err != nil {
			return nil, err
		}
		out = append(bytes.TrimSuffix(out, []byte("}")), `,"`+m.Expr()+`":`...)
		out = append(append(out, value...), '}')
	}
	return out, nil
}

// marshal does not escape <, > and &: the encoder of the summary does not either.
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	to := json.NewEncoder(&out)
	to.SetEscapeHTML(false)
	if err := to.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// Measured is how a run was measured, as the record has it.
type Measured struct {
	Title string `json:"title"`
	// Tool is the version of weighbridge.
	Tool  string    `json:"tool"`
	Ended time.Time `json:"ended"`
	// Quick marks a short run by --quick, and Stopped says why a run ended early.
	Quick   bool           `json:"quick,omitempty"`
	Stopped string         `json:"stopped,omitempty"`
	Axes    []record.Axis  `json:"axes"`
	Plan    record.Plan    `json:"plan"`
	Env     record.Env     `json:"env"`
	Harness record.Harness `json:"harness"`
}

func measuredOf(rec *record.Record) Measured {
	return Measured{rec.Scenario.Title, rec.Tool, rec.Ended.UTC(), rec.Quick, rec.Stopped, append([]record.Axis{}, rec.Axes...), rec.Plan, rec.Env, rec.Harness}
}

// Further is what a report shows of an arm besides its figures. What the arm has nothing of is left out.
type Further struct {
	Load record.Load `json:"load"`
	// Percentiles is the response latency of answered prompts, up to the quantile that ten of them are beyond, and 1.
	Percentiles []Quantile `json:"percentiles,omitempty"`
	OverTime    *OverTime  `json:"over_time,omitempty"`
	// Capacity is the search for the arm's capacity, with its probes.
	Capacity *record.Capacity `json:"capacity,omitempty"`
	Regions  []Region         `json:"regions,omitempty"`
	// Opening is the time that opening connections took over the whole run, and PeakStreams the most requests in flight on one.
	Opening     record.Opening `json:"opening"`
	PeakStreams uint64         `json:"peak_streams"`
	// Pushes is what became of the resources that the mock wanted to push.
	Pushes *record.Pushes `json:"pushes,omitempty"`
	// Billing is the accounts kept by usage callbacks, and Callbacks those that the mock sent.
	Billing     *billing.Accounts   `json:"billing,omitempty"`
	Callbacks   *billing.Sent       `json:"callbacks,omitempty"`
	Calibration *record.Calibration `json:"calibration,omitempty"`
}

func furtherJSON(arm *record.Arm, main *record.Slice) Further {
	out := Further{
		Load: arm.Load, Percentiles: quantiles(main.Response), Capacity: arm.Capacity, Regions: RegionsOf(arm),
		Opening: arm.Totals.Opening, PeakStreams: arm.Totals.PeakStreams, Billing: arm.Billing, Calibration: arm.Calibration,
	}
	if arm.OverTime != nil {
		out.OverTime = &OverTime{arm.OverTime.StepMS, moments(arm.OverTime)}
	}
	if l := arm.Ledger; l != nil {
		out.Callbacks = l.Callbacks
		if l.Pushes != (record.Pushes{}) {
			out.Pushes = &l.Pushes
		}
	}
	return out
}

// Quantile is a latency in ms that a share of all prompts, 0…1, does not exceed.
type Quantile struct {
	Share float64 `json:"share"`
	MS    float64 `json:"ms"`
}

func quantiles(h *record.Hist) (all []Quantile) {
	if h.Count() == 0 {
		return nil
	}
	for _, share := range []float64{0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999, 1} {
		if share == 1 || (1-share)*float64(h.Count()) >= 10 {
			all = append(all, Quantile{share, record.Milliseconds(h.Quantile(share))})
		}
	}
	return all
}

// OverTime is an arm's prompts by when they were due; a step in which none was due is left out.
type OverTime struct {
	StepMS  float64  `json:"step_ms"`
	Moments []Moment `json:"moments"`
}

// Moment is the prompts due in one step, which began AtMS after the start of the run.
type Moment struct {
	AtMS     float64 `json:"at_ms"`
	Due      uint64  `json:"due"`
	Answered uint64  `json:"answered"`
	Failed   uint64  `json:"failed"`
	// Own is how many of the Failed the harness ended itself, and Kinds counts the Failed by class and status.
	Own   uint64            `json:"own,omitempty"`
	Kinds map[string]uint64 `json:"kinds,omitempty"`
	// Response is over the answered prompts and TTFT over those answered by a stream, precise to 2%.
	Response *MomentLatency `json:"response_ms,omitempty"`
	TTFT     *MomentLatency `json:"ttft_ms,omitempty"`
}

// MomentLatency is a latency in one step, in ms; Mean and Max are nil if they are not recorded.
type MomentLatency struct {
	Mean *float64 `json:"mean,omitempty"`
	P50  *float64 `json:"p50"`
	P90  *float64 `json:"p90"`
	P99  *float64 `json:"p99"`
	Max  *float64 `json:"max,omitempty"`
}

// moments are the steps of a series.
func moments(s *record.Series) []Moment {
	all := []Moment{}
	for _, p := range s.Points {
		m := Moment{AtMS: p.AtMS, Due: p.Due, Answered: p.Answered, Failed: p.Failed, Own: p.Own, Kinds: p.Kinds}
		if p.Answered > 0 {
			m.Response = momentLatency(p.Response, p.Response.Count() == p.Answered)
			m.Response.Mean, m.Response.Max = Ratio(p.ResponseTotalMS, float64(p.Answered)), new(p.ResponseMaxMS)
		}
		if p.TTFT.Count() > 0 {
			m.TTFT = momentLatency(p.TTFT, true)
		}
		all = append(all, m)
	}
	return all
}

// momentLatency has the percentiles of what was recorded if that is whole.
func momentLatency(of *sketch.Sketch, whole bool) *MomentLatency {
	if !whole {
		return &MomentLatency{}
	}
	at := func(q float64) *float64 { return new(record.Milliseconds(of.Quantile(q))) }
	return &MomentLatency{P50: at(0.5), P90: at(0.9), P99: at(0.99)}
}
