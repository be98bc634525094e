package mockserver_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http2"

	"weighbridge/mockserver"
	"weighbridge/mockserver/ledger"
)

// Go's client has switched pushes off, and HTTP/1.1 has none: neither is promised anything. A client
// that takes pushes is promised the resource, gets it, and only then the answer.
func TestPush(t *testing.T) {
	t.Parallel()
	config := newFreeConfig()
	config.Push = []string{"/v1/models"}
	host, err := mockserver.Listen([]mockserver.Instance{{Name: "all", Config: config}}, mockserver.HostOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := &attackedMock{host: host, info: host.Info(), arm: host.Info().Arms[0], secure: true}
	defer s.close(t)
	for _, protocol := range []string{"h1", "h2", "h2"} {
		if err := s.sendGoodRequest(newClient(t, s.info, protocol)); err != nil {
			t.Fatal(err)
		}
	}
	f := s.dialHTTP2(t)
	f.must(t, f.openStream(1))
	f.must(t, f.WriteData(1, true, []byte(`{"prompt":"weigh this"}`)))
	var order []string
	for frame := range f.received {
		switch frame := frame.(type) {
		case *http2.PushPromiseFrame:
			order = append(order, "promise")
		case *http2.HeadersFrame:
			order = append(order, map[bool]string{true: "answer", false: "pushed"}[frame.StreamID == 1])
		}
		if len(order) == 3 {
			break
		}
	}
	if len(order) != 3 || order[0] != "promise" || !slices.Contains(order, "pushed") || !slices.Contains(order, "answer") {
		t.Errorf("a client that takes pushes got %v", order)
	}
	got, err := host.Ledger("all")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(ledger.Pushes{Wanted: 4, Sent: 1, SwitchedOff: 2, Unknown: 1}, got.Pushes); d != "" {
		t.Error(d)
	}
}

func TestPushNeedsPaths(t *testing.T) {
	config := newFreeConfig()
	config.Push = []string{"v1/models"}
	if config.Validate() == nil {
		t.Error("a path without / is accepted")
	}
}
