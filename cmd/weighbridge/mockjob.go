package main

import (
	"weighbridge/mockserver"
	"weighbridge/scenarios"
	"weighbridge/target"
)

// mockJob is what a run tells the process that hosts its mocks: the scenario as
// written, so that both expand it alike and no secret is passed on.
type mockJob struct {
	File    string            `json:"file"`
	Source  string            `json:"source"`
	Changes scenarios.Changes `json:"changes"`
	Quick   bool              `json:"quick"`
}

func (j mockJob) scenario() (*scenarios.Scenario, error) {
	s, err := scenarios.Parse(j.File, []byte(j.Source), j.Changes)
	if err != nil {
		return nil, err
	}
	if j.Quick {
		s.Quick()
	}
	return s, nil
}

// instances are the mocks of the scenario's arms, in their order.
func instances(s *scenarios.Scenario) ([]mockserver.Instance, error) {
	var list []mockserver.Instance
	for _, arm := range s.Arms() {
		if arm.Target.URL != target.Mock {
			continue
		}
		config, err := expandSecret(arm.Mock)
		if err != nil {
			return nil, err
		}
		list = append(list, mockserver.Instance{Name: arm.Name, Config: config, H2C: arm.Client.Protocol == "h2c"})
	}
	return list, nil
}

// expandSecret puts the JWT secret in place of a reference to it.
func expandSecret(c mockserver.Config) (mockserver.Config, error) {
	secret, err := target.Text(c.Auth.JWT.Secret).Expand()
	if err != nil {
		return c, err
	}
	c.Auth.JWT.Secret = secret
	return c, nil
}
