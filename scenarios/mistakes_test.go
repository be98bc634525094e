package scenarios

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"weighbridge/bench/golden"
	"weighbridge/scenarios/tree"
)

// mistake is an invalid scenario, or a valid one with an invalid --set or --axis.
type mistake struct {
	source  string
	changes Changes
}

// withMatrix returns a valid scenario with a matrix.
func withMatrix(levels string) string { return minimal + "matrix:\n  " + levels + "\n" }

func mistakes() []mistake {
	wrong := []mistake{}
	for _, source := range wrongSources() {
		wrong = append(wrong, mistake{source: source})
	}
	axis := withMatrix("batching: {one: {target.batch.size: 1}, ten: {target.batch: {size: 10}}}")
	for _, set := range []string{
		"target.batch.size", "=5", "target.batch.size=zwei", "target.batch.sise=5", "name=x", "matrix.a.b.client.timeout=1s",
		"client.timeout=5", "client.timeout=", "load.open={rate: 5", "target.auth.key=sk-credential", "target={auth: {key: sk-credential}}",
		"experiment.order=parallel", "experiment.blocks=0", "mock.faults.errors.700=0.1", "a\nb=1", "target.auht.key=sk-credential",
	} {
		wrong = append(wrong, mistake{minimal, Changes{Set: []string{set}}})
	}
	for _, added := range []string{
		"", "a", "a=", "a=client.timeout", "=client.timeout:1s", "a=client.timeout:", "a=client.timeout:1s,,2s", "a b=client.timeout:1s",
		"a=client.timeout:1,2s", "a=client.protocl:h2c", "a=experiment.blocks:1,2", "a=mock.latency.request:{uniform: {min: 1ms, max: 2ms}", "batching=client.timeout:1s",
		"a=target.batch.size:1,2", "a=target.batch:{size: 3}", "a=load.open.duration:1s,2s", "a=target.auth.key:sk-credential,sk-credential",
		"a=target.auht.key:sk-credential", "a=target.headers:{X: sk-credential", "a=prompts.distinct:" + strings.Repeat("1,", 130) + "1",
	} {
		wrong = append(wrong, mistake{axis, Changes{Axes: []string{added}}})
	}
	return append(wrong,
		mistake{axis, Changes{Set: []string{"target.batch.size=5"}}},
		mistake{axis, Changes{Set: []string{"target.batch={linger: 1s}"}}},
		mistake{axis, Changes{Set: []string{"target={model: x}"}}},
		mistake{minimal, Changes{Set: []string{"client.timeout=5", "load.warmup=-1s"}}},
		mistake{minimal, Changes{Set: []string{"client.timeout=5s"}, Axes: []string{"a=client.timeout:1s,2s"}}},
		mistake{minimal, Changes{Axes: []string{"a=client.timeout:1s,2s", "a=prompts.distinct:1,2", "b=client:{timeout: 3s}"}}},
	)
}

// wrongAuth is a scenario with a target.auth section.
func wrongAuth(section string) string {
	return "name: x\ntarget: {dialect: article, auth: {" + section + "}}\n"
}

func wrongSources() []string {
	return []string{
		// invalid YAML, or YAML that the language does not support
		"", "# nothing\n", "---\n", "5\n", "- a\n", "a: [1\n", "name: x\n\ttitle: y\n", "a: b: c\n", "load:\n  warmup: 2s\n   open: {rate: 5}\n", minimal + "---\n" + minimal,
		"%YAML 1.2\n---\n" + minimal, minimal + "title: &t x\nabout: *t\n", minimal + "<<: {title: x}\n", minimal + "title: !!str x\n",
		minimal + "? [a]\n: b\n", "name: x\ntarget: {dialect: http}\ntitle: {{.Prompt}}\n",
		// keys
		"title: x\n", "name: No Name\ntarget: {dialect: article}\n", "nam: x\ntarget: {dialekt: article}\n",
		minimal + "name: again\n", minimal + "lode: {}\n", minimal + "qqqqqq: {}\n", minimal + "load: {open: {rat: 5}}\n",
		// values
		minimal + "load:\n  open:\n    duration: 5\n", minimal + "load: {warmup: 1 day}\n", minimal + "load: {warmup: -1s}\n",
		minimal + "load: {open: 5}\n", minimal + "load: 5s\n", minimal + "load: {open: {rate: -1}}\n", minimal + "load: {open: {rate: .nan}}\n",
		minimal + "load: {open: {rate: fast}}\n", minimal + "load: {open: {arrivals: poison}}\n", minimal + "load: {closed: {in_flight: 1.5}}\n",
		minimal + "load: {open: {arrivals: gama, burstiness: 0}}\n", minimal + "load: {open: {shape: rampp}}\n", minimal + "load: {open: {shape: {rampp: {from: 1, to: 2}}}}\n", minimal + "load: {open: {shape: {}}}\n",
		minimal + "load: {open: {shape: {ramp: {from: 0, to: 0}}}}\n", minimal + "load: {open: {shape: [5, 10]}}\n", minimal + "load: {open: {shape: {steps: [1e-9]}}}\n", minimal + "load: {open: {shape: {ramp: {to: -1}}}}\n", minimal + "load: {open: {shape: {steps: []}}}\n", minimal + "load: {open: {shape: {steps: 5}}}\n",
		minimal + "load: {open: {shape: {steps: [0, 0]}}}\n", minimal + "load: {open: {shape: {steps: [1, -1]}}}\n", minimal + "load: {open: {shape: {sine: {period: 1s}}}}\n", minimal + "load: {open: {shape: {sine: {amplitude: 2}}}}\n",
		minimal + "load: {open: {shape: {sine: {amplitude: 0.5}, steps: [1]}}}\n",
		minimal + "load: {closed: {think: -1s}}\n", minimal + "load: {closed: {think: {normal: {sd: 5}}}}\n",
		minimal + "load: {capacity: {from: 0, to: 2e6, error_rate: 2, p99: 5, step: 0, confirm: 0, precision: 2, arrivals: sine}}\n", minimal + "load: {capacity: 5}\n",
		minimal + "experiment: {blocks: 1001}\n", minimal + "experiment: {seed: -1}\n", minimal + "experiment: {blocks: 3, max_blocks: 2}\n",
		minimal + "client: {keepalive: yes}\n", minimal + "client: {in_flight: \"5\"}\n", minimal + "client: {timeout: }\n",
		minimal + "title: [a]\n", minimal + "title: \n", minimal + "mock: {auth: {keys: one}}\n", minimal + "mock: {auth: {keys: [{a: 1}]}}\n",
		minimal + "mock: {latency: {request: 5}}\n", minimal + "mock: {latency: {request: [5ms]}}\n", minimal + "mock: {latency: {request: -5ms}}\n",
		minimal + "mock: {latency: {request: {}}}\n", minimal + "mock: {latency: {request: {lognormal: {p50: 5ms}}}}\n", minimal + "mock: {latency: {request: {gamma: {p50: 5ms}}}}\n",
		minimal + "mock: {latency: {request: {uniform: {min: 1ms, max: 2ms}, normal: {mean: 1ms}}}}\n",
		minimal + "prompts: {length: 5ms, zipf: 11}\n",
		minimal + "prompts: {file: a.jsonl, format: messages}\n", minimal + "prompts: {history: file, think: 1s, turns: 2}\n", minimal + "prompts: {history: none, turns: 1001}\n",
		"name: x\ntarget: {dialect: openai}\nprompts: {file: a.jsonl, format: messages}\nload: {capacity: {p50: 1s}, open: {trace: a.csv}}\n",
		"name: x\ntarget: {dialect: openai}\nprompts: {file: a.jsonl, format: messages}\nload: {batch: {size: 5}}\n",
		minimal + "prompts: {tokens: 5}\n", minimal + "prompts: {tokenizer: claude, tokens: 300000}\n", minimal + "prompts: {tokenizer: cl100k_base}\n",
		minimal + "prompts: {tokenizer: cl100k_base, tokens: 5, length: 6}\n", minimal + "prompts: {tokenizer: cl100k_base, tokens: 5, file: a.txt}\n",
		minimal + "prompts: {order: random}\n", minimal + "prompts: {order: sequential, zipf: 1}\n", minimal + "load: {open: {trace_format: azure, speed: 2}}\n",
		minimal + "mock: {faults: {errors: {500: 2}}}\n", minimal + "mock: {faults: {errors: {5xx: 0.1}}}\n", minimal + "mock: {faults: {errors: [500]}}\n",
		minimal + "mock: {faults: {errors: {200: 0.1, 600: 0.1}}}\n", minimal + "mock: {faults: {errors: {500: 0.6, 503: 0.6}}}\n",
		minimal + "mock: {limit: {requests: {rate: 5, burst: -1}}}\n",
		"name: x\ntarget: {dialect: article, auth: {key: sk-credential}}\n", "name: x\ntarget: {dialect: article, auth: {key: [sk-credential]}}\n",
		minimal + "rules: [{name: a}, {assert: tps > 1}, {name: b, no_regression: {metrics: [p42]}}]\n",
		minimal + "rules: [{name: a, assert: tps > 1}, {name: a, assert: tps >}, {assert: 'p99 < 5'}, {name: c, assert: p99_ms < 5, no_regression: {}}, {name: d, assert: }]\n",
		minimal + "rules: [{name: a, no_regression: {axis: x, base: y, head: z}}, {name: b, no_regression: {head: z}}, {name: c, no_regression: {metrics: [p50, p50, tps], margin: 0}}]\n",
		minimal + "rules: [{name: a, no_regression: {metrics: [ttft_p50, ttft_p95]}}, {name: b, assert: ttft_p99_ms < 5 and p99_ms < 9}]\nclaims: [{id: a, measure: tpot_p50_ms}]\n",
		minimal + "claims: [{id: a, claimed: .inf, measure: 'tps > 5'}, {measure: tps}, {id: a, measure: tps}, {id: b}]\n",
		withMatrix("a: {one: {client.timeout: 1s}, two: {client.timeout: 2s}}") + "rules:\n  - {name: a, no_regression: {axis: b, base: one, head: two}}\n  - {name: b, no_regression: {axis: a, base: won, head: tow}}\n" +
			"  - {name: c, no_regression: {axis: a, base: one, head: one}}\n  - {name: d, assert: 'ratio(p50_ms, \"a=one\", \"a=tow\") > 1'}\n  - name: e\n    assert: ratio(tps, \"a=one\", \"a=two\") > 1\n",
		minimal + "validity: {cpu: 70}\n", minimal + "validity: {send_lag: 5}\n", withMatrix("a: {b: {validity.cpu: 0.5}}"),
		// across keys
		minimal + "load: {capacity: {from: 100, to: 100}}\n", minimal + "load: {capacity: {error_rate: 1}}\n",
		withMatrix("a: {x: {load.capacity.to: 5}, y: {load.capacity: {p99: 1s, error_rate: 1}}}"),
		"name: x\n", "name: x\ntarget: {dialect: http}\n", "name: x\ntarget: {dialect: http, url: \"http://localhost:1\", http: {path: x}}\n",
		"name: x\ntarget: {dialect: article, url: \"ftp://localhost\"}\n", "name: x\ntarget: {dialect: article, url: localhost}\n",
		"name: x\ntarget: {dialect: article, url: \"http://:80\"}\n", "name: x\ntarget: {dialect: article, url: \"http://a:b@localhost\"}\n",
		"name: x\ntarget: {dialect: article, url: \"https://api.example.com\", auth: {key: \"${env:K}\"}}\n",
		"name: x\ntarget: {dialect: http, url: \"https://api.example.com\"}\nload: {open: {shape: {sine: {amplitude: 0.5}}}, closed: {duration: 1s}, capacity: {from: 1}}\n",
		"name: x\ntarget: {dialect: article, url: \"http://api.example.com\", auth: {key: \"${env:K}\"}}\nload: {open: {rate: 5}}\n",
		"name: x\ntarget: {dialect: http, url: \"http://api.example.com\", http: {headers: {X-Team: \"${env:K}\"}}, auth: {token_path: \"http://login.example.com/t\"}}\nload: {open: {rate: 5}}\n",
		"name: x\ntarget: {dialect: http, url: \"https://127.1\"}\nload: {open: {rate: 5}}\n", "name: x\ntarget: {dialect: http, url: \"https://api.example.com.\"}\nload: {open: {rate: 5}}\n",
		"name: x\ntarget: {dialect: article, url: \"http://0.0.0.0:1\", auth: {scheme: none}}\n",
		"name: x\ntarget: {dialect: article, auth: {token_path: t}}\n",
		"name: x\ntarget: {dialect: article, http: {path: \"//example.com/\"}, auth: {token_path: \"/%2fexample.com\"}}\n",
		"name: x\ntarget: {dialect: http, url: \"http://localhost:1\", http: {path: '/\\example.com'}, auth: {token_path: \"http://a:b@localhost/\"}}\n",
		"name: x\ntarget: {dialect: article, url: \"http://localhost:1\"}\n",
		"name: x\ntarget: {dialect: article, url: \"http://localhost:1\", auth: {scheme: oauth}}\n",
		"name: x\ntarget: {dialect: article, url: \"http://localhost:1\", auth: {scheme: jwt, jwt: {secret: \"${env:K}\"}}}\n",
		"name: x\ntarget: {dialect: article, auth: {jwt: {ttl: 1m}}}\n",
		"name: x\ntarget: {dialect: article, url: \"http://127.0.0.1:1\", auth: {scheme: none}}\nclient: {protocol: http/2}\n",
		"name: x\ntarget: {dialect: article, url: \"https://[::1]:1\", auth: {scheme: none}}\nclient: {protocol: h2c}\n",
		minimal + "load: {open: {rate: 100, shape: {ramp: {from: 10, to: 30}}}}\n", minimal + "load: {open: {rate: 100, shape: {steps: [10, 30]}}}\n",
		minimal + "load: {open: {shape: {sine: {amplitude: 0.5, period: 3s}}}}\n",
		minimal + "load: {open: {rate: 5}}\nmatrix: {a: {b: {load.open.shape: {steps: [1, 2]}}, c: {load.open.trace: t.csv}}}\n",
		"name: x\ntarget: {dialect: http, url: \"unix://run/api.sock\"}\n", "name: x\ntarget: {dialect: http, url: \"unix:/run/api.sock\"}\n", "name: x\ntarget: {dialect: http, url: \"unix:///run/../api.sock?x=1\"}\n",
		"name: x\ntarget: {dialect: http, url: \"unix:///run/api.sock\"}\nclient: {protocol: http/2}\n",
		minimal + "client: {dns: twice, tls: {cert: c.pem, server_name: 127.1, insecure: maybe}, user_agent: \"a\\nb\"}\n", minimal + "client: {tls: {key: k.pem}}\n",
		minimal + "client: {tls: {cert: c.pem, server_name: 127.1}, user_agent: \"a\\nb\"}\n",
		minimal + "client: {resolve: {api.example.com: other.example.com}}\n", minimal + "client: {resolve: {\"api.example.com:x\": 127.0.0.1}}\n", minimal + "client: {resolve: {api.example.com: 0.0.0.0}}\n",
		minimal + "client: {retry: {policy: fixed, jitter: decorrelated, budget: {share: 11, burst: 0}}}\n", minimal + "client: {retry: {policy: fixed, jitter: decorrelated}}\n",
		minimal + "client: {in_flight: 10, concurrency: {policy: adaptive, start: 20}}\n", minimal + "client: {concurrency: {policy: adaptive, start: 5, min: 6, backoff: 0.5}}\n", minimal + "client: {concurrency: {policy: aimd, backoff: 1}}\n",
		minimal + "client: {proxy: \"127.0.0.1:3128\"}\n", minimal + "client: {proxy: \"ftp://127.0.0.1\"}\n", minimal + "client: {proxy: \"http://127.0.0.1:3128/path\"}\n", minimal + "client: {proxy: \"${env:PROXY}\"}\n",
		minimal + "client: {proxy: \"http://me:sk-credential@127.0.0.1:3128\"}\n", minimal + "client: {proxy: \"http://${env:U}:${env:P}@proxy.example.com\"}\nload: {open: {rate: 1}}\n",
		"name: x\ntarget: {dialect: http, url: \"http://127.0.0.1:1\", headers: {X-Team: \"${env:K}\"}}\nclient: {proxy: \"socks5://proxy.example.com\"}\n",
		"name: x\ntarget: {dialect: openai, stream: true}\nclient: {cache: {entries: 10, ttl: 0s}}\nmock: {edge: {entries: -1}, content: {changes_every: -1s}}\n",
		"name: x\ntarget: {dialect: openai, stream: true}\nclient: {cache: {entries: 10}}\n", "name: x\ntarget: {dialect: openai}\nclient: {cache: {entries: 10}}\nload: {batch: {size: 5}}\n",
		"name: x\ntarget: {dialect: openai, batch: {size: 10}}\n", "name: x\ntarget: {dialect: article, stream: true}\n",
		// not built yet
		// credentials
		wrongAuth("scheme: exec"), wrongAuth("scheme: file"),
		wrongAuth("scheme: exec, command: {a: b}"), wrongAuth("scheme: exec, command: [' ']"), wrongAuth("scheme: exec, command: [print, '${env:KEY}']"),
		wrongAuth("scheme: exec, command: 'curl -H \"Authorization: Bearer sesame-4711\" http://h'"), wrongAuth("scheme: exec, command: [get, --client-secret, sesame]"),
		wrongAuth("scheme: exec, command: [curl, 'https://h/?token=sesame']"), wrongAuth("scheme: exec, command: date, every: -1s"),
		wrongAuth("scheme: federation, command: date, file: f"), wrongAuth("scheme: federation, jwt: {alg: HS256}"),
		wrongAuth("scheme: federation, jwt: {ttl: 2h, alg: ES256}"), wrongAuth("scheme: federation, federation: {token_type: saml}"),
		wrongAuth("scheme: jwt, jwt: {alg: RS256}"), wrongAuth("scheme: jwt, jwt: {alg: ES256, secret: '${env:K}'}"),
		wrongAuth("scheme: jwt, jwt: {alg: HS256, key: '${env:K}'}"), wrongAuth("scheme: jwt, jwt: {secret: '${env:K}', key: '${env:K}'}"),
		wrongAuth("scheme: jwt, jwt: {key: key.pem}"), wrongAuth("scheme: oauth, header: x-api-key"),
		"name: x\ntarget: {dialect: anthropic, url: \"http://localhost:1\", auth: {scheme: federation}}\n",
		"name: x\ntarget: {dialect: anthropic, url: \"http://localhost:1\", auth: {scheme: federation, file: f}}\n",
		"name: x\ntarget: {dialect: openai, url: \"http://localhost:1\", auth: {scheme: federation, file: f, federation: {rule: r, organization: o}}}\n",
		minimal + "experiment: {order: parallel}\n", minimal + "experiment: {restart_every: -1}\n",
		"name: x\ntarget: {dialect: article, url: \"http://localhost:1\", auth: {scheme: none}}\nexperiment: {restart_every: 5}\n",
		minimal + "experiment: {restart_every: 5}\nmatrix: {a: {b: {target.model: x}, c: {target.url: \"http://localhost:1\", target.auth.scheme: none}}}\n",
		// the matrix
		minimal + "matrix: 5\n", withMatrix("a: {}"), withMatrix("a: 5"), withMatrix("a: {b: }"), withMatrix("a: {b: 5}"),
		withMatrix("a b: {c: {client.timeout: 1s}}"), withMatrix("a: {\"b,c\": {client.timeout: 1s}}"), withMatrix("a: {b: {client.timeout: 1s}, b: {client.timeout: 2s}}"),
		withMatrix("a: {b: {target.batch.sise: 5}}"), withMatrix("a: {b: {batch.size: 5}}"), withMatrix("a: {b: {client.protocol.version: 5}}"),
		withMatrix("a: {b: {target.qqqqqq: 5}}"), withMatrix("a: {b: {experiment.blocks: 5}}"), withMatrix("a: {b: {qqqqqq: 5}}"), withMatrix("a: {b: {\"\": 5}}"),
		withMatrix("a: {b: {target..size: 5}}"),
		withMatrix("a: {b: {target.batch.size: ten}, c: {target.batch: {size: 0}}}"), withMatrix("a: {b: {mock.faults.errors.700: 0.1}}"),
		withMatrix("a: {b: {mock.latency.request.lognormal.p50: 5ms}}"), withMatrix("a: {b: {load.open: {duration: 5s}}, c: {load.open: {duration: 6s}}}"),
		withMatrix("a: {b: {client.timeout: 1s}}\n  c: {d: {client: {timeout: 2s}}, e: {client: {timeout: 3s}}}"),
		withMatrix("a: {b: {target.url: \"http://localhost:1\", target.auth.scheme: none}}\n  c: {d: {client.protocol: http/1.1}, e: {client.protocol: http/2}}"),
		withMatrix(manyAxes(3, 7)),
		// many at once
		minimal + "load: {warmup: a, drain: b}\nclient: {in_flight: c, connections: d, timeout: e, keepalive: f}\nprompts: {distinct: g, zipf: h, max_tokens: i}\nmock: {slots: j, queue: k, seed: l, server_timing: m}\n",
	}
}

// manyAxes returns a number of axes with a number of levels each.
func manyAxes(axes, levels int) string {
	var b strings.Builder
	for axis := range axes {
		fmt.Fprintf(&b, "a%d: {", axis)
		for level := range levels {
			fmt.Fprintf(&b, "l%d: {target.headers.X-%d: %d}, ", level, axis, level)
		}
		b.WriteString("}\n  ")
	}
	return b.String()
}

func TestMistakes(t *testing.T) {
	var got strings.Builder
	for _, wrong := range mistakes() {
		s, err := Parse("test.yaml", []byte(wrong.source), wrong.changes)
		if err == nil || s != nil {
			t.Errorf("accepted: %q %+v", wrong.source, wrong.changes)
			continue
		}
		var all tree.Errors
		if !errors.As(err, &all) {
			t.Errorf("%T is not tree.Errors", err)
		}
		if lines := strings.Count(err.Error(), "\n") + 1; lines > 12 {
			t.Errorf("%d lines:\n%v", lines, err)
		}
		if strings.Contains(err.Error(), "sk-credential") {
			t.Errorf("a credential is repeated: %v", err)
		}
		fmt.Fprintf(&got, "%s", indent(wrong.source))
		for _, axis := range wrong.changes.Axes {
			fmt.Fprintf(&got, "    | --axis %q\n", axis)
		}
		for _, set := range wrong.changes.Set {
			fmt.Fprintf(&got, "    | --set %q\n", set)
		}
		fmt.Fprintf(&got, "%v\n\n", err)
	}
	golden.Check(t, "testdata/mistakes.golden", got.String())
}

func indent(source string) string {
	var b strings.Builder
	for line := range strings.Lines(source) {
		fmt.Fprintf(&b, "    | %s\n", strings.TrimRight(line, "\n"))
	}
	return b.String()
}
