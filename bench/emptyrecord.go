package bench

import (
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// EmptyRecord returns the record of a run of the scenario before anything is measured:
// its plan, axes, rules and the load of each arm, except for the rate of a trace.
func EmptyRecord(s *scenarios.Scenario, changes scenarios.Changes) *record.Record {
	r := emptyRecord(s, s.Arms())
	r.Scenario.Set, r.Scenario.Axis = nonNil(changes.Set), nonNil(changes.Axes)
	return r
}

func emptyRecord(s *scenarios.Scenario, arms []scenarios.Arm) *record.Record {
	r := &record.Record{
		Schema:   record.Schema,
		Scenario: record.Scenario{Name: s.Name, Title: s.Title, About: s.About},
		Plan: record.Plan{
			Order: s.Experiment.Order, Blocks: plannedBlocks(s, arms), MaxBlocks: maxBlocks(s, arms),
			RestartEvery: s.Experiment.RestartEvery, Seed: s.Experiment.Seed, WarmupMS: record.Milliseconds(s.Load.Warmup),
		},
		Validity: validityOf(s.Validity),
		Axes:     []record.Axis{}, Rules: rulesOf(s), Claims: claimsOf(s), Warnings: nonNil(s.Warnings()),
	}
	for _, axis := range s.Matrix {
		levels := make([]string, len(axis.Levels))
		for i, level := range axis.Levels {
			levels[i] = level.Name
		}
		r.Axes = append(r.Axes, record.Axis{Name: axis.Name, Levels: levels, Sets: axis.Sets()})
	}
	for _, arm := range arms {
		r.Arms = append(r.Arms, record.Arm{Name: arm.Name, Levels: arm.Levels, Load: loadOf(arm), Objectives: objectivesOf(arm.Objectives), Alert: alertOf(arm.Alert)})
	}
	return r
}

// loadOf returns the load that an arm is to receive.
func loadOf(arm scenarios.Arm) record.Load {
	l := record.Load{
		Conversations: arm.Prompts.Converses(),
		Tokenizer:     arm.Prompts.Tokenizer,
		BatchSize:     arm.Target.Batch.Size, InFlight: arm.Client.InFlight,
		RequestedProtocol: arm.Client.Protocol, RequestedTimeoutMS: record.Milliseconds(arm.Client.Timeout), DrainMS: record.Milliseconds(arm.Load.Drain),
		LimitShare: arm.Load.RespectLimits.Share,
	}
	if o := arm.Load.Open; o != nil {
		l.OpenPerS, l.Arrivals, l.Shape, l.OpenDurationMS = o.Rate, o.Arrivals, o.Shape.String(), record.Milliseconds(o.Duration)
		if o.Arrivals == "gamma" {
			l.Burstiness = o.Burstiness
		}
		if o.Trace != "" {
			l.OpenPerS, l.Arrivals, l.Burstiness = 0, "trace", 0
		}
	}
	if c := arm.Load.Closed; c != nil {
		l.ClosedInFlight, l.ClosedDurationMS, l.ClosedRampMS = c.InFlight, record.Milliseconds(c.Duration), record.Milliseconds(c.Ramp)
	}
	if b := arm.Load.Batch; b != nil {
		l.BatchPrompts, l.BatchPollMS, l.BatchWaitMS = b.Size, record.Milliseconds(b.Poll), record.Milliseconds(b.Wait)
	}
	return l
}

// objectivesOf is the objectives as a record keeps them; nil if there are none.
func objectivesOf(o scenarios.Objectives) *record.Objectives {
	if o == (scenarios.Objectives{}) {
		return nil
	}
	return &record.Objectives{TTFTMS: record.Milliseconds(o.TTFT), TPOTMS: record.Milliseconds(o.TPOT), ResponseMS: record.Milliseconds(o.Response)}
}

// alertOf is the alert as a record keeps it; nil if there is none.
func alertOf(a scenarios.Alert) *record.Alert {
	if a.Under == 0 {
		return nil
	}
	return &record.Alert{Under: a.Under, WindowMS: record.Milliseconds(a.Window)}
}

// validityOf is the thresholds as a record keeps them.
func validityOf(v scenarios.Validity) *record.Validity {
	return &record.Validity{
		SendLagMS: record.Milliseconds(v.SendLag), SendLagShare: v.SendLagShare,
		ReadLagMS: record.Milliseconds(v.ReadLag), ReadLagShare: v.ReadLagShare, HandedOver: v.HandedOver,
		CutOff: v.CutOff, Generator: v.Generator,
		CPU: v.CPU, ClosedCPU: v.ClosedCPU, GCPauseMS: record.Milliseconds(v.GCPause), Files: v.Files, ClockStepMS: record.Milliseconds(v.ClockStep),
	}
}

// plannedBlocks returns the number of blocks to measure: 0 if every arm has only a
// capacity search.
func plannedBlocks(s *scenarios.Scenario, arms []scenarios.Arm) int {
	for _, arm := range arms {
		if arm.Load.InBlocks() {
			return s.Experiment.Blocks
		}
	}
	return 0
}

// maxBlocks returns the number of blocks to which the run may be extended, or 0 if it may
// not.
func maxBlocks(s *scenarios.Scenario, arms []scenarios.Arm) int {
	if blocks := plannedBlocks(s, arms); blocks == 0 || s.Experiment.MaxBlocks <= blocks {
		return 0
	}
	return s.Experiment.MaxBlocks
}

func rulesOf(s *scenarios.Scenario) (rules []record.Rule) {
	for _, r := range s.Rules {
		out := record.Rule{Name: r.Name, Assert: r.Assert}
		if n := r.NoRegression; n != nil {
			out.NoRegression = &record.NoRegression{
				Axis: n.Axis, Base: n.Base, Head: n.Head, By: n.By, Metrics: nonNil(n.Metrics), Margin: n.Margin, ErrorMargin: n.ErrorMargin,
			}
		}
		rules = append(rules, out)
	}
	return rules
}

func claimsOf(s *scenarios.Scenario) (claims []record.Claim) {
	for _, c := range s.Claims {
		claims = append(claims, record.Claim{
			ID: c.ID, Says: c.Says, Measure: c.Measure, Claimed: c.Claimed, Is: c.Is, Within: c.Within, Along: c.Along,
			NotMeasurable: c.NotMeasurable, Otherwise: c.Otherwise, Source: c.Source,
		})
	}
	return claims
}

func nonNil(list []string) []string { return append([]string{}, list...) }
