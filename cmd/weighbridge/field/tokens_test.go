package field

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// issuer is an API with a token endpoint and an account of its own: what it issued, and which
// tokens it refused. Tokens live for 1.5 s, and say so as 2 s.
type issuer struct {
	mu      sync.Mutex
	issued  map[string]time.Time
	refused map[string]int
	asked   int
	// down says that the endpoint issues no second token.
	down bool
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/oauth2/token" {
		i.token(w)
		return
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	i.mu.Lock()
	at, known := i.issued[token]
	valid := known && time.Since(at) < 1500*time.Millisecond
	if !valid {
		i.refused[token]++
	}
	i.mu.Unlock()
	if !valid {
		w.WriteHeader(http.StatusUnauthorized)
	}
	fmt.Fprint(w, "{}")
}

func (i *issuer) token(w http.ResponseWriter) {
	time.Sleep(50 * time.Millisecond)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked++
	if i.down && i.asked > 1 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	name := fmt.Sprintf("t%d", i.asked)
	i.issued[name] = time.Now()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": name, "token_type": "Bearer", "expires_in": 2})
}

// refresh runs eight workers for some seconds against an issuer, and returns the slice.
func refresh(t *testing.T, i *issuer, policy string) (*record.Slice, error) {
	i.issued, i.refused = map[string]time.Time{}, map[string]int{}
	server := httptest.NewServer(i)
	defer server.Close()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hush-hush"), 0o600); err != nil {
		return nil, err
	}
	yaml := fmt.Sprintf(`
name: tokens
target: {dialect: http, url: %q, http: {method: GET, path: /x}, auth: {scheme: oauth, client_id: me, client_secret: "${file:%s}", refresh: %s}}
client: {timeout: 30s}
load: {warmup: 100ms, stop: {on: []}, closed: {in_flight: 8, duration: 2600ms, think: 20ms}}
`, server.URL, secret, policy)
	s, err := scenarios.Parse("field.yaml", []byte(yaml), scenarios.Changes{})
	if err != nil {
		return nil, err
	}
	rec, err := bench.Run(t.Context(), bench.Options{Scenario: s, Source: []byte(yaml), Observe: func(bench.Progress) {}})
	if err != nil {
		return nil, err
	}
	return rec.Arms[0].Blocks[0].Closed, nil
}

// What the server counts of each policy, on real sockets: whoever shares a token request makes one for
// each token that is over, a stampede as many as were waiting, and who renews ahead is refused nothing.
func TestRefreshPoliciesByTheServersAccount(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for _, row := range []struct {
		policy string
		check  func(r reporter, i *issuer, failed uint64)
	}{
		{"{policy: on_401}", func(r reporter, i *issuer, failed uint64) {
			if i.asked != 1+len(i.refused) || len(i.refused) == 0 || failed != 0 {
				r.Errorf("%d token requests for %d tokens that were over, %d requests failed", i.asked, len(i.refused), failed)
			}
		}},
		{"{policy: on_401, single_flight: false}", func(r reporter, i *issuer, _ uint64) {
			if i.asked < 1+3*len(i.refused) || len(i.refused) == 0 {
				r.Errorf("%d token requests for %d tokens that were over: no stampede", i.asked, len(i.refused))
			}
		}},
		{"{policy: on_401, retry: none}", func(r reporter, i *issuer, failed uint64) {
			refusals := 0
			for _, n := range i.refused {
				refusals += n
			}
			if failed == 0 || failed > uint64(refusals) {
				r.Errorf("%d failed of %d refused", failed, refusals)
			}
		}},
		{"{policy: ahead, early: 1s}", func(r reporter, i *issuer, failed uint64) {
			if len(i.refused) != 0 || failed != 0 || i.asked < 3 {
				r.Errorf("%d tokens were refused, %d requests failed, %d token requests", len(i.refused), failed, i.asked)
			}
		}},
		{"{policy: fixed, every: 1s}", func(r reporter, i *issuer, failed uint64) {
			if len(i.refused) != 0 || failed != 0 || i.asked < 3 {
				r.Errorf("%d tokens were refused, %d requests failed, %d token requests", len(i.refused), failed, i.asked)
			}
		}},
		{"{policy: never}", func(r reporter, i *issuer, failed uint64) {
			if i.asked != 1 || failed == 0 || i.refused["t1"] == 0 {
				r.Errorf("%d token requests, %d failed", i.asked, failed)
			}
		}},
	} {
		all.Go(func() {
			oneOf(t, func(r reporter) {
				i := &issuer{}
				slice, err := refresh(t, i, row.policy)
				if err != nil {
					r.Errorf("%s: %v", row.policy, err)
					return
				}
				row.check(r, i, slice.Failed)
			})
		})
	}
	all.Wait()
}

// With a token endpoint that is down requests fail, as class auth, and neither the endpoint nor the
// machine is kept busy with it.
func TestDeadTokenEndpoint(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for _, policy := range []string{"{policy: ahead, early: 1s}", "{policy: on_401}"} {
		all.Go(func() {
			i := &issuer{down: true}
			s, err := refresh(t, i, policy)
			if err != nil {
				t.Error(err)
				return
			}
			if s.Errors["auth"] == 0 || len(s.Errors) != 1 || s.Failed > 2000 || i.asked > 10 {
				t.Errorf("%s: errors %v, %d failed, %d token requests", policy, s.Errors, s.Failed, i.asked)
			}
		})
	}
	all.Wait()
}
