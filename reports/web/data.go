package web

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"weighbridge/bench/record"
	"weighbridge/reports/plot"
)

// The page's script reads this. Its keys are short, because there are many of them.
type (
	pageData struct {
		Axes  []axisData          `json:"axes"`
		Arms  []armData           `json:"arms"`
		Plots map[string]plotData `json:"plots"`
	}
	axisData struct {
		Name   string   `json:"n"`
		Levels []string `json:"l"`
	}
	armData struct {
		// Levels are the numbers of its levels, by axis.
		Levels []int `json:"l"`
	}
	plotData struct {
		X      string      `json:"x"`
		Scale  plot.Scale  `json:"scale"`
		Long   bool        `json:"long,omitempty"`
		Panels []panelData `json:"panels"`
	}
	panelData struct {
		Y     string     `json:"y"`
		Scale plot.Scale `json:"scale"`
		Lines []lineData `json:"lines"`
	}
	lineData struct {
		Arm    int     `json:"a"`
		Name   string  `json:"n"`
		Colour string  `json:"c"`
		Dashes figures `json:"d,omitempty"`
		Width  float64 `json:"w"`
		X      figures `json:"x"`
		Y      figures `json:"y"`
		Low    figures `json:"low,omitempty"`
		High   figures `json:"high,omitempty"`
	}
)

// figures are numbers; what is not one is written as null.
type figures []float64

// MarshalJSON writes the figures in as few characters as they need.
func (f figures) MarshalJSON() ([]byte, error) {
	out := []byte{'['}
	for i, v := range f {
		if i > 0 {
			out = append(out, ',')
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			out = append(out, "null"...)
			continue
		}
		out = strconv.AppendFloat(out, v, 'g', -1, 64)
	}
	return append(out, ']'), nil
}

// dataOf is the data of the page as JSON that HTML takes for nothing else.
func dataOf(d Document) string {
	all := pageData{Axes: []axisData{}, Arms: []armData{}, Plots: map[string]plotData{}}
	for _, axis := range d.Axes {
		all.Axes = append(all.Axes, axisData{axis.Name, axis.Levels})
	}
	for i := range d.Arms {
		all.Arms = append(all.Arms, armData{levelsOf(&d.Arms[i], d.Axes)})
	}
	for _, p := range d.Plots {
		if p.Lines != nil {
			all.Plots[p.Name] = plotDataOf(p.Lines)
		}
	}
	var out bytes.Buffer
	// It escapes <, >, &, U+2028 and U+2029.
	if err := json.NewEncoder(&out).Encode(all); err != nil {
		panic("web: data without a number that JSON lacks cannot be encoded: " + err.Error())
	}
	return out.String()
}

func levelsOf(arm *record.Arm, axes []record.Axis) []int {
	levels := []int{}
	for _, axis := range axes {
		levels = append(levels, slices.Index(axis.Levels, arm.Levels[axis.Name]))
	}
	return levels
}

func plotDataOf(l *plot.Lines) plotData {
	out := plotData{X: l.X, Scale: l.Scale, Long: l.Long}
	for _, panel := range l.Panels {
		p := panelData{panel.Y, panel.Scale, []lineData{}}
		for _, line := range panel.Lines {
			p.Lines = append(p.Lines, lineData{line.Arm, line.Label, line.Colour, line.Dashes, line.Width, line.X, line.Y, line.Low, line.High})
		}
		out.Panels = append(out.Panels, p)
	}
	return out
}
