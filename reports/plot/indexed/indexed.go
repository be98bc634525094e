// Package indexed makes images smaller whose colours are few.
package indexed

import (
	"cmp"
	"encoding/binary"
	"image"
	"image/color"
	"maps"
	"slices"
)

// size is how many colours a palette of a PNG image holds.
const size = 256

// Of returns an opaque picture with a palette, its pixels in the memory given, or false if it has
// too many colours that differ. Colours that differ little, such as shades at the edge of a line, become
// the most frequent one of them; those of lines, areas and text stay as they are. An image with a palette
// takes the encoder a third of the time of one without.
func Of(picture *image.RGBA, pixels []uint8) (*image.Paletted, bool) {
	counts := countColours(picture)
	for _, bits := range []uint{5, 4, 3} {
		frequent := map[color.RGBA]color.RGBA{} // the most frequent of those that are alike in so many bits
		for c, n := range counts {
			best, found := frequent[rounded(c, bits)]
			if !found || n > counts[best] || n == counts[best] && compareColours(c, best) < 0 {
				frequent[rounded(c, bits)] = c
			}
		}
		if len(frequent) > size {
			continue
		}
		palette, places := color.Palette{}, map[color.RGBA]uint8{}
		for _, c := range slices.SortedFunc(maps.Values(frequent), compareColours) {
			places[rounded(c, bits)] = uint8(len(palette))
			palette = append(palette, c)
		}
		for c := range counts {
			places[c] = places[rounded(c, bits)]
		}
		return index(picture, palette, places, pixels), true
	}
	return nil, false
}

// rounded returns a colour with the first bits of each channel, and an alpha that no opaque one has.
func rounded(c color.RGBA, bits uint) color.RGBA {
	mask := uint8(0xff) << (8 - bits)
	return color.RGBA{c.R & mask, c.G & mask, c.B & mask, 0}
}

func compareColours(a, b color.RGBA) int {
	return cmp.Or(cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
}

// pixel returns the four bytes of the pixel whose first byte is at i, as a number to compare with others.
func pixel(picture *image.RGBA, i int) uint32 {
	return binary.LittleEndian.Uint32(picture.Pix[i : i+4])
}

// opaque returns the colour of a pixel.
func opaque(pixel uint32) color.RGBA {
	return color.RGBA{uint8(pixel), uint8(pixel >> 8), uint8(pixel >> 16), 255}
}

// countColours returns how many pixels have each colour.
func countColours(picture *image.RGBA) map[color.RGBA]int {
	counts := map[color.RGBA]int{}
	for i := 0; i < len(picture.Pix); {
		first, from := pixel(picture, i), i
		for i < len(picture.Pix) && pixel(picture, i) == first { // most are like the one before
			i += 4
		}
		counts[opaque(first)] += (i - from) / 4
	}
	return counts
}

// index returns a picture whose colours have the places given in a palette.
func index(picture *image.RGBA, palette color.Palette, places map[color.RGBA]uint8, pixels []uint8) *image.Paletted {
	for i := 0; i < len(pixels); {
		first := pixel(picture, 4*i)
		place := places[opaque(first)]
		for i < len(pixels) && pixel(picture, 4*i) == first {
			pixels[i] = place
			i++
		}
	}
	return &image.Paletted{Pix: pixels, Stride: picture.Rect.Dx(), Rect: picture.Rect, Palette: palette}
}
