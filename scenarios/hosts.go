package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"weighbridge/scenarios/tree"
	"weighbridge/target"
	"weighbridge/target/outbound"
)

const (
	keyURL       = "target.url"
	keyTokenPath = "target.auth.token_path"
)

// Address is a URL that requests are sent to, and the key that gives it.
type Address struct{ Key, URL string }

// Addresses returns the URLs that the arm sends requests to. The mock's is not known yet.
func (a *Arm) Addresses() []Address {
	var all []Address
	if a.Target.URL != target.Mock {
		all = append(all, Address{keyURL, a.Target.URL})
	}
	if endpoint := a.Target.Auth.TokenPath; !strings.HasPrefix(endpoint, "/") {
		all = append(all, Address{keyTokenPath, endpoint})
	}
	return all
}

// CheckHosts reports the addresses of the arms whose host is neither on loopback nor allowed.
// It looks nothing up.
func (s *Scenario) CheckHosts(allowed outbound.Allowed) error {
	for _, arm := range s.Arms() {
		for _, address := range arm.Addresses() {
			u, err := target.ParseURL(address.URL)
			if err == nil {
				err = allowed.CheckURL(u)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", address.Key, err)
			}
		}
	}
	return nil
}

// OffLoopback returns the server of the first arm whose requests may leave the machine: its
// host is not on loopback, whatever it resolves to. false if there is none.
func (s *Scenario) OffLoopback() (server string, off bool) {
	for _, arm := range s.Arms() {
		if arm.OffLoopback() {
			return target.ServerOf(arm.Target.URL), true
		}
	}
	return "", false
}

// OffLoopback reports whether the arm's requests may leave the machine.
func (a *Arm) OffLoopback() bool { return outbound.OffLoopback(a.Target.URL) }

// validateLoadElsewhere asks for a load that the scenario states, where it would leave the
// machine: the defaults are meant for the mock. at has the positions of the arm's values.
func (a *Arm) validateLoadElsewhere(at tree.Positions, report reporter) {
	if !a.OffLoopback() {
		return
	}
	written := func(path string) bool { _, ok := at[path]; return ok }
	needs := func(path, what string) {
		report(path, "missing: a target that is not on loopback (%s) is sent no default load: expected %s", target.ServerOf(a.Target.URL), what)
	}
	load := a.Load
	if open := load.Open; open != nil && !written("load.open.rate") && open.Shape.rate() == 0 && open.Trace == "" {
		needs("load.open.rate", "the number of prompts per second")
	}
	if load.Closed != nil && !written("load.closed.in_flight") {
		needs("load.closed.in_flight", "the number of concurrent requests")
	}
	if load.Capacity != nil && !written("load.capacity.to") {
		needs("load.capacity.to", "the highest rate to try, in prompts per second")
	}
}

// validateEncryption refuses credentials that would leave the machine unencrypted.
func (a *Arm) validateEncryption(report reporter) {
	plain := func(address string) bool {
		return strings.HasPrefix(strings.ToLower(address), "http:") && outbound.OffLoopback(address)
	}
	if what := a.credential(); plain(a.Target.URL) && what != "" {
		report(keyURL, "credentials (%s) leave the machine over https only: expected an https:// URL, or one on loopback, found %s", what, target.MaskCredentials(keyURL, a.Target.URL))
	}
	if endpoint := a.Target.Auth.TokenPath; plain(endpoint) {
		report(keyTokenPath, "credentials leave the machine over https only: expected an https:// URL, or one on loopback, found %s", target.MaskCredentials(keyTokenPath, endpoint))
	}
}

// credential returns the first key that puts a credential into requests to the target; "" if
// none does.
func (a *Arm) credential() string {
	if a.Target.Auth.Scheme != "none" {
		return "target.auth.scheme " + a.Target.Auth.Scheme
	}
	texts := a.Target.Texts()
	texts[keyURL] = target.Text(a.Target.URL)
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		if strings.HasPrefix(path, "target.auth.") {
			continue
		}
		if text := texts[path]; text.HasReference() || len(target.Credentials(path, string(text))) > 0 {
			return path
		}
	}
	return ""
}
