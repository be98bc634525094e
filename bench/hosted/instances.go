package hosted

import (
	"weighbridge/mockserver"
	"weighbridge/scenarios"
	"weighbridge/target"
)

// instances gives the mocks of the scenario's mocked arms, in the arms' order.
func instances(s *scenarios.Scenario) ([]mockserver.Instance, error) {
	var list []mockserver.Instance
	for _, arm := range s.Arms() {
		if arm.Target.URL != target.Mock {
			continue
		}
		config, err := WithSecret(arm.Mock)
		if err != nil {
			return nil, err
		}
		list = append(list, mockserver.Instance{Name: arm.Name, Config: config, H2C: arm.Client.Protocol == "h2c"})
	}
	return list, nil
}

// WithSecret returns the config with the JWT secret in place of a reference to it.
func WithSecret(c mockserver.Config) (mockserver.Config, error) {
	secret, err := target.Text(c.Auth.JWT.Secret).Expand()
	if err != nil {
		return c, err
	}
	c.Auth.JWT.Secret = secret
	return c, nil
}

// Settings lets a mock's control listener read and write settings as a scenario's
// mock section has them.
func Settings() mockserver.Settings {
	return mockserver.Settings{
		Patch: func(c mockserver.Config, text []byte) (mockserver.Config, error) {
			return scenarios.PatchMock("body", text, c)
		},
		JSON: scenarios.MockJSON,
	}
}
