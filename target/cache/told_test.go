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
		{"Cache-Status", "ExampleCache; hit=?1", Edge},
		{"Cache-Status", "nginx; hit=MISS", Server}, // add_header Cache-Status "nginx; hit=$upstream_cache_status"
		{"Cache-Status", "nginx; hit=STALE", Edge},
		{"Cache-Status", "EXPIRED", Server}, // add_header Cache-Status $upstream_cache_status
		{"Cache-Status", "HIT", Edge},
		{"Age", "12", Edge},
		{"Age", "0", Unknown}, // some caches send it with what they have just fetched
		{"Age", "-1", Unknown},
		{"Age", "soon", Unknown},
		{"Age", "99999999999999999999", Unknown},
	} {
		h := http.Header{}
		h.Set(c.header, c.value)
		if got := Read(h, time.Time{}).Source; got != c.want {
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
		if got := Read(h, time.Time{}).Source; got != Edge {
			t.Errorf("%v means %q", h, got)
		}
	}
	if got := Read(http.Header{"Age": {" 90 "}, "X-Cache": {"HIT"}}, time.Time{}); got.Age != 90*time.Second {
		t.Errorf("the age is %v", got.Age)
	}
}

// A cache that says STALE has the server asked behind its answer; one that says UPDATING knows that it is
// being asked.
func TestRefreshing(t *testing.T) {
	for value, want := range map[string]bool{"STALE": true, "HIT-STALE": true, "UPDATING": false, "HIT": false, "EXPIRED": false} {
		for _, name := range []string{"X-Cache-Status", "Cache-Status"} {
			if got := Read(http.Header{name: {value}}, time.Time{}).Refreshing; got != want {
				t.Errorf("%s: %s: refreshing is %v", name, value, got)
			}
		}
	}
}

// A cache hands the header of the mock on as it was written: then the time since is the answer's age.
func TestContent(t *testing.T) {
	const told = "version=3, changes_in_ms=250.5, told_at_ms=1767225600000"
	wrote := time.UnixMilli(1767225600000)
	hit := []string{"HIT"}
	for _, c := range []struct {
		value string
		cache []string
		now   time.Time
		want  Told
	}{
		{value: "version=3, changes_in_ms=250.5", want: Told{ChangesIn: 250500 * time.Microsecond, ContentKnown: true}},
		{value: "version=3,changes_in_ms=-1", want: Told{ChangesIn: -time.Millisecond, ContentKnown: true}},
		{value: "version=3"},
		{value: "changes_in_ms=NaN"},
		{value: "changes_in_ms=1e300"},
		{value: "changes_in_ms"},
		{value: told, now: wrote.Add(time.Second), want: Told{ChangesIn: 250500 * time.Microsecond, ContentKnown: true}},
		{value: told, cache: hit, now: wrote.Add(time.Second), want: Told{Source: Edge, Age: time.Second, ChangesIn: -749500 * time.Microsecond, ContentKnown: true}},
		{value: told, cache: hit, now: wrote.Add(-time.Second), want: Told{Source: Edge, ChangesIn: 250500 * time.Microsecond, ContentKnown: true}},
		{value: "changes_in_ms=1, told_at_ms=1e300", cache: hit, now: wrote, want: Told{Source: Edge, ChangesIn: time.Millisecond, ContentKnown: true}},
	} {
		if got := Read(http.Header{ContentHeader: {c.value}, "X-Cache-Status": c.cache}, c.now); got != c.want {
			t.Errorf("%s, %v: %+v", c.value, c.cache, got)
		}
	}
	for _, c := range []struct {
		age  string
		want time.Duration
	}{{"0", 3 * time.Second}, {"2", 2 * time.Second}} { // the age that the cache tells counts
		if got := Read(http.Header{"Age": {c.age}, "X-Cache": hit, ContentHeader: {told}}, wrote.Add(3*time.Second)); got.Age != c.want || got.ChangesIn != -2749500*time.Microsecond {
			t.Errorf("age %s: %+v", c.age, got)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	h := http.Header{"Content-Type": {"application/json"}, "Content-Length": {"424"}, "Date": {"x"}, "Server": {"nginx"}, "Server-Timing": {"total;dur=1"}, "Connection": {"keep-alive"}}
	b.ReportAllocs()
	for b.Loop() {
		Read(h, time.Time{})
	}
}
