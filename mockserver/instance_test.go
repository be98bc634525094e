package mockserver_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"

	"weighbridge/mockserver"
	"weighbridge/mockserver/fault"
)

func fetchToken(t *testing.T, client *http.Client, arm mockserver.Arm) string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {arm.ClientID}, "client_secret": {arm.ClientSecret}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, arm.URL+"/oauth2/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, body := send(t, client, r)
	if response.StatusCode != 200 {
		t.Fatalf("%s %s", response.Status, body)
	}
	return decode[struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int    `json:"expires_in"`
	}](t, body).AccessToken
}

// Introspection is an HTTP request that is timed and counted; a token of one arm is not valid for another.
func TestIntrospectionIsAnHTTPRequest(t *testing.T) {
	slow := newFreeConfig()
	slow.Auth.OAuth.Introspect = constant(20 * ms)
	info := listen(t, mockserver.Instance{Name: "slow", Config: slow}, mockserver.Instance{Name: "other", Config: newFreeConfig()})
	client := newClient(t, info, "h1")
	token := fetchToken(t, client, info.Arms[0])
	for id := 1; id <= 3; id++ {
		response, body := askAs(t, client, info.Arms[0].URL, token, id)
		if response.StatusCode != 200 {
			t.Fatalf("%s %s", response.Status, body)
		}
		if parts := timing(t, response.Header); parts[1] < 20 || parts[0] < parts[1] {
			t.Errorf("with an introspection of 20 ms the timing is %v", parts)
		}
	}
	if response, body := askAs(t, client, info.Arms[1].URL, token, 1); response.StatusCode != 401 || response.Header.Get("Www-Authenticate") != "Bearer" {
		t.Errorf("another arm answers %s %s", response.Status, body)
	}
	got, other := ledgerOf(t, info, "slow"), ledgerOf(t, info, "other")
	if got.TokenRequests != 1 || got.Introspections != 3 || got.Attempts != 3 || got.Statuses["200"] != 3 {
		t.Errorf("the ledger is %+v", got)
	}
	if other.TokenRequests != 0 || other.Introspections != 1 || other.Statuses["401"] != 1 {
		t.Errorf("the other ledger is %+v", other)
	}
}

func TestResetIsATransportError(t *testing.T) {
	config := newFreeConfig()
	config.Faults.Reset.When = everyRequest()
	info := listen(t, mockserver.Instance{Name: "tls", Config: config}, mockserver.Instance{Name: "clear", Config: config, H2C: true})
	for _, test := range []struct {
		protocol string
		arm      int
		is       func(error) bool
	}{
		{"h1", 0, func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
		{"h1", 1, func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
		{"h2", 0, func(err error) bool { return strings.Contains(err.Error(), "stream error") }},
		{"h2c", 1, func(err error) bool { return strings.Contains(err.Error(), "stream error") }},
	} {
		client := newClient(t, info, test.protocol)
		response, err := client.Do(completion(t, info.Arms[test.arm].URL, "key", 1))
		if err == nil {
			response.Body.Close()
			t.Errorf("%s to %s: answered %s", test.protocol, info.Arms[test.arm].Name, response.Status)
		} else if !test.is(err) {
			t.Errorf("%s to %s: got %v", test.protocol, info.Arms[test.arm].Name, err)
		}
	}
	got := ledgerOf(t, info, "tls")
	if got.Attempts != 2 || got.Faults["reset"] != 2 || len(got.Statuses) != 0 {
		t.Errorf("the ledger is %+v", got)
	}
}

// The ledger agrees with what 50 clients saw.
func TestLedgerMatchesItsClients(t *testing.T) {
	const clients, each = 50, 10
	config := newFreeConfig()
	config.Faults = mockserver.Faults{Errors: fault.Errors{500: {When: fault.When{Share: 0.1}}, 429: {When: fault.When{Share: 0.1}}}}
	config.Latency.Request = constant(ms)
	for _, protocol := range []string{"h1", "h2"} {
		t.Run(protocol, func(t *testing.T) {
			info := listen(t, mockserver.Instance{Name: "all", Config: config})
			client := newClient(t, info, protocol)
			var mu sync.Mutex
			statuses := map[string]uint64{}
			var all sync.WaitGroup
			for c := range clients {
				all.Go(func() {
					for i := range each {
						response, err := client.Do(completion(t, info.Arms[0].URL, "key", c*each+i+1))
						if err != nil {
							t.Error(err)
							return
						}
						_, err = io.Copy(io.Discard, response.Body)
						if err = errors.Join(err, response.Body.Close()); err != nil {
							t.Error(err)
						}
						mu.Lock()
						statuses[strconv.Itoa(response.StatusCode)]++
						mu.Unlock()
					}
				})
			}
			all.Wait()
			got := ledgerOf(t, info, "all")
			if diff := cmp.Diff(statuses, got.Statuses); diff != "" {
				t.Errorf("clients and ledger differ:\n%s", diff)
			}
			ids := roaring.New()
			if _, err := ids.FromBase64(got.IDs); err != nil {
				t.Fatal(err)
			}
			want := roaring.New()
			want.AddRange(1, clients*each+1)
			if !ids.Equals(want) || got.Duplicates != 0 || got.Attempts != clients*each || got.Phases["open"] != clients*each {
				t.Errorf("the ledger is %+v", got)
			}
			served, err := hdrhistogram.Decode([]byte(got.Served))
			if err != nil || served.TotalCount() != clients*each || served.Min() < 1000 {
				t.Errorf("%d were served in at least %d µs, %v", served.TotalCount(), served.Min(), err)
			}
		})
	}
}

func TestCanceledRequestFreesItsSlotOverTheWire(t *testing.T) {
	config := newFreeConfig()
	config.Slots = 1
	config.Latency.Request = constant(time.Hour)
	for _, protocol := range []string{"h1", "h2"} {
		info := listen(t, mockserver.Instance{Name: "all", Config: config})
		client := newClient(t, info, protocol)
		ctx, cancel := context.WithTimeout(t.Context(), 50*ms)
		response, err := client.Do(completion(t, info.Arms[0].URL, "key", 1).WithContext(ctx))
		cancel()
		if err == nil {
			response.Body.Close()
			t.Fatalf("%s: answered %s", protocol, response.Status)
		}
		for deadline := time.Now().Add(time.Minute); ledgerOf(t, info, "all").Gone != 1; {
			if time.Now().After(deadline) {
				t.Fatalf("%s: the mock did not see its client leave", protocol)
			}
			time.Sleep(ms)
		}
	}
}
