package scenarios

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestAxesOfTheCommandLine(t *testing.T) {
	long := strings.Repeat("x", 70)
	for _, row := range []struct {
		axis, path string
		levels     []string
		values     []string
	}{
		{"a=client.timeout:1s,1m30s", "client.timeout", []string{"1s", "1m30s"}, []string{"1s", "1m30s"}},
		{"a=target.batch.size: 1 , 10 ", "target.batch.size", []string{"1", "10"}, []string{"1", "10"}},
		{"a=client.protocol:http/1.1,http/2,h2c", "client.protocol", []string{"http-1.1", "http-2", "h2c"}, []string{"http/1.1", "http/2", "h2c"}},
		{"a=target.model:gpt 4,\"a,b\",'c,d',it's,(x,y)", "target.model", []string{"gpt-4", "a-b", "c-d", "it-s", "x-y"}, []string{"gpt 4", "a,b", "c,d", "it's", "(x,y)"}},
		{"a=target.url:mock", "target.url", []string{"mock"}, []string{"mock"}},
		{"a=target.auth.token_path:http://127.0.0.1:9/t,/t", "target.auth.token_path", []string{"http-127.0.0.1-9-t", "t"}, []string{"http://127.0.0.1:9/t", "/t"}},
		{"a=mock.clock.offset:-31s,31s", "mock.clock.offset", []string{"-31s", "31s"}, []string{"-31s", "31s"}},
		{"a=mock.latency.request:{lognormal: {p50: 5ms, p99: 9ms}},5ms", "mock.latency.request.lognormal.p50", []string{"lognormal-p50-5ms-p99-9ms", "5ms"}, []string{"5ms", "<nil>"}},
		{"a=mock.auth.keys:[one, two],[]", "mock.auth.keys", []string{"one-two", "value"}, []string{"[one two]", "[]"}},
		{"a=target.auth.key:${env:ONE},${env:TWO}", "target.auth.key", []string{"env-ONE", "env-TWO"}, []string{"${env:ONE}", "${env:TWO}"}},
		{"a=target.headers.X-A:v=1,v:2", "target.headers.X-A", []string{"v-1", "v-2"}, []string{"v=1", "v:2"}},
		{"aa=prompts.distinct:5,5,5", "prompts.distinct", []string{"5", "5-2", "5-3"}, []string{"5", "5", "5"}},
		{"a=target.model:" + long + "," + long, "target.model", []string{long[:64], long[:62] + "-2"}, []string{long, long}},
	} {
		s, err := Parse("test.yaml", []byte(minimal), Changes{Axes: []string{row.axis}})
		if err != nil {
			t.Errorf("%s: %v", row.axis, err)
			continue
		}
		var levels, values []string
		for _, level := range s.Matrix[0].Levels {
			levels = append(levels, level.Name)
		}
		for _, arm := range s.Arms() {
			value, err := valueAt(&arm, row.path)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, fmt.Sprint(value))
		}
		if !slices.Equal(levels, row.levels) || !slices.Equal(values, row.values) {
			t.Errorf("%s: got levels %q, values %q", row.axis, levels, values)
		}
	}
}

// An empty value is an empty text where a text is expected, and nothing elsewhere.
func TestSetToNothing(t *testing.T) {
	s, err := Parse("test.yaml", []byte(minimal), Changes{Set: []string{"client.tls.ca=", "target.model= "}})
	if err != nil || s.Client.TLS.CA != "" || s.Target.Model != "" {
		t.Errorf("%v", err)
	}
	for set, want := range map[string]string{
		"client.timeout=":  "client.timeout: expected a duration such as 500ms or 2s, found nothing",
		"client.protocol=": `client.protocol: expected one of http/1.1, http/2, h2c, found ""`,
	} {
		if _, err := Parse("test.yaml", []byte(minimal), Changes{Set: []string{set}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", set, err, want)
		}
	}
}

// Axes of the command line follow the file's; --set applies to all arms.
// What a shell leaves of JSON needs no quotes of YAML around it.
func TestSetTakesJSONForText(t *testing.T) {
	source := "name: x\ntarget: {dialect: http, url: 'http://localhost:1'}\n"
	for _, body := range []string{`{"q": {{json .Prompt}}}`, `{"a": 1, "b": [2]}`, `[{"q": 1}]`, `{{.Prompt}}`, ` {"q": "{{.Prompt}}"} `} {
		if got := mustParse(t, source, "target.http.body="+body).Target.HTTP.Body; got != strings.TrimSpace(body) {
			t.Errorf("%s: body %q", body, got)
		}
		s, err := Parse("test.yaml", []byte(source), Changes{Axes: []string{"body=target.http.body:" + body + ",x"}})
		if err != nil || len(s.Arms()) != 2 || s.Arms()[0].Target.HTTP.Body != strings.TrimSpace(body) {
			t.Errorf("--axis, %s: %v", body, err)
		}
	}
	if got := mustParse(t, source, `target.http.body="{}"`).Target.HTTP.Body; got != "{}" {
		t.Errorf("quoted: body %q", got)
	}
}

func TestAxesJoinTheMatrix(t *testing.T) {
	s, err := Parse("test.yaml", []byte(withMatrix("a: {x: {client.timeout: 1s}, y: {client.timeout: 2s}}")),
		Changes{Axes: []string{"b=target.batch.size:1,2", "c=load.open.rate:5"}, Set: []string{"prompts.distinct=7"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a=x,b=1,c=5", "a=x,b=2,c=5", "a=y,b=1,c=5", "a=y,b=2,c=5"}
	if got := names(s.Arms()); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for i, arm := range s.Arms() {
		if arm.Target.Batch.Size != i%2+1 || arm.Load.Open.Rate != 5 || arm.Prompts.Distinct != 7 {
			t.Errorf("%s: %+v", arm.Name, arm)
		}
	}
}

func TestRepeatedAxisValueIsAWarning(t *testing.T) {
	s, err := Parse("test.yaml", []byte(minimal), Changes{Axes: []string{"aa=target.batch.size:5,5"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Warnings(), []string{"axis aa: the levels 5 and 5-2 make the same arms"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
