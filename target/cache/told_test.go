package cache

import (
	"net/http"
	"testing"
	"time"
)

func TestWhatHeadersTellOfCaches(t *testing.T) {
	for _, c := range []struct {
		header string
		value  string
		want   Source
	}{
		{"X-Other", "HIT", Unknown},
		{"X-Cache", "HIT", Edge},
		{"X-Cache", "MISS", Server},
		{"X-Cache", "MISS, HIT", Edge}, // Fastly: the shield, then the edge
		{"X-Cache", "HIT, MISS", Edge},
		{"X-Cache", "Hit from cloudfront", Edge},
		{"X-Cache", "Miss from cloudfront", Server},
		{"X-Cache", "RefreshHit from cloudfront", Server},
		{"X-Cache", "Error from cloudfront", Unknown},
		{"X-Cache", "MISS from hit.example.com", Server}, // Squid
		{"X-Cache", "HIT from miss.example.com", Edge},
		{"X-Cache", "TCP_MEM_HIT from a23-1 (AkamaiGHost/11)", Edge},
		{"X-Cache", "TCP_REFRESH_HIT from a23-1", Server},
		{"X-Cache", "TCP_MISS from a23-1", Server},
		{"X-Cache", "HIT-STALE", Edge},
		{"X-Cache", "", Unknown},
		{"X-Cache-Status", "HIT", Edge}, // nginx
		{"X-Cache-Status", "EXPIRED", Server},
		{"X-Cache-Status", "STALE", Edge},
		{"X-Cache-Status", "UPDATING", Edge},
		{"X-Cache-Status", "REVALIDATED", Server},
		{"X-Cache-Status", "BYPASS", Server},
		{"Cf-Cache-Status", "DYNAMIC", Server},
		{"Cf-Cache-Status", "NONE/UNKNOWN", Unknown},
		{"Cf-Aig-Cache-Status", "HIT", Edge},
		{"Helicone-Cache", "HIT", Edge},
		{"X-Portkey-Cache-Status", "SEMANTIC HIT", Edge},
		{"X-Portkey-Cache-Status", "SEMANTIC MISS", Server},
		{"Cache-Status", "ExampleCache; hit", Edge},
		{"Cache-Status", "ExampleCache; hit; ttl=376", Edge},
		{"Cache-Status", "ExampleCache; hit=?0; fwd=miss", Server},
		{"Cache-Status", "ExampleCache; fwd=uri-miss; stored", Server},
		{"Cache-Status", "OriginCache; hit; ttl=1100, CDN; fwd=uri-miss;  collapsed", Edge},
		{"Cache-Status", `"a, b; hit"; fwd=miss; detail="x; hit"`, Server},
		{"Cache-Status", `"a\"; hit"; fwd=stale`, Server},
		{"Cache-Status", "ExampleCache", Unknown},
		{"Age", "12", Edge},
		{"Age", "0", Unknown}, // some caches send it with what they have just fetched
		{"Age", "-1", Unknown},
		{"Age", "soon", Unknown},
		{"Age", "99999999999999999999", Unknown},
	} {
		h := http.Header{}
		h.Set(c.header, c.value)
		if got := Read(h).Source; got != c.want {
			t.Errorf("%s: %s means %q, expected %q", c.header, c.value, got, c.want)
		}
	}
}

func TestAHitOutweighsTheOthers(t *testing.T) {
	for _, h := range []http.Header{
		{"Age": {"3"}, "X-Cache": {"MISS"}},
		{"X-Cache": {"HIT"}, "Cache-Status": {"c; fwd=miss"}},
		{"X-Cache": {"MISS"}, "Cache-Status": {"c; fwd=miss", "d; hit"}},
	} {
		if got := Read(h).Source; got != Edge {
			t.Errorf("%v means %q", h, got)
		}
	}
	if got := Read(http.Header{"Age": {" 90 "}, "X-Cache": {"HIT"}}); got.Age != 90*time.Second {
		t.Errorf("the age is %v", got.Age)
	}
}

func TestContent(t *testing.T) {
	for value, want := range map[string]Told{
		"version=3, changes_in_ms=250.5": {ChangesIn: 250500 * time.Microsecond, ContentKnown: true},
		"version=3,changes_in_ms=-1":     {ChangesIn: -time.Millisecond, ContentKnown: true},
		"version=3":                      {},
		"changes_in_ms=NaN":              {},
		"changes_in_ms=1e300":            {},
		"changes_in_ms":                  {},
	} {
		if got := Read(http.Header{ContentHeader: {value}}); got != want {
			t.Errorf("%s: %+v", value, got)
		}
	}
}
