package scenarios

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/http/httpproxy"

	"weighbridge/scenarios/tree"
	"weighbridge/target"
	"weighbridge/target/outbound"
)

const (
	keyURL       = "target.url"
	keyTokenPath = "target.auth.token_path"
	keyProxy     = "client.proxy"
	keyResolve   = "client.resolve"
)

// Address is a URL that requests are sent to, and the key that gives it.
type Address struct {
	Key string
	URL *url.URL
}

// Addresses returns the URLs that the arm connects to: its target, the token endpoint and their
// proxies, which may be those of the environment. The mock's is not known yet, and a unix socket has none.
func (a *Arm) Addresses() ([]Address, error) {
	servers, err := a.servers()
	if err != nil {
		return nil, err
	}
	all := servers
	for _, server := range servers {
		proxy, err := a.Client.ProxyForm(server.URL, httpproxy.FromEnvironment())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", keyProxy, err)
		}
		if proxy != nil {
			all = append(all, Address{keyProxy, proxy})
		}
	}
	return all, nil
}

func (a *Arm) servers() ([]Address, error) {
	var all []Address
	if a.Target.URL != target.Mock {
		end, err := target.ParseEndpoint(a.Target.URL)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", keyURL, err)
		}
		if end.Socket == "" {
			all = append(all, Address{keyURL, end.Base})
		}
	} else if a.Client.Proxy != target.ProxyEnv { // which excepts loopback
		all = append(all, Address{keyURL, &url.URL{Scheme: "https", Host: "127.0.0.1"}})
	}
	for _, name := range slices.Sorted(maps.Keys(a.Target.Regions)) {
		if address := a.Target.Regions[name].URL; address != "" {
			u, err := target.ParseURL(address)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", regionKey(name), err)
			}
			all = append(all, Address{regionKey(name), u})
		}
	}
	if endpoint := a.Target.Auth.TokenPath; !strings.HasPrefix(endpoint, "/") {
		u, err := target.ParseURL(endpoint)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", keyTokenPath, err)
		}
		all = append(all, Address{keyTokenPath, u})
	}
	return all, nil
}

// CheckHosts reports the addresses of the arms whose host is neither on loopback nor allowed,
// and the addresses that would take the place of their lookups. It looks nothing up.
func (s *Scenario) CheckHosts(allowed outbound.Allowed) error {
	for _, arm := range s.Arms() {
		addresses, err := arm.Addresses()
		if err != nil {
			return err
		}
		dialer, err := outbound.Dialer{Allowed: allowed}.For(arm.Client.Resolve, arm.Client.DNS)
		if err != nil {
			return fmt.Errorf("%s: %w", keyResolve, err)
		}
		for _, address := range addresses {
			if err := allowed.CheckURL(address.URL); err != nil {
				return fmt.Errorf("%s: %w", address.Key, err)
			}
			if u := address.URL; address.Key == keyProxy && u.User != nil && u.Scheme != "https" && !outbound.Loopback(u.Hostname()) {
				return fmt.Errorf("%s: the credentials of %s leave the machine over https only: expected an https:// proxy, or one on loopback", keyProxy, target.MaskedURL(u))
			}
			if err := dialer.CheckURL(address.URL); err != nil {
				return fmt.Errorf("%s: %w", keyResolve, err)
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

// OffLoopback reports whether the arm's requests may leave the machine: to a target that is not
// on loopback, or through a proxy that is not.
func (a *Arm) OffLoopback() bool {
	return slices.ContainsFunc(a.targets(), outbound.OffLoopback) || a.proxiedElsewhere()
}

// targets returns target.url and the URLs of the regions.
func (a *Arm) targets() []string {
	all := []string{a.Target.URL}
	for _, name := range slices.Sorted(maps.Keys(a.Target.Regions)) {
		if address := a.Target.Regions[name].URL; address != "" {
			all = append(all, address)
		}
	}
	return all
}

// RegionNames returns the names of the regions that the arm's attempts may go to, in order; none
// without regions.
func (a *Arm) RegionNames() []string { return a.Target.Routing.Used(a.Target.Regions) }

func regionKey(name string) string { return "target.regions." + name + ".url" }

// validateRegions checks the regions, and what chooses among them.
func (a *Arm) validateRegions(report reporter) {
	t := a.Target
	at := func(section string, err error) {
		if err == nil {
			return
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			key, message, _ := strings.Cut(line, ": ")
			report(section+"."+key, "%s", message)
		}
	}
	at("target.health", t.Health.Validate())
	validatePath("target.health.path", t.Health.Path, report)
	if len(t.Regions) == 0 {
		routing := t.Routing
		if len(routing.Order) == 0 {
			routing.Order = nil
		}
		if d := Defaults().Target; !reflect.DeepEqual(routing, d.Routing) || t.Health != d.Health || t.DNS != d.DNS {
			report("target.regions", "missing: expected target.regions or mock.regions, as target.routing, target.health and target.dns choose among regions")
		}
		return
	}
	at("target.routing", t.Routing.Validate(t.Regions))
	if len(t.Regions) > maxRegions {
		report("target.regions", "expected at most %d, found %d", maxRegions, len(t.Regions))
	}
	for _, name := range slices.Sorted(maps.Keys(t.Regions)) {
		a.validateRegion(name, report)
	}
	if a.Load.Batch != nil {
		report("load.batch", "a batch lives on one server: expected another load, or no target.regions")
	}
	if a.Load.RespectLimits.Share > 0 {
		report("load.respect_limits.share", "each region has rate limits of its own: expected 0, or no target.regions")
	}
}

const maxRegions = 100

// validateRegion checks one region.
func (a *Arm) validateRegion(name string, report reporter) {
	if !namePattern.MatchString(name) {
		report("target.regions", "expected names of 1 to 64 of a-z, 0-9 and -, found %q", name)
	}
	address, mocked := a.Target.Regions[name].URL, a.Target.URL == target.Mock
	_, ofMock := a.Mock.Regions[name]
	switch {
	case mocked && address != "":
		report(regionKey(name), "target.url is mock: expected a url for every region or for none, found %s", target.MaskCredentials(regionKey(name), address))
	case mocked && !ofMock:
		report("target.regions."+name, "expected a url, or mock.regions.%s as well", name)
	case mocked:
	case address == "":
		report(regionKey(name), "missing: target.url is not mock, so every region needs a url")
	case strings.Contains(address, "?"):
		report(regionKey(name), "expected a URL without a query: parameters for all regions belong in target.query")
	case strings.HasPrefix(a.Target.URL, "unix:"):
		report("target.url", "regions cannot be unix sockets: expected an http(s) URL, or no target.regions")
	default:
		validateURL(regionKey(name), address, report)
	}
}

// proxiedElsewhere reports whether the arm's proxy, if any, is not on loopback.
func (a *Arm) proxiedElsewhere() bool {
	addresses, err := a.Addresses()
	return err == nil && slices.ContainsFunc(addresses, func(at Address) bool { return at.Key == keyProxy && !outbound.Loopback(at.URL.Hostname()) })
}

// Elsewhere returns the servers off loopback that the arms connect to, each once, as
// SCHEME://HOST:PORT: targets, token endpoints and their proxies. It looks nothing up.
func (s *Scenario) Elsewhere() (all []string, err error) {
	for _, arm := range s.Arms() {
		addresses, err := arm.Addresses()
		if err != nil {
			return nil, err
		}
		for _, at := range addresses {
			server := target.ServerOf(at.URL.Scheme + "://" + at.URL.Host)
			if !outbound.Loopback(at.URL.Hostname()) && !slices.Contains(all, server) {
				all = append(all, server)
			}
		}
	}
	return all, nil
}

// Hosts returns what --allow-host must allow for the arm: the hosts of its addresses, and the
// addresses off loopback that take the place of lookups. What is not a host is left out.
func (a *Arm) Hosts() (all outbound.Allowed) {
	addresses, _ := a.Addresses() // an error is reported by CheckHosts
	for _, at := range addresses {
		if host, err := outbound.ParseHost(at.URL.Hostname()); err == nil && !outbound.Loopback(host) {
			all = append(all, outbound.AllowedHost{Host: host})
		}
	}
	mapped, _ := outbound.ParseMapped(a.Client.Resolve) // as above
	for _, m := range mapped {
		if !m.To.Addr().IsLoopback() {
			all = append(all, outbound.AllowedHost{Host: m.To.Addr().String()})
		}
	}
	return all
}

// validateNetwork checks the keys that say how servers are reached.
func (a *Arm) validateNetwork(report reporter) {
	c := a.Client
	if c.TLS.Cert == "" && c.TLS.Key != "" {
		report("client.tls.cert", "missing: expected the certificate of client.tls.key")
	}
	if c.TLS.Key == "" && c.TLS.Cert != "" {
		report("client.tls.key", "missing: expected the private key of client.tls.cert")
	}
	if c.TLS.ServerName != "" {
		if _, err := outbound.ParseHost(c.TLS.ServerName); err != nil {
			report("client.tls.server_name", "%v", err)
		}
	}
	if !httpguts.ValidHeaderFieldValue(c.UserAgent) {
		report("client.user_agent", "expected a value without line breaks and control characters")
	}
	if _, err := outbound.ParseMapped(c.Resolve); err != nil {
		report(keyResolve, "%v", err)
	}
	if _, err := c.ProxyForm(&url.URL{Scheme: "https", Host: "api.example.com"}, &httpproxy.Config{}); err != nil {
		report(keyProxy, "%v", err)
	}
}

// validateLoadElsewhere asks for a load that the scenario states, if it would leave the
// machine: the defaults are meant for the mock. at has the positions of the arm's values.
func (a *Arm) validateLoadElsewhere(at tree.Positions, report reporter) {
	if !a.OffLoopback() {
		return
	}
	written := func(path string) bool { _, ok := at[path]; return ok }
	needs := func(path, what string) {
		report(path, "missing: there is no default load for a target or a proxy that is not on loopback: expected %s", what)
	}
	load := a.Load
	if open := load.Open; open != nil && !written("load.open.rate") && open.Shape.rate() == 0 && open.Trace == "" {
		needs("load.open.rate", "the number of prompts per second")
	}
	if load.Closed != nil && !written("load.closed.in_flight") {
		needs("load.closed.in_flight", "the number of concurrent requests")
	}
	if load.Batch != nil && !written("load.batch.size") {
		needs("load.batch.size", "the number of prompts in a batch")
	}
	if load.Capacity != nil && !written("load.capacity.to") {
		needs("load.capacity.to", "the highest rate to try, in prompts per second")
	}
}

// validateEncryption refuses credentials that would leave the machine unencrypted.
func (a *Arm) validateEncryption(report reporter) {
	plain := func(address string) bool {
		return strings.HasPrefix(strings.ToLower(address), "http:") && (outbound.OffLoopback(address) || a.proxiedElsewhere())
	}
	for _, address := range a.targets() {
		if what := a.credential(); plain(address) && what != "" {
			report(keyURL, "credentials (%s) leave the machine over https only: expected an https:// URL, or one on loopback, found %s", what, target.MaskCredentials(keyURL, address))
		}
	}
	if proxy := string(a.Client.Proxy); strings.Contains(proxy, "@") && !strings.HasPrefix(strings.ToLower(proxy), "https:") && a.proxiedElsewhere() {
		report(keyProxy, "its credentials leave the machine over https only: expected an https:// proxy, or one on loopback")
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
