package main

import (
	"encoding/json"
	"runtime/debug"
	"testing"
)

func TestBuild(t *testing.T) {
	for _, c := range []struct {
		info *debug.BuildInfo
		text string
		json string
	}{
		{nil, "(devel)", `"version":"(devel)","commit":null,"dirty":null`},
		{&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, "v1.2.3", `"version":"v1.2.3","commit":null,"dirty":null`},
		{
			&debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "false"}}},
			"(devel) abc", `"version":"(devel)","commit":"abc","dirty":false`,
		},
		{
			&debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}}},
			"(devel) abc (modified)", `"version":"(devel)","commit":"abc","dirty":true`,
		},
	} {
		b := buildOf(c.info)
		if b.String() != c.text {
			t.Errorf("%q, want %q", b, c.text)
		}
		b.Go, b.OS, b.Arch = "go1", "linux", "amd64"
		raw, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if want := "{" + c.json + `,"go":"go1","os":"linux","arch":"amd64"}`; string(raw) != want {
			t.Errorf("%s, want %s", raw, want)
		}
	}
}
