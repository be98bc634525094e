package svg

import (
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
)

// pen writes the data of a path. Points that are printed as the one before are left out.
type pen struct {
	strings.Builder
	last string
}

// to adds a command with the coordinates of its points, the last of which is where it ends.
func (p *pen) to(command string, coordinates ...float64) {
	var printed []string
	for _, v := range coordinates {
		printed = append(printed, short(v))
	}
	n := len(printed)
	end := printed[n-2] + "," + printed[n-1]
	if command == "L" && end == p.last {
		return
	}
	p.WriteString(command + strings.Join(printed, ","))
	p.last = end
}

// data is the path in SVG's words.
func (c *Canvas) data(path vg.Path) string {
	to := c.top().to
	var p pen
	for _, part := range path {
		x, y := to.of(part.Pos)
		switch part.Type {
		case vg.MoveComp:
			p.to("M", x, y)
		case vg.LineComp:
			p.to("L", x, y)
		case vg.ArcComp:
			arc(&p, to, part)
		case vg.CurveComp:
			command, coordinates := "Q", []float64(nil)
			for _, control := range part.Control {
				cx, cy := to.of(control)
				coordinates = append(coordinates, cx, cy)
			}
			if len(part.Control) == 2 {
				command = "C"
			}
			p.to(command, append(coordinates, x, y)...)
		case vg.CloseComp:
			p.WriteString("Z")
		}
	}
	return p.String()
}

// arc adds an arc in parts of a third of a circle at most, as SVG has no whole circle.
func arc(p *pen, to matrix, part vg.PathComp) {
	at := func(angle float64) (x, y float64) {
		sin, cos := math.Sincos(angle)
		return to.of(vg.Point{X: part.Pos.X + part.Radius*vg.Length(cos), Y: part.Pos.Y + part.Radius*vg.Length(sin)})
	}
	x, y := at(part.Start)
	command := "L"
	if p.Len() == 0 {
		command = "M"
	}
	p.to(command, x, y)
	pieces := max(math.Ceil(math.Abs(part.Angle)/(2*math.Pi/3)-1e-9), 1)
	radius := part.Radius.Points() * math.Sqrt(math.Abs(to.a*to.d-to.b*to.c))
	sweep := 0.0 // turning left, which is upside down in SVG
	if part.Angle < 0 {
		sweep = 1
	}
	for i := 1.0; i <= pieces; i++ {
		x, y = at(part.Start + part.Angle*i/pieces)
		p.to("A", radius, radius, 0, 0, sweep, x, y)
	}
}
