package svg

import (
	"bytes"
	"image/color"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func TestDarkColoursStandOutAsLightOnesDo(t *testing.T) {
	t.Parallel()
	paper := Dark("ffffff")
	for _, c := range []string{"000000", "0072b2", "d55e00", "008c66", "be5a96", "3c91c8", "b07800", "7d7d7d", "440154", "b00020"} {
		if light, dark := contrast(c, "ffffff"), contrast(Dark(c), paper); dark < min(light, 4.5) {
			t.Errorf("%s has a contrast of %.2f:1 against white, and as %s of %.2f:1 against %s", c, light, Dark(c), dark, paper)
		}
	}
	if contrast(paper, "000000") > 2 || Dark("000000") < "d0" {
		t.Errorf("white becomes %s, black %s", paper, Dark("000000"))
	}
}

// drawn is what a canvas writes of a line, an arc, a rectangle and a mark.
func drawn(t *testing.T, label string) string {
	t.Helper()
	c := New(100, 50, label)
	c.SetColor(color.RGBA{0, 114, 178, 255})
	c.SetLineDash([]vg.Length{5, 3}, 0)
	end := Mark(c, 3, "an <arm>")
	var line vg.Path
	line.Move(vg.Point{X: 0, Y: 0})
	line.Line(vg.Point{X: 10, Y: 20})
	line.Line(vg.Point{X: 10.01, Y: 20})
	c.Stroke(line)
	end()
	var circle vg.Path
	circle.Move(vg.Point{X: 60, Y: 25})
	circle.Arc(vg.Point{X: 50, Y: 25}, 10, 0, 6.283185307179586)
	circle.Close()
	c.Fill(circle)
	var out bytes.Buffer
	if _, err := c.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestDocumentsHaveColoursAndPagesClasses(t *testing.T) {
	t.Parallel()
	document, element := drawn(t, ""), drawn(t, `a "plot"`)
	for _, want := range []string{`<path d="M0,50L10,30" fill="none" stroke="#0072b2" stroke-dasharray="5 3"/>`, `d="M60,25A10,10,0,0,0,45,16.3A10,10,0,0,0,45,33.7A10,10,0,0,0,60,25Z" fill="#0072b2"`, "<?xml"} {
		if !strings.Contains(document, want) {
			t.Errorf("the document lacks %s:\n%s", want, document)
		}
	}
	for _, want := range []string{`class="s0072b2"`, `class="f0072b2"`, `<g data-arm="3"><title>an &lt;arm&gt;</title>`, `aria-label="a &#34;plot&#34;"`} {
		if !strings.Contains(element, want) {
			t.Errorf("the element lacks %s:\n%s", want, element)
		}
	}
	if strings.Contains(element, "style=") || strings.Contains(document, "class=") || strings.Contains(document, "<title>") {
		t.Error("the element has a style of its own, or the document needs one")
	}
}

// What is drawn within a part of the canvas is marked too.
func TestMarksWithinParts(t *testing.T) {
	t.Parallel()
	c := New(100, 50, "a plot")
	part := draw.Crop(draw.Crop(draw.New(c), 1, 1, 1, 1), 1, 1, 1, 1)
	Mark(part.Canvas, 3, "an arm")()
	Mark(part, NoArm, "")()
	if got := c.body.String(); !strings.Contains(got, `<g data-arm="3"><title>an arm</title>`) || strings.Count(got, "<g") != 2 {
		t.Errorf("the marks are %q", got)
	}
}
