package indexed

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"
)

func TestPalettesKeepWhatIsFrequent(t *testing.T) {
	white, line, edge := color.RGBA{255, 255, 255, 255}, color.RGBA{0x44, 0x77, 0xaa, 255}, color.RGBA{0x45, 0x76, 0xab, 255}
	picture := image.NewRGBA(image.Rect(0, 0, 20, 10))
	for i := range 200 {
		c := white
		switch {
		case i%20 == 3 || i%20 == 4:
			c = line
		case i == 5:
			c = edge
		}
		picture.SetRGBA(i%20, i/20, c)
	}
	small, ok := Of(picture, make([]uint8, 200))
	if !ok || len(small.Palette) != 2 {
		t.Fatalf("the palette is %v, want the white and the line's colour", small)
	}
	for i := range 200 {
		want := picture.RGBAAt(i%20, i/20)
		if want == edge {
			want = line
		}
		if got := small.At(i%20, i/20); got != want {
			t.Errorf("pixel %d is %v, want %v", i, got, want)
		}
	}
}

func TestManyColoursDoWithoutAPalette(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	picture := image.NewRGBA(image.Rect(0, 0, 100, 100))
	for i := range picture.Pix {
		picture.Pix[i] = uint8(random.Uint32()) | uint8(0xff*((i%4)/3))
	}
	if _, ok := Of(picture, make([]uint8, 10_000)); ok {
		t.Error("10,000 random colours have a palette")
	}
}
