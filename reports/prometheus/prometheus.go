// Package prometheus has the rules, the alert and the dashboard for runs that are watched live.
package prometheus

import _ "embed" // for the files below

// Rules is the recording rule of the success rate and its alert, for Prometheus.
//
//go:embed rules.yml
var Rules []byte

// Dashboard is a dashboard for Grafana.
//
//go:embed dashboard.json
var Dashboard []byte
