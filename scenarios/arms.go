package scenarios

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"weighbridge/mockserver"
	"weighbridge/scenarios/tree"
	"weighbridge/target"
)

// Arm is the scenario with one level of every axis applied, every default filled in.
type Arm struct {
	// Index counts from 0 in the order of the matrix; the last axis changes fastest.
	Index int
	// Name is axis=level for every axis, joined by commas; "all" without axes.
	Name string
	// Levels is the arm's level of each axis.
	Levels map[string]string

	// The sections that patches may set.
	Target  target.Config     `yaml:"target"`
	Prompts Prompts           `yaml:"prompts"`
	Client  target.Client     `yaml:"client"`
	Load    Load              `yaml:"load"`
	Mock    mockserver.Config `yaml:"mock"`

	// Objectives are the scenario's: every arm has the same.
	Objectives Objectives
	// Alert is the scenario's too.
	Alert Alert
}

// Arms returns the scenario's arms: one for every combination of levels, the last axis changing
// fastest, or a single arm without axes. Parse makes them once, 1 to 256; every call returns
// the same arms, which callers must not change.
func (s *Scenario) Arms() []Arm { return s.arms }

// Expand rebuilds the arms. Call it after changing a field of a scenario. Arms share no memory
// with each other or with the scenario.
func (s *Scenario) Expand() { s.expand(tree.Positions{}) }

// expansion is the outcome of building the arms.
type expansion struct {
	// positions has the positions of each arm's values in the source.
	positions []tree.Positions
	// problems are the errors in patches.
	problems tree.Problems
}

// expand builds the arms; base has the positions of the scenario's own values. A matrix of no
// arms or too many leaves the scenario without arms: reading the matrix has reported it.
func (s *Scenario) expand(base tree.Positions) *expansion {
	var x expansion
	s.arms = nil
	arms := s.Matrix.arms()
	if arms > maxArms {
		return &x
	}
	s.arms, x.positions = make([]Arm, arms), make([]tree.Positions, arms)
	for i := range s.arms {
		x.positions[i] = maps.Clone(base)
		s.arms[i] = s.arm(i, s.decoder(x.positions[i], &x.problems))
	}
	s.fillOrder()
	s.fillCacheBust()
	return &x
}

// arm builds the i-th arm. Errors in its patches go to d.
func (s *Scenario) arm(i int, d *tree.Decoder) Arm {
	levels := s.Matrix.levels(i)
	arm := Arm{
		Index:   i,
		Name:    armName(s.Matrix, levels),
		Levels:  make(map[string]string, len(levels)),
		Target:  tree.Clone(s.Target),
		Prompts: tree.Clone(s.Prompts),
		Client:  tree.Clone(s.Client),
		Load:    tree.Clone(s.Load),
		Mock:    tree.Clone(s.Mock),

		Objectives: s.Objectives,
		Alert:      s.Alert,
	}
	arm.Load.makeRoom(levels)
	for axis, level := range levels {
		arm.Levels[s.Matrix[axis].Name] = level.Name
		for _, patch := range level.Patches {
			patch.Apply(&arm, d)
		}
	}
	s.fillDefaults(&arm)
	return arm
}

// makeRoom removes the scenario's load of the one kind, interactive or in batches, if the levels of
// an arm set load of the other.
func (l *Load) makeRoom(levels []Level) {
	set := func(paths ...string) bool {
		return slices.ContainsFunc(levels, func(level Level) (found bool) {
			for _, patch := range level.Patches {
				patch.Leaves(func(leaf string, _ *tree.Node) {
					found = found || slices.ContainsFunc(paths, func(path string) bool { return tree.Overlap(leaf, path) })
				})
			}
			return found
		})
	}
	if l.Batch == nil && set("load.batch") {
		l.Open, l.Closed, l.Capacity = nil, nil, nil
	}
	if l.Batch != nil && set("load.open", "load.closed", "load.capacity") {
		l.Batch = nil
	}
}

// interactive reports whether prompts are sent in requests of their own.
func (l Load) interactive() bool { return l.Open != nil || l.Closed != nil || l.Capacity != nil }

// InBlocks reports whether the load is measured in blocks, which a search for capacity is not.
func (l Load) InBlocks() bool { return l.Open != nil || l.Closed != nil || l.Batch != nil }

// arms returns the number of arms that the axes make; 0 if an axis has no levels.
func (m Matrix) arms() int {
	n := 1
	for _, axis := range m {
		n *= len(axis.Levels)
	}
	return n
}

// levels returns the i-th arm's level of every axis.
func (m Matrix) levels(i int) []Level {
	levels := make([]Level, len(m))
	for axis := len(m) - 1; axis >= 0; axis-- {
		choices := m[axis].Levels
		levels[axis] = choices[i%len(choices)]
		i /= len(choices)
	}
	return levels
}

// sharing returns the first two arms that are sent to the same real server. Each mock is an
// arm's own.
func (s *Scenario) sharing() (a, b *Arm, ok bool) {
	first := map[string]*Arm{} // by server
	for i := range s.arms {
		arm := &s.arms[i]
		for _, server := range s.servers(i) {
			if other := first[server]; other != nil && other != arm {
				return other, arm, true
			}
			first[server] = arm
		}
	}
	return nil, nil, false
}

// AtOnce reports whether the open slices of all arms run at once.
func (e Experiment) AtOnce() bool { return e.Order == Concurrent }

// Took is how long open slices of two arms take together.
func (e Experiment) Took(a, b time.Duration) time.Duration {
	if e.Order == Sequential {
		return a + b
	}
	return max(a, b)
}

// Warmups is how often a run of so many blocks warms up: at its start, and after each restart of the mocks.
func (e Experiment) Warmups(blocks int) int {
	if e.RestartEvery == 0 {
		return 1
	}
	return (blocks + e.RestartEvery - 1) / e.RestartEvery
}

// TakesTurns reports whether an arm is measured by itself at a real server that other arms are sent to as well.
func (s *Scenario) TakesTurns(arm int) bool {
	if s.Experiment.Order != Sequential {
		return false
	}
	mine := s.servers(arm)
	for other := range s.arms {
		if other != arm && slices.ContainsFunc(s.servers(other), func(server string) bool { return slices.Contains(mine, server) }) {
			return true
		}
	}
	return false
}

// servers returns the real servers that an arm is sent to.
func (s *Scenario) servers(arm int) (servers []string) {
	if s.arms[arm].Target.URL == target.Mock {
		return nil
	}
	for _, address := range s.arms[arm].targets() {
		servers = append(servers, target.ServerOf(address))
	}
	return servers
}

// Warnings returns what a reader of the figures of a valid scenario should know: two levels of
// an axis that make the same arms, which compares an arm with itself, arms that load the same
// server at once, requests to a real server that name no model of it, certificates that are not
// verified, a cache that nothing can be found in, and objectives that a capacity search does not use.
func (s *Scenario) Warnings() []string {
	var warnings []string
	arms := s.Arms()
	if a, b, shared := s.sharing(); shared && s.Experiment.Order == Concurrent {
		warnings = append(warnings, fmt.Sprintf("experiment.order is concurrent: %s and %s loaded the same server (%s) at once, so each was measured under the load of all arms there",
			a.Name, b.Name, target.ServerOf(a.Target.URL)))
	}
	if i := slices.IndexFunc(arms, func(a Arm) bool { return !a.Target.NamesModel() }); i >= 0 {
		warnings = append(warnings, fmt.Sprintf("target.model is not set: requests to %s name the mock's, %s", target.ServerOf(arms[i].Target.URL), target.MockModel))
	}
	if servers := unverified(arms); len(servers) > 0 {
		warnings = append(warnings, "client.tls.insecure: no certificate was verified, so anyone in between could read and change the requests to "+strings.Join(servers, ", "))
	}
	if i := slices.IndexFunc(arms, func(a Arm) bool { return a.Client.Cache.Entries > 0 && a.Prompts.CacheBust == "request" }); i >= 0 {
		warnings = append(warnings, "prompts.cache_bust: request makes every request different: client.cache never finds an answer")
	}
	searchesWithout := func(a Arm) bool { return a.Load.Capacity != nil && len(a.Load.Capacity.Latencies()) == 0 }
	if s.Objectives != (Objectives{}) && slices.ContainsFunc(arms, searchesWithout) {
		warnings = append(warnings, "objectives are those of goodput: load.capacity searches without an objective for a latency, which load.capacity.p99 would be")
	}
	stride := len(arms)
	for _, axis := range s.Matrix {
		stride /= len(axis.Levels)
		for head := range axis.Levels {
			for base := range head {
				if sameArms(arms, stride, len(axis.Levels), base, head) {
					warnings = append(warnings, fmt.Sprintf("axis %s: the levels %s and %s make the same arms",
						axis.Name, axis.Levels[base].Name, axis.Levels[head].Name))
				}
			}
		}
	}
	return warnings
}

// unverified returns servers whose certificates client.tls.insecure accepts unseen, at most maxNamed:
// those with https URLs or, if there are none, the others, whose proxy or token endpoint may use TLS.
func unverified(arms []Arm) (servers []string) {
	for _, encrypted := range []bool{true, false} {
		for _, a := range arms {
			server := target.ServerOf(a.Target.URL)
			if a.Client.TLS.Insecure && strings.HasPrefix(server, "https:") == encrypted && !slices.Contains(servers, server) {
				servers = append(servers, server)
			}
		}
		if len(servers) > 0 {
			return servers[:min(len(servers), maxNamed)]
		}
	}
	return nil
}

// maxNamed is how many servers a warning names at most.
const maxNamed = 3

// sameArms reports whether each arm at level base of an axis equals its counterpart at level
// head, the arm that has the same levels of all other axes. Arms that are stride apart have
// neighbouring levels of the axis.
func sameArms(arms []Arm, stride, levels, base, head int) bool {
	for i, arm := range arms {
		if i/stride%levels == base && !equal(arm, arms[i+(head-base)*stride]) {
			return false
		}
	}
	return true
}

// equal reports whether two arms behave the same, whatever their names.
func equal(a, b Arm) bool {
	b.Index, b.Name, b.Levels = a.Index, a.Name, a.Levels
	return reflect.DeepEqual(a, b)
}

// The limits of a quick run.
const (
	quickBlocks = 3
	quickWarmup = time.Second
	quickOpen   = time.Second
	quickClosed = 200 * time.Millisecond
	// Limits of the search for capacity.
	quickStep      = 500 * time.Millisecond
	quickConfirm   = 1
	quickPrecision = 0.1
)

// Quick shortens the scenario: 3 blocks, a warm-up and open slices of at most 1 s, closed
// slices of at most 200 ms, and a capacity search with steps of at most 500 ms to a precision
// of 10%. Durations that levels set stay as they are.
func (s *Scenario) Quick() {
	s.quick = true
	s.Experiment.Blocks, s.Experiment.MaxBlocks = quickBlocks, quickBlocks
	s.Load.Warmup = min(s.Load.Warmup, quickWarmup)
	if s.Load.Open != nil {
		s.Load.Open.Duration = min(s.Load.Open.Duration, quickOpen)
	}
	if s.Load.Closed != nil {
		s.Load.Closed.Duration = min(s.Load.Closed.Duration, quickClosed)
	}
	if s.Load.Capacity != nil {
		s.Load.Capacity.shorten()
	}
	s.Expand()
}
