// Package hosted runs the mocks of a run in a child process, with a scheduler and a
// garbage collector of their own. The parent's side is Mocks, which is a
// bench.Servers; the child's is Serve, which the program named by Mocks.Command calls.
package hosted

import "weighbridge/scenarios"

// Job is the scenario of a run as it was written. It is handed to the child in this
// form, so that both sides expand it alike and no secret is passed on.
type Job struct {
	File    string            `json:"file"`
	Source  string            `json:"source"`
	Changes scenarios.Changes `json:"changes"`
	Quick   bool              `json:"quick"`
}

// Scenario parses the job.
func (j Job) Scenario() (*scenarios.Scenario, error) {
	s, err := scenarios.Parse(j.File, []byte(j.Source), j.Changes)
	if err != nil {
		return nil, err
	}
	if j.Quick {
		s.Quick()
	}
	return s, nil
}
