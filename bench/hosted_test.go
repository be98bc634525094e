package bench_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"weighbridge/bench"
	"weighbridge/bench/attack"
	"weighbridge/bench/record"
	"weighbridge/mockserver"
	"weighbridge/scenarios"
	"weighbridge/target/auth"
)

// hosted are mocks in this process.
type hosted struct{ host *mockserver.Host }

// Start ends the host there is and starts one for the arms.
func (h *hosted) Start(_ context.Context, arms []scenarios.Arm) ([]attack.Endpoint, error) {
	h.close()
	var list []mockserver.Instance
	for _, arm := range arms {
		list = append(list, mockserver.Instance{Name: arm.Name, Config: arm.Mock, H2C: arm.Client.Protocol == "h2c"})
	}
	var err error
	if h.host, err = mockserver.Listen(list, mockserver.Keeping{}); err != nil {
		return nil, err
	}
	info := h.host.Info()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(info.CAPEM))
	ends := make([]attack.Endpoint, len(arms))
	for i, e := range info.Arms {
		ends[i] = attack.Endpoint{URL: e.URL, Roots: roots, Own: auth.Credentials{Key: e.Key}, Ledger: true}
	}
	return ends, nil
}

func (h *hosted) Ledger(_ context.Context, arm string) (*bench.Account, error) {
	s, err := h.host.Ledger(arm)
	if err != nil {
		return nil, err
	}
	a := &bench.Account{
		IDs: roaring.New(), Attempts: s.Attempts, Duplicates: s.Duplicates, Unnamed: s.Unnamed,
		Statuses: map[int]uint64{}, Faults: s.Faults, Served: record.NewHist(),
	}
	if _, err := a.IDs.FromBase64(s.IDs); err != nil {
		return nil, fmt.Errorf("attempt ids: %w", err)
	}
	for text, n := range s.Statuses {
		status, err := strconv.Atoi(text)
		if err != nil {
			return nil, err
		}
		a.Statuses[status] = n
	}
	return a, nil
}

func (h *hosted) CPU() (time.Duration, bool) { return 0, true }

func (h *hosted) Process(context.Context) (*record.Process, error) { return nil, nil }

func (h *hosted) close() {
	if h.host != nil {
		_ = h.host.Close(context.Background())
	}
}

// run measures a scenario against mocks, whose ledgers must match ours to the last request.
func run(t *testing.T, s *scenarios.Scenario) *record.Record {
	t.Helper()
	mocks := &hosted{}
	defer mocks.close()
	rec, err := bench.Run(t.Context(), bench.Options{Scenario: s, Servers: mocks, Observe: func(bench.Progress) {}})
	if err != nil {
		t.Fatal(err)
	}
	for _, arm := range rec.Arms {
		if l := arm.Ledger; l == nil || !l.Matches || l.Absent > 0 || arm.Totals.Attempts == 0 {
			t.Errorf("%s: %d attempts do not match the ledger %+v", arm.Name, arm.Totals.Attempts, l)
		}
	}
	return rec
}
