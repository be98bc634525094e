package scenarios

import "testing"

func TestArmsTakeTurnsAtASharedServer(t *testing.T) {
	const mocked = "name: x\ntarget: {dialect: article}\n"
	shared := "name: x\ntarget: {dialect: http, url: http://127.0.0.1:1}\nmatrix: {a: {one: {client.timeout: 1s}, two: {client.timeout: 2s}, other: {target.url: http://127.0.0.1:2}}}\n"
	for _, test := range []struct {
		source string
		want   []bool
	}{
		{mocked, []bool{false}},
		{"name: x\ntarget: {dialect: http, url: http://127.0.0.1:1}\n", []bool{false}},
		{mocked + "matrix: {a: {one: {client.timeout: 1s}, two: {client.timeout: 2s}}}\n", []bool{false, false}},
		{shared, []bool{true, true, false}},
		{shared + "experiment: {order: concurrent}\n", []bool{false, false, false}},
	} {
		s, err := Parse("x.yaml", []byte(test.source), Changes{})
		if err != nil {
			t.Fatal(err)
		}
		for arm, want := range test.want {
			if got := s.TakesTurns(arm); got != want {
				t.Errorf("%s: arm %d takes turns: %v", test.source, arm, got)
			}
		}
	}
}
