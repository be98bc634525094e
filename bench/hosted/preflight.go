package hosted

import (
	"cmp"
	"context"
	"fmt"

	"weighbridge/bench"
	"weighbridge/scenarios"
	"weighbridge/target/auth"
	"weighbridge/target/dialect"
	"weighbridge/target/outbound"
	"weighbridge/target/transport"
)

// NewJob finds, reads and checks a scenario: a name from the catalog or a YAML file.
// What would only fail once a run has begun, fails here; so does a scenario that sends anything
// to a host that is neither on loopback nor allowed.
func NewJob(ref string, changes scenarios.Changes, quick bool, allowed outbound.Allowed) (Job, *scenarios.Scenario, error) {
	file, source, err := scenarios.Find(ref)
	if err != nil {
		return Job{}, nil, err
	}
	return NewJobOf(file, string(source), changes, quick, allowed)
}

// NewJobOf is NewJob for a source that was read before, of the file.
func NewJobOf(file, source string, changes scenarios.Changes, quick bool, allowed outbound.Allowed) (Job, *scenarios.Scenario, error) {
	job := Job{File: file, Source: source, Changes: changes, Quick: quick}
	scenario, err := job.Scenario()
	if err != nil {
		return Job{}, nil, err
	}
	return job, scenario, preflight(file, scenario, outbound.Dialer{Allowed: allowed})
}

// CheckDialects compiles the templates and expressions of every arm. file is the
// scenario's, for the error.
func CheckDialects(file string, s *scenarios.Scenario) error {
	for _, arm := range s.Arms() {
		if _, err := dialect.New(arm.Target); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

// preflight checks what otherwise only shows when the arms are made: which hosts are allowed,
// templates and expressions, references to secrets, the program and the file that credentials
// come from, where localhost leads, and files of prompts and traces.
func preflight(file string, s *scenarios.Scenario, d outbound.Dialer) error {
	if err := s.CheckHosts(d.Allowed); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := CheckDialects(file, s); err != nil {
		return err
	}
	for _, arm := range s.Arms() {
		_, clientErr := arm.Client.Secrets()
		if err := cmp.Or(arm.Target.CheckReferences(), clientErr, transport.CheckFiles(arm.Client.TLS)); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := auth.CheckSources(arm.Target.Auth); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := checkLocalhost(&arm, d); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return CheckInputs(file, s)
}

// CheckInputs checks the prices, and the files of prompts, tokenizers and traces and the signing keys
// of every arm. file is the scenario's, for the error.
func CheckInputs(file string, s *scenarios.Scenario) error {
	if _, _, err := bench.Prices(s); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	read := map[string]bool{}
	for _, arm := range s.Arms() {
		if err := auth.CheckKey(arm.Target.Auth.JWT); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if p := arm.Prompts; p.File != "" && !read[p.Format+":"+p.File] {
			if _, err := bench.ReadPrompts(p); err != nil {
				return fmt.Errorf("%s: prompts.file: %w", file, err)
			}
			read[p.Format+":"+p.File] = true
		}
		if p := arm.Prompts; p.Tokenizer != "" && !read["tokenizer "+p.Tokenizer] {
			if err := bench.CheckTokenizer(p); err != nil {
				return fmt.Errorf("%s: prompts.tokenizer: %w", file, err)
			}
			read["tokenizer "+p.Tokenizer] = true
		}
		if o := arm.Load.Open; o != nil && o.Trace != "" && !read[o.TraceFormat+":"+o.Trace] {
			if _, err := bench.ReadTrace(*o); err != nil {
				return fmt.Errorf("%s: load.open.trace: %w", file, err)
			}
			read[o.TraceFormat+":"+o.Trace] = true
		}
	}
	return nil
}

// checkLocalhost checks that localhost, if an arm sends requests to it, has addresses on
// loopback alone.
func checkLocalhost(arm *scenarios.Arm, d outbound.Dialer) error {
	addresses, err := arm.Addresses()
	if err != nil {
		return err
	}
	for _, address := range addresses {
		if host := address.URL.Hostname(); outbound.Loopback(host) {
			if _, err := d.Resolve(context.Background(), host, address.URL.Port()); err != nil { // reads a file
				return fmt.Errorf("%s: %w", address.Key, err)
			}
		}
	}
	return nil
}
