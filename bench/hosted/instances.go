package hosted

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"weighbridge/bench/attack"
	"weighbridge/mockserver"
	"weighbridge/mockserver/callback"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/auth"
)

// instances gives the mocks of those arms that are mocked, in the arms' order, and where each sends its
// callbacks.
func instances(arms []scenarios.Arm, to map[string]callback.Delivery) ([]mockserver.Instance, error) {
	var list []mockserver.Instance
	for _, arm := range arms {
		if arm.Target.URL != target.Mock {
			continue
		}
		config, err := WithSecret(arm.Mock)
		if err != nil {
			return nil, err
		}
		list = append(list, mockserver.Instance{Name: arm.Name, Config: config, H2C: arm.Client.Protocol == "h2c", Callbacks: to[arm.Name]})
	}
	return list, nil
}

// endpoints gives the address of each arm's mock.
func endpoints(info mockserver.Info, arms []scenarios.Arm) ([]attack.Endpoint, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(info.CAPEM)) {
		return nil, errors.New("the mock gave no certificate")
	}
	byName := map[string]mockserver.Arm{}
	for _, mock := range info.Arms {
		byName[mock.Name] = mock
	}
	ends := make([]attack.Endpoint, len(arms))
	for i, arm := range arms {
		mock, ok := byName[arm.Name]
		if !ok {
			return nil, fmt.Errorf("no mock is hosted for arm %s", arm.Name)
		}
		ends[i] = attack.Endpoint{URL: mock.URL, Roots: roots, HasLedger: true, Regions: mock.Regions, Defaults: auth.Credentials{
			Key: mock.Key, ClientID: mock.ClientID, ClientSecret: mock.ClientSecret, JWTSecret: mock.JWTSecret, SigningKey: mock.SigningKey, KeyID: mock.KeyID,
		}}
	}
	return ends, nil
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

// childEnvironment returns the environment of the process that hosts the arms' mocks: the
// settings of Go's runtime, and the variables that the mocks refer to. Secrets that only the
// load needs are not in it. lookup is os.LookupEnv.
func childEnvironment(arms []scenarios.Arm, lookup func(string) (string, bool)) []string {
	names := []string{"GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GODEBUG", "GOTRACEBACK", "GORACE", "GOCOVERDIR"}
	for _, arm := range arms {
		names = append(names, target.Text(arm.Mock.Auth.JWT.Secret).Variables()...)
	}
	slices.Sort(names)
	environment := []string{} // nil would be the environment of this process
	for _, name := range slices.Compact(names) {
		if value, ok := lookup(name); ok {
			environment = append(environment, name+"="+value)
		}
	}
	return environment
}

// Settings lets a mock's control listener read and write settings as a scenario's
// mock section has them.
func Settings() mockserver.SettingsCodec {
	return mockserver.SettingsCodec{
		Patch: func(c mockserver.Config, text []byte) (mockserver.Config, error) {
			return scenarios.PatchMock("body", text, c)
		},
		JSON: scenarios.MockJSON,
	}
}
