// Package regional sends the attempts of an arm to several regions, checks their health, and counts
// what went where.
package regional

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"weighbridge/bench/record/byregion"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/outbound"
	"weighbridge/target/regions"
	"weighbridge/target/transport"
)

// Regions are the regions of an arm at one endpoint, and the checks of their health. A nil *Regions
// has none.
type Regions struct {
	transport.Regions // of the client
	checks            *transport.Connections
	path              target.Path
	once              sync.Once
	stop              func()
}

// Endpoint is how the regions of an arm are reached.
type Endpoint struct {
	// URLs are the URLs of a mock's regions, by name.
	URLs map[string]string
	// Roots are the trusted certificates; nil stands for the system's.
	Roots *x509.CertPool
	// Checks is how health checks are sent, by connections of Dialer.
	Checks target.Client
	Dialer outbound.Dialer
}

// New returns the regions of an arm; nil if it has none. draw draws from [0,1), for several goroutines
// at once. Nothing is checked before Watch.
func New(arm scenarios.Arm, end Endpoint, draw func() float64) (*Regions, error) {
	names := arm.RegionNames()
	if len(names) == 0 {
		return nil, nil
	}
	r := &Regions{Regions: transport.Regions{Names: names, Sessions: uint64(arm.Target.Routing.Sessions)}, stop: func() {}}
	config := regions.Config{
		Routing: arm.Target.Routing, Health: arm.Target.Health, DNS: arm.Target.DNS,
		Draw: draw,
	}
	for _, name := range names {
		region := arm.Target.Regions[name]
		address := region.URL
		if address == "" {
			address = end.URLs[name]
		}
		base, err := target.ParseURL(address)
		if err != nil {
			return nil, fmt.Errorf("target.regions.%s.url: %w", name, err)
		}
		r.Bases = append(r.Bases, outbound.Spelled(base))
		config.Weights = append(config.Weights, region.WeightOr1())
	}
	var err error
	if r.path, err = target.ParsePath(arm.Target.Health.Path); err != nil {
		return nil, fmt.Errorf("target.health.path: %w", err)
	}
	r.Router = regions.New(config)
	checks := end.Checks
	checks.InFlight = len(names)
	r.checks, err = transport.NewConnections(checks, end.Roots, end.Dialer)
	return r, err
}

// Servers are the regions as a client sends to them; nil without regions.
func (r *Regions) Servers() *transport.Regions {
	if r == nil {
		return nil
	}
	return &r.Regions
}

// Watch measures how near the regions are, and checks them from then on. Called again, it does nothing.
func (r *Regions) Watch(ctx context.Context) {
	if r == nil {
		return
	}
	r.once.Do(func() {
		r.Router.Measure(ctx, r.check)
		r.stop = r.Router.Watch(r.check)
	})
}

// maxHealth is how much of the answer to a health check is read, in bytes.
const maxHealth = 64 << 10

// check asks a region whether it is well.
func (r *Regions) check(ctx context.Context, region int) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.path.On(r.Bases[region]).String(), nil)
	if err != nil {
		return false
	}
	resp, err := r.checks.RoundTrip(req)
	if err != nil {
		return false
	}
	_, err = io.CopyN(io.Discard, resp.Body, maxHealth)
	_ = resp.Body.Close() // it was read, or is of no use
	return (err == nil || err == io.EOF) && resp.StatusCode >= 200 && resp.StatusCode < 400
}

// Close ends the checks.
func (r *Regions) Close() {
	if r == nil {
		return
	}
	r.stop()
	r.checks.Close()
}

// Log is the attempts that went to one region.
type Log struct {
	Answered, Unanswered *roaring.Bitmap
	// Sessions is the answers by what they told of the state of their session.
	Sessions map[string]uint64
}

// Logs are the attempts of an arm by region; nil without regions.
type Logs map[string]*Log

// Add logs an attempt, if it went to a region.
func (l *Logs) Add(a transport.Attempt) {
	if a.Region == "" {
		return
	}
	one := (*l)[a.Region]
	if one == nil {
		one = &Log{Answered: roaring.New(), Unanswered: roaring.New(), Sessions: map[string]uint64{}}
		if *l == nil {
			*l = Logs{}
		}
		(*l)[a.Region] = one
	}
	if a.Session != "" {
		one.Sessions[a.Session]++
	}
	if a.Status == 0 {
		one.Unanswered.Add(a.ID)
		return
	}
	one.Answered.Add(a.ID)
}

// Count counts the attempts of a request by their regions.
func Count(to *byregion.Regions, attempts []transport.Attempt) {
	before := ""
	for _, a := range attempts {
		to.Add(byregion.Attempt{Region: a.Region, Status: a.Status, Service: a.Service, Session: a.Session}, before)
		before = a.Region
	}
}

// Way is the regions of a request's attempts in order, and the attempts' ids, both separated by ;; ""
// without regions.
func Way(attempts []transport.Attempt) (regions, ids string) {
	if len(attempts) == 0 || attempts[0].Region == "" {
		return "", ""
	}
	names, numbers := make([]string, len(attempts)), make([]string, len(attempts))
	for i, a := range attempts {
		names[i], numbers[i] = a.Region, strconv.FormatUint(uint64(a.ID), 10)
	}
	return strings.Join(names, ";"), strings.Join(numbers, ";")
}
