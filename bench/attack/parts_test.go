package attack

import (
	"context"
	"io"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weighbridge/bench/record"
	"weighbridge/bench/schedule"
	"weighbridge/target"
	"weighbridge/target/transport"
)

// drawn is a random hit, put together from parts whose durations are therefore known.
type drawn struct {
	hit    hit
	fills  []time.Duration
	lag    time.Duration
	gap    time.Duration // belongs to no part
	failed map[int]bool
}

func drawHit(t *rapid.T) drawn {
	span := rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(t, "ns"))
	})
	d := drawn{failed: map[int]bool{}, lag: span.Draw(t, "lag")}
	leaves := 10 * time.Second
	r := &request{Batch: schedule.Batch{Due: leaves}}
	x := &exchange{Attempts: []transport.Attempt{
		{Timings: []transport.Timing{{Name: "total", Duration: time.Second}}},
		{Timings: []transport.Timing{{Name: "total", Duration: time.Millisecond}}},
	}}
	for i := range rapid.IntRange(1, 12).Draw(t, "prompts") {
		fill := span.Draw(t, "fill")
		d.fills = append(d.fills, fill)
		r.Prompts = append(r.Prompts, schedule.Prompt{Due: leaves - fill, Block: int((leaves - fill) / (2 * time.Second))})
		if rapid.Bool().Draw(t, "failed") {
			d.failed[i] = true
			x.Outcome.FailedAt = append(x.Outcome.FailedAt, i)
			x.Outcome.Class, x.Outcome.Failed = target.Server, len(d.failed)
		}
	}
	pickedUp := zero.Add(leaves + d.lag)
	x.End = pickedUp
	for _, part := range []*time.Duration{&x.LimitWait, &x.SlotWait, &x.Auth, &x.Earlier, &x.Between, &x.Connect, &x.Sending, &x.Waiting, &x.Body} {
		*part = span.Draw(t, "part")
		gap := time.Duration(rapid.IntRange(-1000, 100_000).Draw(t, "gap"))
		d.gap += gap
		x.End = x.End.Add(*part + gap)
	}
	r.exchange, r.pickedUp = x, pickedUp
	d.hit = r
	return d
}

func nanoseconds(s record.Sum) time.Duration { return time.Duration(math.Round(s.TotalMS * 1e6)) }

func TestPartsAddUpToTheResponseLatency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tl := newTally()
		var want record.Parts
		total, answered := time.Duration(0), uint64(0)
		for range rapid.IntRange(1, 5).Draw(t, "hits") {
			d := drawHit(t)
			tl.addOpen(d.hit)
			x := d.hit.exchange
			for i, fill := range d.fills {
				if d.failed[i] {
					continue
				}
				answered++
				total += x.End.Sub(zero.Add(d.hit.Prompts[i].Due))
				for sum, part := range map[*record.Sum]time.Duration{
					&want.Fill: fill, &want.SendLag: d.lag, &want.LimitWait: x.LimitWait, &want.SlotWait: x.SlotWait, &want.Auth: x.Auth,
					&want.Earlier: x.Earlier, &want.Between: x.Between, &want.Connect: x.Connect, &want.Sending: x.Sending,
					&want.Waiting: x.Waiting, &want.Body: x.Body, &want.Remainder: d.gap,
				} {
					if part != 0 {
						sum.Add(part)
					}
				}
				want.AddServer("total", time.Millisecond) // the last attempt's
			}
		}
		var got record.Parts
		counted := uint64(0)
		for _, s := range settled(tl) {
			counted += s.Answered
			got.Merge(s.Parts)
		}
		if !reflect.DeepEqual(got, want) || counted != answered {
			t.Fatalf("%d prompts:\n got %+v\nwant %+v", counted, got, want)
		}
		sum := time.Duration(0)
		for _, part := range got.All() {
			sum += nanoseconds(*part.Sum)
		}
		if sum != total {
			t.Fatalf("the parts add up to %v, want %v", sum, total)
		}
	})
}

func TestPartsOfAClosedSliceStartAtThePickUp(t *testing.T) {
	tl := newTally()
	h := answered(300*time.Millisecond, target.Outcome{}, 0, 0)
	h.pickedUp = zero.Add(200 * time.Millisecond)
	h.exchange.Parts = transport.Parts{SlotWait: 3 * time.Millisecond, Waiting: 90 * time.Millisecond}
	tl.addClosed(h, zero.Add(100*time.Millisecond), zero.Add(500*time.Millisecond))
	for name, c := range map[string]struct {
		pickedUp time.Duration
		o        target.Outcome
	}{
		"hit of the lead-in": {50, target.Outcome{}}, "failed hit": {200, target.Outcome{Class: target.Server, Failed: 2}},
	} {
		ignored := answered(300*time.Millisecond, c.o, 0, 0)
		ignored.pickedUp = zero.Add(c.pickedUp * time.Millisecond)
		tl.addClosed(ignored, zero.Add(100*time.Millisecond), zero.Add(500*time.Millisecond))
		if got := settled(tl)[0].Parts.Waiting.Count; got != 2 {
			t.Errorf("%s: the parts of %d prompts are summed, want 2", name, got)
		}
	}
	want := record.Parts{
		SlotWait: record.Sum{Count: 2, TotalMS: 6}, Waiting: record.Sum{Count: 2, TotalMS: 180}, Remainder: record.Sum{Count: 2, TotalMS: 14},
		Server: map[string]record.Sum{"total": {Count: 2, TotalMS: 36}, "auth": {Count: 2, TotalMS: 2}},
	}
	if got := *settled(tl)[0].Parts; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// Over loopback the remainder is less than half of the response latency under both kinds
// of load, even on a busy machine.
func TestRemainderIsSmall(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		time.Sleep(5 * time.Millisecond)
		_, _ = io.WriteString(w, strings.Repeat("x", 1000))
	})
	arm := scenario(t, url, "target.batch.size=3", "load.closed={in_flight: 4, duration: 100ms, ramp: 10ms}")
	a := newArm(t, arm, 1)
	slices, _, err := a.Open(context.Background(), time.Now(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	closed, _, err := a.Closed(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*record.Slice{"open": slices[0], "closed": closed} {
		sum := 0.0
		for _, part := range s.Parts.All() {
			sum += part.TotalMS
		}
		n := float64(s.Answered)
		if mean := s.Response.Mean().Seconds() * 1000; n == 0 || sum/n < mean*0.998-0.001 || sum/n > mean*1.002+0.001 {
			t.Errorf("%s: the parts add up to %v ms per prompt, the mean response latency is %v ms", name, sum/n, mean)
		}
		if mean := s.Parts.Remainder.TotalMS / n; mean < -0.001 || mean > sum/n/2 {
			t.Errorf("%s: the remainder is %v of %v ms per prompt", name, mean, sum/n)
		}
		if mean := s.Parts.Waiting.TotalMS / n; mean < 4.9 {
			t.Errorf("%s: the wait for the server is %v ms, want about 5", name, mean)
		}
		if filled := s.Parts.Fill.TotalMS > 0; filled != (name == "open") {
			t.Errorf("%s: the wait for batches is %+v", name, s.Parts.Fill)
		}
	}
}

func TestPartsNeverExceedTheHit(t *testing.T) {
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	a := newArm(t, scenario(t, url, "load.closed={in_flight: 4, duration: 100ms, ramp: 10ms}", "client.in_flight=2"), 1)
	hits := 0
	until := time.Now().Add(100 * time.Millisecond)
	if err := a.closedAttack(context.Background(), closedLoad{phase: PhaseClosed, until: until}, func(h hit) {
		hits++
		if left := h.exchange.End.Sub(h.pickedUp) - h.exchange.Sum(); left < -time.Microsecond {
			t.Errorf("hit %d: the parts %+v exceed its duration by %v", hits, h.exchange.Parts, -left)
		}
	}); err != nil || hits == 0 {
		t.Fatal(hits, err)
	}
}
