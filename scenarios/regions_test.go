package scenarios

import (
	"slices"
	"strings"
	"testing"

	"weighbridge/target"
)

const twoServers = "target: {dialect: http, url: %s, auth: {scheme: none}, regions: {b: {url: http://127.0.0.1:9002/v1}, a: {url: http://127.0.0.1:9001}}"

// The regions of the mock are the target's, and a target of regions alone is the first of them.
func TestRegionsOfAnArm(t *testing.T) {
	for _, row := range []struct {
		yaml string
		url  string
		want []string
	}{
		{minimal, target.Mock, nil},
		{minimal + "mock: {regions: {us: {}, eu: {latency: 5ms}}}\n", target.Mock, []string{"eu", "us"}},
		{"name: r\ntarget: {dialect: article, routing: {order: [us]}}\nmock: {regions: {us: {}, eu: {}}}\n", target.Mock, []string{"us"}},
		{"name: r\ntarget: {dialect: article, regions: {eu: {weight: 2}}}\nmock: {regions: {us: {}, eu: {}}}\n", target.Mock, []string{"eu"}},
		{"name: r\n" + strings.Replace(twoServers, "url: %s, ", "", 1) + "}\n", "http://127.0.0.1:9001", []string{"a", "b"}},
		{"name: r\n" + strings.Replace(twoServers, "%s", "http://127.0.0.1:9000", 1) + ", routing: {order: [b, a]}}\n", "http://127.0.0.1:9000", []string{"b", "a"}},
	} {
		arm := mustParse(t, row.yaml).Arms()[0]
		if got := arm.RegionNames(); arm.Target.URL != row.url || !slices.Equal(got, row.want) {
			t.Errorf("%s: regions %v, target.url %s", row.yaml, got, arm.Target.URL)
		}
	}
}

func TestMistakesInRegions(t *testing.T) {
	const mocked = "name: r\ntarget: {dialect: article, %s}\nmock: {regions: {eu: {}, us: {}}}\n"
	for _, row := range []struct{ yaml, want string }{
		{strings.Replace(mocked, "%s", "routing: {order: [eu, ap]}", 1), `target.routing.order: there is no region "ap"`},
		{strings.Replace(mocked, "%s", "routing: {policy: sticky}", 1), "target.routing.sessions: policy sticky needs at least 1"},
		{strings.Replace(mocked, "%s", "routing: {policy: closest}", 1), "expected one of nearest, weighted, sticky, failover"},
		{strings.Replace(mocked, "%s", "health: {interval: 5ms}", 1), "target.health.interval: expected 0, or at least 10ms"},
		{strings.Replace(mocked, "%s", "health: {path: ready}", 1), "target.health.path: expected a path that begins with /"},
		{strings.Replace(mocked, "%s", "regions: {ap: {}}", 1), "target.regions.ap: expected a url, or mock.regions.ap as well"},
		{strings.Replace(mocked, "%s", "regions: {eu: {url: 'http://127.0.0.1:1'}, us: {}}", 1), "target.regions.eu.url: target.url is mock"},
		{strings.Replace(mocked, "%s", "regions: {eu: {url: 'http://127.0.0.1:1'}}, url: 'http://127.0.0.1:1'", 1) + "client: {protocol: http/2}\n", "client.protocol: http/2 needs an https:// URL"},
		{"name: r\ntarget: {dialect: article, dns: {ttl: 1s}}\n", "target.regions: missing"},
		{"name: r\ntarget: {dialect: article, routing: {sessions: 3}}\n", "target.regions: missing"},
		{"name: r\n" + strings.Replace(strings.Replace(twoServers, "%s", "http://127.0.0.1:9000", 1), "a: {url: http://127.0.0.1:9001}", "a: {url: 'http://127.0.0.1:9001?k=1'}", 1) + "}\n", "target.regions.a.url: expected a URL without a query"},
		{"name: r\n" + strings.Replace(strings.Replace(twoServers, "%s", "http://127.0.0.1:9000", 1), "a: {url", "A_1: {url", 1) + "}\n", "target.regions: expected names of"},
		{"name: r\n" + strings.Replace(strings.Replace(twoServers, "%s", "http://127.0.0.1:9000", 1), "a: {url: http://127.0.0.1:9001}", "a: {}", 1) + "}\n", "target.regions.a.url: missing"},
		{"name: r\ntarget: {dialect: anthropic}\nload: {batch: {}}\nmock: {regions: {eu: {}}}\n", "load.batch: a batch lives on one server"},
		{"name: r\ntarget: {dialect: article}\nload: {respect_limits: {share: 0.5}}\nmock: {regions: {eu: {}}}\n", "load.respect_limits.share: each region"},
		{"name: r\ntarget: {dialect: article}\nmock: {regions: {eu: {outages: [{every: 2s}]}}}\n", "mock.regions.eu.outages.0.every: expected longer than"},
	} {
		_, err := Parse("r.yaml", []byte(row.yaml), Changes{})
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q", row.yaml, err, row.want)
		}
	}
}

// What regions are sent to counts as what target.url does: for --allow-host, for budgets and for
// credentials in the clear.
func TestRegionsElsewhere(t *testing.T) {
	const elsewhere = "name: r\ntarget: {dialect: openai, auth: {key: '${env:K}'}, regions: {a: {url: 'http://127.0.0.1:1'}, b: {url: '%s'}}}\nload: {open: {rate: 1}}\n"
	s := mustParse(t, strings.Replace(elsewhere, "%s", "https://b.example.com/v1", 1))
	if server, off := s.OffLoopback(); !off || s.CheckHosts(nil) == nil {
		t.Errorf("regions off loopback are not found: %s, %v", server, off)
	}
	if all, err := s.Elsewhere(); err != nil || !slices.Equal(all, []string{"https://b.example.com:443"}) {
		t.Errorf("%v, %v", all, err)
	}
	if err := s.CheckHosts(s.Arms()[0].Hosts()); err != nil {
		t.Error(err)
	}
	_, err := Parse("r.yaml", []byte(strings.Replace(elsewhere, "%s", "http://b.example.com/v1", 1)), Changes{})
	if err == nil || !strings.Contains(err.Error(), "leave the machine over https only") {
		t.Errorf("credentials may leave in the clear: %v", err)
	}
}

func TestArmsThatShareARegionShareAServer(t *testing.T) {
	s := mustParse(t, "name: r\ntarget: {dialect: http, auth: {scheme: none}}\nmatrix:\n  where:\n"+
		"    one: {target.url: 'http://127.0.0.1:9002'}\n    both: {target.regions: {a: {url: 'http://127.0.0.1:9001'}, b: {url: 'http://127.0.0.1:9002'}}}\n")
	if s.Experiment.Order != Sequential {
		t.Errorf("the order is %s", s.Experiment.Order)
	}
}
