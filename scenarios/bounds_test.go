package scenarios

import (
	"reflect"
	"strings"
	"testing"

	"weighbridge/mockserver"
	"weighbridge/mockserver/dist"
	"weighbridge/scenarios/tree"
	"weighbridge/target"
)

// A number without bounds lets one digit too many end in no memory left or in a run without
// end. The bounds of distributions are in package dist, because they depend on the unit.
func TestEveryNumberIsBounded(t *testing.T) {
	found := 0
	var check func(of reflect.Type, path string, c tree.Check)
	check = func(of reflect.Type, path string, c tree.Check) {
		for of.Kind() == reflect.Slice || of.Kind() == reflect.Map || of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		if of.Kind() == reflect.Struct && of.PkgPath() != reflect.TypeFor[dist.Duration]().PkgPath() {
			for i := range of.NumField() {
				check(of.Field(i).Type, path+"."+of.Field(i).Name, tree.CheckOf(of.Field(i)))
			}
		}
		value := reflect.New(of).Elem()
		if !value.CanInt() && !value.CanUint() && !value.CanFloat() || strings.HasSuffix(path, ".Seed") {
			return
		}
		if found++; c.Min == "" && !value.CanUint() || c.Max == "" {
			t.Errorf("%s has no bounds: expected min and max in its check tag", path)
		}
	}
	for section, of := range map[string]reflect.Type{
		"target": reflect.TypeFor[target.Config](), "prompts": reflect.TypeFor[Prompts](), "client": reflect.TypeFor[target.Client](),
		"load": reflect.TypeFor[Load](), "experiment": reflect.TypeFor[Experiment](), "objectives": reflect.TypeFor[Objectives](), "alert": reflect.TypeFor[Alert](), "validity": reflect.TypeFor[Validity](),
		"mock": reflect.TypeFor[mockserver.Config](), "rules": reflect.TypeFor[Rule](), "claims": reflect.TypeFor[Claim](),
	} {
		check(of, section, tree.Check{})
	}
	if found < 80 {
		t.Errorf("found %d numbers in the language: expected at least 80", found)
	}
}

// Each number is inside its bounds; what they come to is not.
func TestTotalsAreBounded(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{"prompts: {length: 1e18}", "prompts.length: expected at most 1e+07, found 1e+18"},
		{"prompts: {length: 1e7}", "prompts.length: expected at most 400000000 characters in the distinct prompts of all arms, found about 1e+10"},
		{"prompts: {length: {pareto: {min: 1000, alpha: 0.01}}}", "prompts.length: expected at most 400000000 characters"},
		{"prompts: {distinct: 1000000, length: 1000}", "prompts.length: expected at most 400000000 characters"},
		{"prompts: {distinct: 1, length: 1e7}\ntarget: {dialect: article, batch: {size: 1000}}", "target.batch.size: expected at most 10000000 characters in a request, found about 1e+10"},
		{"load: {open: {duration: 24h}}\nexperiment: {blocks: 1000}", "experiment.blocks: expected blocks that take at most 2160h in all, found 24000h"},
		{"load: {closed: {duration: 24h}}\nexperiment: {max_blocks: 1000}", "experiment.blocks: expected blocks that take at most 2160h"},
		{"load: {closed: {in_flight: 1e9}}", "load.closed.in_flight: expected 1 to 100000, found 1000000000"},
		{"client: {in_flight: 1e9}", "client.in_flight: expected 1 to 100000"},
		{"client: {connections: 1e9}", "client.connections: expected 0 to 100000"},
		{"target: {dialect: article, batch: {size: 1e9}}", "target.batch.size: expected 1 to 1000"},
		{"prompts: {distinct: 1e9}", "prompts.distinct: expected 1 to 1000000"},
		{"prompts: {max_tokens: 2e6}", "prompts.max_tokens: expected 1…1000000"},
	} {
		source := "name: bounds\n" + c.source + "\n"
		if !strings.Contains(source, "target:") {
			source += "target: {dialect: article}\n"
		}
		if _, err := Parse("test.yaml", []byte(source), Changes{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.source, err, c.want)
		}
	}
}

func TestHeadersAreValidAndGivenOnce(t *testing.T) {
	for target, want := range map[string]string{
		"headers: {X-Tenant: a, x-tenant: b}":                    "target.headers.x-tenant: the header is already given as target.headers.X-Tenant",
		"headers: {X-Tenant: a}, http: {headers: {x-TENANT: b}}": "target.http.headers.x-TENANT: the header is already given as target.headers.X-Tenant",
		`headers: {"X Tenant": a}`:                               `target.headers: expected the name of a header, such as X-Tenant, found "X Tenant"`,
		`headers: {"": a}`:                                       `target.headers: expected the name of a header, such as X-Tenant, found ""`,
		`headers: {"X\r\nY": a}`:                                 `target.headers: expected the name of a header, such as X-Tenant, found "X\r\nY"`,
		`headers: {X-A: "a\r\nX-B: c"}`:                          "target.headers.X-A: expected a value without line breaks",
		`http: {headers: {X-A: "a\nb"}}`:                         "target.http.headers.X-A: expected a value without line breaks",
		`http: {method: "GET / HTTP/1.1\r\nX: y"}`:               `target.http.method: expected a method such as POST, found "GET / HTTP/1.1\r\nX: y"`,
		`headers: {content-length: "5"}`:                         "target.headers.content-length: the harness sets it from the body that it sends",
		`headers: {Transfer-Encoding: chunked}`:                  "target.headers.Transfer-Encoding: the harness sets it from the body that it sends",
		`http: {headers: {Trailer: X-A}}`:                        "target.http.headers.Trailer: the harness sets it from the body that it sends",
		"headers: {Connection: close}}\nclient: {protocol: h2c":  "target.headers.Connection: HTTP/2 has no such header: expected none, or client.protocol http/1.1",
	} {
		source := "name: headers\ntarget: {dialect: http, url: \"http://127.0.0.1:9\", " + target + "}\n"
		if _, err := Parse("test.yaml", []byte(source), Changes{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", target, err, want)
		}
	}
}

func TestHeadersOfTheConnectionAreTakenOverHTTP1(t *testing.T) {
	const source = "name: headers\ntarget: {dialect: http, url: \"http://127.0.0.1:9\", headers: {Connection: close}}\n"
	if _, err := Parse("test.yaml", []byte(source), Changes{}); err != nil {
		t.Error(err)
	}
}
