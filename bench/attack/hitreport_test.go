package attack

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weighbridge/bench/attack/hits"
)

func TestEveryHitIsReported(t *testing.T) {
	var seen atomic.Uint64
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if seen.Add(1)%10 == 0 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	a := newArm(t, scenario(t, url, "target.batch.size=7", "load.closed={in_flight: 2, duration: 1h, ramp: 0s}"), 1)
	var reported []hits.Hit
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	a.OnHit(func(h hits.Hit) {
		if reported = append(reported, h); h.Phase == PhaseClosed && h.Seq == 20 {
			cancel()
		}
	})
	if err := a.WarmupOpen(context.Background(), time.Now()); err != nil {
		t.Fatal(err)
	}
	requests, prompts := uint64(0), uint64(0)
	for block := range 2 {
		open, _, err := a.Open(context.Background(), time.Now(), block, 1)
		if err != nil {
			t.Fatal(err)
		}
		requests, prompts = requests+open[block].Requests, prompts+open[block].Due
	}
	var overTime uint64
	for _, p := range a.OverTime().Points {
		overTime += p.Answered + p.Failed
		kinds := uint64(0)
		for _, n := range p.Kinds {
			kinds += n
		}
		if p.Response.Count() != p.Answered || kinds != p.Failed {
			t.Errorf("%d latencies of %d prompts answered, %d kinds of failure of %d failed", p.Response.Count(), p.Answered, kinds, p.Failed)
		}
	}
	if uint64(len(reported)) != requests || overTime != prompts {
		t.Errorf("%d hits reported, want %d; %d prompts over time, want %d", len(reported), requests, overTime, prompts)
	}
	if _, _, err := a.Closed(ctx, 1); err != nil {
		t.Fatal(err)
	}
	seqs := map[string][]uint64{}
	for _, h := range reported {
		seqs[h.Phase] = append(seqs[h.Phase], h.Seq)
		if !(0 < h.Due && h.Due <= h.Formed && h.Formed <= h.PickedUp && h.PickedUp <= h.Sent && h.Sent <= h.FirstByte && h.FirstByte <= h.End) {
			t.Errorf("the times of a hit are out of order: %+v", h)
		}
		if h.Attempts != 1 || h.FirstAttempt == 0 || h.FirstAttempt != h.LastAttempt || h.BodySent == 0 {
			t.Errorf("reported %+v", h)
		}
		if failed := h.Status == http.StatusInternalServerError; failed != (h.Class == "server") || failed != (h.Failed == h.Prompts) {
			t.Errorf("reported %+v", h)
		}
	}
	for phase, all := range seqs {
		slices.Sort(all)
		for i, seq := range all {
			if seq != uint64(i) {
				t.Fatalf("%s: hit %d has the sequence number %d", phase, i, seq)
			}
		}
	}
	if len(seqs) != 2 {
		t.Errorf("hits were reported for the phases %v, want two", seqs)
	}
}

func TestReportedErrorsAreShortAndWithoutSecrets(t *testing.T) {
	t.Setenv("WEIGHBRIDGE_TEST_KEY", "sesame-4711")
	echo := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", fmt.Sprint(r.Header, strings.Repeat("é", 500)))
	})
	arm := scenario(t, echo, "target.dialect=article", "target.auth.scheme=apikey", "target.auth.key=${env:WEIGHBRIDGE_TEST_KEY}")
	a := newArm(t, arm, 1)
	var reported []hits.Hit
	a.OnHit(func(h hits.Hit) { reported = append(reported, h) })
	if _, _, err := a.Open(context.Background(), time.Now(), 0, 1); err != nil || len(reported) == 0 {
		t.Fatal(len(reported), err)
	}
	if h := reported[0]; h.Class != "contract" || !strings.Contains(h.Error, "[secret]") || strings.Contains(h.Error, "4711") || len(h.Error) > maxErrorBytes+3 {
		t.Errorf("reported %+v", h)
	}
}

func TestReportedHitHasItsStreamTimes(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n")
		fmt.Fprint(w, "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n")
	})
	arm := scenario(t, url, "target.dialect=openai", "target.auth.scheme=none", "target.stream=true")
	a := newArm(t, arm, 1)
	var reported []hits.Hit
	a.OnHit(func(h hits.Hit) { reported = append(reported, h) })
	if _, _, err := a.Open(context.Background(), time.Now(), 0, 1); err != nil || len(reported) == 0 {
		t.Fatal(len(reported), err)
	}
	for _, h := range reported {
		if !(h.FirstByte <= h.FirstContent && h.FirstContent <= h.FirstOutput && h.FirstOutput <= h.LastContent && h.LastContent <= h.End) || h.InputTokens != 9 || h.OutputTokens != 4 || h.Class != "" {
			t.Errorf("reported %+v", h)
		}
	}
}
