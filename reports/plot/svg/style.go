package svg

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Variables are CSS declarations of the colours: for a light page as the plots were drawn, for a dark one
// as Dark makes them.
func Variables(colours []string, dark bool) string {
	var out strings.Builder
	for _, colour := range colours {
		is := colour
		if dark {
			is = Dark(colour)
		}
		fmt.Fprintf(&out, "--k%s:#%s;", colour, is)
	}
	return out.String()
}

// Classes are the CSS rules of the classes that drawings in a page use for the colours.
func Classes(colours []string) string {
	var out strings.Builder
	for _, colour := range colours {
		fmt.Fprintf(&out, ".%[1]s{stroke:var(--k%[3]s)}.%[2]s{fill:var(--k%[3]s)}", class("stroke", colour), class("fill", colour), colour)
	}
	return out.String()
}

// The lightness of a dark page, 0…1, and that of its text.
const (
	darkPaper = 0.22
	darkText  = 0.95
)

// Dark is the colour, rrggbb, of a dark page for one of a white page: of the same hue, as light as the
// other is dark, and lighter where it takes that to stand out as well as the other does, up to what text
// needs. White becomes the colour of the page itself.
func Dark(colour string) string {
	l, a, b := toOKLab(colour)
	needed := min(contrast(colour, "ffffff"), 4.5)
	paper := atLightness(darkPaper, 0, 0)
	for light := darkPaper + (1-l)*(darkText-darkPaper); ; light += 0.01 {
		if is := atLightness(light, a, b); contrast(is, paper) >= needed || light >= 1 {
			return is
		}
	}
}

// atLightness is the colour of a lightness and a hue, as colourful as screens can show.
func atLightness(light, a, b float64) string {
	for range 40 {
		r, g, blue := fromOKLab(light, a, b)
		if inside(r) && inside(g) && inside(blue) {
			return hex(r) + hex(g) + hex(blue)
		}
		a, b = a*0.93, b*0.93
	}
	r, g, blue := fromOKLab(light, 0, 0)
	return hex(r) + hex(g) + hex(blue)
}

// OKLab (B. Ottosson, "A perceptual color space for image processing", 2020) has lightness and two axes
// of colour; equal lightness looks equally light.
func toOKLab(colour string) (lightness, a, b float64) {
	v, _ := strconv.ParseUint(colour, 16, 32)
	r, g, blue := linear(v>>16&255), linear(v>>8&255), linear(v&255)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*blue)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*blue)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*blue)
	return 0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s
}

func fromOKLab(lightness, a, b float64) (r, g, blue float64) {
	l := math.Pow(lightness+0.3963377774*a+0.2158037573*b, 3)
	m := math.Pow(lightness-0.1055613458*a-0.0638541728*b, 3)
	s := math.Pow(lightness-0.0894841775*a-1.2914855480*b, 3)
	return 4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s
}

func inside(linear float64) bool { return linear >= -0.001 && linear <= 1.001 }

// linear is the share of light that a channel, 0…255, stands for (IEC 61966-2-1).
func linear(v uint64) float64 {
	s := float64(v) / 255
	if s <= 0.04045 {
		return s / 12.92
	}
	return math.Pow((s+0.055)/1.055, 2.4)
}

// hex is the channel for a share of light, as two digits.
func hex(linear float64) string {
	linear = min(max(linear, 0), 1)
	s := linear * 12.92
	if linear > 0.0031308 {
		s = 1.055*math.Pow(linear, 1/2.4) - 0.055
	}
	return fmt.Sprintf("%02x", int(math.Round(s*255)))
}

// contrast is the contrast of two colours, rrggbb, from 1 to 21 (WCAG 2.2).
func contrast(one, other string) float64 {
	luminance := func(colour string) float64 {
		v, _ := strconv.ParseUint(colour, 16, 32)
		return 0.2126*linear(v>>16&255) + 0.7152*linear(v>>8&255) + 0.0722*linear(v&255) + 0.05
	}
	a, b := luminance(one), luminance(other)
	return max(a, b) / min(a, b)
}
