package mockserver_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"weighbridge/mockserver"
	"weighbridge/mockserver/clock"
)

// newRegions returns a mock with regions a, which is dark from 10 s to 15 s and again every 20 s, and b.
func newRegions(t *testing.T, kind string, sessions mockserver.Sessions) (*mockserver.Server, *clock.Manual) {
	t.Helper()
	c := newFreeConfig()
	c.Regions = map[string]mockserver.Region{
		"a": {Outages: []mockserver.RegionOutage{{After: 10 * time.Second, For: 5 * time.Second, Every: 20 * time.Second, Kind: kind}}}, "b": {},
	}
	c.Sessions = sessions
	return newFrozenMock(t, c)
}

// askIn sends an attempt to a region, and returns the answer; nil if the connection was reset.
func askIn(mock *mockserver.Server, region string, attempt int, session string) (w *httptest.ResponseRecorder) {
	defer func() {
		if recover() != nil {
			w = nil
		}
	}()
	r := single(attempt)
	if session != "" {
		r.Header.Set(mockserver.SessionHeader, session)
	}
	return serve(mock.Region(region), r)
}

func healthIn(mock *mockserver.Server, region string) (status int) {
	defer func() {
		if recover() != nil {
			status = 0
		}
	}()
	return serve(mock.Region(region), httptest.NewRequest(http.MethodGet, "/health", nil)).Code
}

func TestRegionsGoDarkAndComeBack(t *testing.T) {
	for kind, want := range map[string]int{"": 0, "reset": 0, "error": 503} {
		mock, now := newRegions(t, kind, mockserver.Sessions{})
		attempt, dark := 0, uint64(0)
		for second := range 60 {
			attempt++
			status := 0
			if w := askIn(mock, "a", attempt, ""); w != nil {
				status = w.Code
			}
			expected := 200
			if second >= 10 && (second-10)%20 < 5 {
				expected = want
				dark++
			}
			if health := healthIn(mock, "a"); status != expected || health != expected {
				t.Errorf("kind %q after %d s: status %d, health %d, want %d", kind, second, status, health, expected)
			}
			attempt++
			if w := askIn(mock, "b", attempt, ""); w == nil || w.Code != 200 {
				t.Errorf("kind %q after %d s: region b is dark too", kind, second)
			}
			now.Advance(time.Second)
		}
		l := readLedger(t, mock)
		a, b := l.Regions["a"], l.Regions["b"]
		if a.Attempts != 60 || a.Dark != dark || a.HealthChecks != 60 || b.Attempts != 60 || b.Dark != 0 || l.Attempts != 120 || l.Faults["outage"] != dark {
			t.Errorf("kind %q: the ledger has %+v and %+v, of %d attempts", kind, a, b, l.Attempts)
		}
	}
}

func TestARegionThatHangsResetsWhenItIsBack(t *testing.T) {
	mock, now := newRegions(t, "hang", mockserver.Sessions{})
	now.Advance(11 * time.Second)
	ended := make(chan *httptest.ResponseRecorder)
	go func() { ended <- askIn(mock, "a", 1, "") }()
	time.Sleep(20 * ms)
	select {
	case w := <-ended:
		t.Fatalf("it was answered: %v", w)
	default:
	}
	for { // the exchange may not sleep yet
		now.Advance(5 * time.Second)
		select {
		case w := <-ended:
			if w != nil {
				t.Errorf("it was answered: %v", w)
			}
			return
		case <-time.After(10 * ms):
		}
	}
}

func TestStateOfSessions(t *testing.T) {
	type ask struct {
		after  time.Duration
		region string
		want   string
	}
	for name, row := range map[string]struct {
		sessions mockserver.Sessions
		asks     []ask
	}{
		"local": {mockserver.Sessions{State: "local"}, []ask{
			{0, "a", "new"}, {1, "a", "kept"}, {1, "b", "lost"}, {1, "b", "kept"}, {1, "a", "stale"}, {1, "a", "kept"}, {1, "b", "stale"},
		}},
		"shared": {mockserver.Sessions{State: "shared"}, []ask{{0, "a", "new"}, {1, "b", "kept"}, {1, "a", "kept"}}},
		"replicated": {mockserver.Sessions{State: "replicated", Lag: time.Second}, []ask{
			{0, "a", "new"}, {999 * ms, "b", "lost"}, {999 * ms, "a", "stale"}, {time.Second, "b", "kept"}, {500 * ms, "a", "stale"},
		}},
		"replicated, and the region goes dark": {mockserver.Sessions{State: "replicated", Lag: time.Second}, []ask{
			{0, "a", "new"}, {9500 * ms, "a", "kept"}, {5 * time.Second, "b", "stale"}, // a is dark from 10 s on
		}},
		"nothing was replicated": {mockserver.Sessions{State: "replicated", Lag: time.Second}, []ask{{9500 * ms, "a", "new"}, {5 * time.Second, "b", "lost"}}},
	} {
		mock, now := newRegions(t, "reset", row.sessions)
		counted := map[string]map[string]uint64{"a": {}, "b": {}}
		for i, a := range row.asks {
			now.Advance(a.after)
			if got := askIn(mock, a.region, i+1, "7").Header().Get(mockserver.SessionHeader); got != a.want {
				t.Errorf("%s: answer %d in %s: %q, want %q", name, i, a.region, got, a.want)
			}
			counted[a.region][a.want]++
		}
		if got := askIn(mock, "a", 100, "8"); got != nil && got.Header().Get(mockserver.SessionHeader) != "new" {
			t.Errorf("%s: another session is %q", name, got.Header().Get(mockserver.SessionHeader))
		} else if got != nil {
			counted["a"]["new"]++
		}
		for region, want := range counted {
			if got := readLedger(t, mock).Regions[region].Sessions; !reflect.DeepEqual(got, want) {
				t.Errorf("%s: the ledger of %s has %v, want %v", name, region, got, want)
			}
		}
	}
}

// A refused request neither reads nor writes the state of its session.
func TestARefusedRequestDoesNotTouchItsSession(t *testing.T) {
	mock, _ := newRegions(t, "reset", mockserver.Sessions{})
	r := single(1)
	r.Header.Set(mockserver.SessionHeader, "7")
	r.Header.Set(mockserver.FaultHeader, "errors.503")
	if w := serve(mock.Region("a"), r); w.Code != 503 || w.Header().Get(mockserver.SessionHeader) != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if got := askIn(mock, "a", 2, "7").Header().Get(mockserver.SessionHeader); got != "new" {
		t.Errorf("then it is %q", got)
	}
}

func TestARegionHasItsLatencyAndClock(t *testing.T) {
	c := newFreeConfig()
	c.Regions = map[string]mockserver.Region{"near": {}, "far": {Latency: constant(40 * ms)}}
	info := listen(t, mockserver.Instance{Name: "one", Config: c, H2C: true})
	arm := info.Arms[0]
	client := newClient(t, info, "h1")
	for region, least := range map[string]time.Duration{"near": 0, "far": 40 * ms} {
		for _, request := range []*http.Request{completion(t, arm.Regions[region], arm.Key, 1), httptest.NewRequest(http.MethodGet, arm.Regions[region]+"/health", nil)} {
			request.RequestURI = ""
			began := time.Now()
			response, body := send(t, client, request)
			if took := time.Since(began); response.StatusCode != 200 || took < least {
				t.Errorf("%s %s: %s %s after %v", region, request.URL, response.Status, body, took)
			}
		}
	}
	if l := ledgerOf(t, info, "one"); l.Regions["far"].Attempts != 1 || l.Regions["near"].HealthChecks != 1 {
		t.Errorf("the ledger has %+v", l.Regions)
	}
}

func TestRegionsAreChecked(t *testing.T) {
	for want, region := range map[string]mockserver.Region{
		"":                          {Outages: []mockserver.RegionOutage{{After: time.Second}, {After: time.Second, For: 1}, {For: 1, Every: 2}}},
		"regions.a.outages.1.every": {Outages: []mockserver.RegionOutage{{}, {Every: time.Second}}},
		"regions.a.outages.0.every": {Outages: []mockserver.RegionOutage{{Every: time.Second, For: time.Second}}},
	} {
		c := newFreeConfig()
		c.Regions = map[string]mockserver.Region{"a": region}
		if err := c.Validate(); (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
