package reports

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"weighbridge/reports/reportstest"
)

// look is a folder to write what the browser shows to, for a person to look at.
var look = flag.String("look", "", "the `DIR` to write pages and pictures of them to")

//go:embed testdata/browser/audit.js
var audit string

// tab is a tab of the browser with a page in it, and what went wrong in it.
type tab struct {
	context.Context
	t    *testing.T
	name string
	mu   sync.Mutex
	// wrong is what the console said, and what was requested.
	wrong []string
}

// open opens the page of a report in a tab.
func open(t *testing.T, in context.Context, name string, html []byte) *tab {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".html")
	if err := os.WriteFile(path, html, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, closeTab := chromedp.NewContext(in)
	t.Cleanup(closeTab)
	opened := &tab{Context: ctx, t: t, name: name}
	address := "file://" + filepath.ToSlash(path)
	chromedp.ListenTarget(ctx, func(event any) {
		switch event := event.(type) {
		case *runtime.EventExceptionThrown:
			opened.note("an exception: " + event.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			opened.note("the console says " + event.Type.String())
		case *log.EventEntryAdded:
			opened.note("the log says " + event.Entry.Text)
		case *network.EventRequestWillBeSent:
			if event.Request.URL != address {
				opened.note("it fetches " + event.Request.URL[:min(len(event.Request.URL), 80)])
			}
		}
	})
	opened.run(network.Enable(), log.Enable(), chromedp.Navigate(address))
	return opened
}

func (b *tab) note(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrong = append(b.wrong, what)
}

// run runs actions, which must succeed.
func (b *tab) run(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b, actions...); err != nil {
		b.t.Fatalf("%s: %v; the page says %q", b.name, err, b.wrong)
	}
}

// asked is the value of an expression in the page.
func asked[T any](b *tab, expression string) (v T) {
	b.t.Helper()
	b.run(chromedp.Evaluate(expression, &v))
	return v
}

// expect expects an expression in the page to be true.
func (b *tab) expect(expression string) {
	b.t.Helper()
	if !asked[bool](b, expression) {
		b.t.Errorf("%s: it is not true that %s", b.name, expression)
	}
}

// show sets the width of the window and whether the page is dark.
func (b *tab) show(width int64, dark bool) {
	b.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.run(emulation.SetDeviceMetricsOverride(width, 900, 1, width < 500),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		// Two frames, so that plots have been drawn in the new width.
		chromedp.Evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`, nil, awaited))
	if *look != "" {
		var picture []byte
		b.run(chromedp.FullScreenshot(&picture, 100))
		b.keep(fmt.Sprintf("%s-%d-%s.png", b.name, width, scheme), picture)
	}
}

func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// keep writes a file for a person to look at.
func (b *tab) keep(name string, raw []byte) {
	b.t.Helper()
	if *look == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(*look, name), raw, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// Every kind of page is whole and legible in a real browser, at the widths of a desktop, a tablet and
// a phone, light and dark and on paper; it fetches nothing, and its console stays silent.
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	in := reportstest.Browser(t)
	for name, html := range pages(t) {
		b := open(t, in, name, html)
		b.keep(name+".html", html)
		for i, width := range []int64{1400, 1024, 390} {
			for _, dark := range []bool{false, true} {
				if name != "matrix" && dark == (i == 1) && *look == "" {
					continue // of the others, half of what the matrix is tried in
				}
				if name == "compared-matrix" && i == 1 && *look == "" {
					continue // it is made like the matrix
				}
				b.show(width, dark)
				for _, wrong := range asked[[]string](b, audit) {
					t.Errorf("%s at %d px, dark %v: %s", name, width, dark, wrong)
				}
			}
		}
		if name == "matrix" {
			b.show(1400, false)
			testUse(b)
		}
		switch name {
		case "errors": // a kind of failure is of no arm
			testSwitch(b, "#plot-errors-over-time .legend button", "#plot-errors-over-time", 8)
			testCopy(b)
		case "sweep-50":
			testIntervals(b)
		case "compared-matrix": // the base, which is the fourth axis
			testSwitch(b, `button[data-key='3 0']`, "#plot-over-time", 8)
		}
		testPrint(b)
		for _, wrong := range b.wrong {
			t.Errorf("%s: %s", name, wrong)
		}
	}
}

// pages are pages of every kind. Those of records and of comparisons that differ little from others are only
// for a person to look at.
func pages(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for name, j := range shapes() {
		if *look != "" || name != "sweep-12" && name != "two-axes" {
			out[name] = reported(t, "html", j)
		}
	}
	for name, c := range comparisons() {
		if *look != "" || name == "compared-matrix" {
			out[name] = compareText(t, Screen{}, "html", c)
		}
	}
	out["trend"] = trendAs(t, "html", moved())
	return out
}

// testUse uses the page of the matrix: its filters, its legends and its tables.
func testUse(b *tab) {
	b.t.Helper()
	const arms = `[...document.querySelectorAll("#arms tbody tr")].filter((r) => r.checkVisibility())`
	const first = arms + `.map((r) => Number(r.cells[1].textContent.replace(",", "")))`
	b.expect(arms + `.length === 8`)
	click := func(selector string) { b.run(chromedp.Click(selector, chromedp.ByQuery)) }
	click(`button[data-key="0 1"]`) // batch10
	b.expect(arms + `.length === 4 && document.querySelector('button[data-key="0 1"]').ariaPressed === "false"`)
	const marks = `[...document.querySelectorAll('#plot-tps [data-arm="4"]')]`
	b.expect(marks + `.length > 1 && ` + marks + `.every((e) => getComputedStyle(e).display === "none")`)
	b.expect(`document.querySelector("#plot-latency-percentile .legend button:last-child").ariaPressed === "false"`)
	b.expect(`document.querySelector("[role=status]").textContent === "4 of 8 arms are shown"`)
	click(`button[data-key="0 1"]`)
	click(`#plot-latency-percentile .legend button:nth-child(2)`)
	b.expect(arms + `.length === 7`)
	click(`#plot-latency-percentile .legend button:nth-child(2)`)
	b.expect(arms + `.length === 8`)

	click(`#arms th:nth-child(2) button`) // TPS
	b.expect(first + `.every((v, i, all) => i === 0 || all[i - 1] <= v) && document.querySelector("#arms th:nth-child(2)").ariaSort === "ascending"`)
	click(`#arms th:nth-child(2) button`)
	b.expect(first + `.every((v, i, all) => i === 0 || all[i - 1] >= v)`)
	click(`#arms th:nth-child(2) button`)
	b.expect(`document.querySelector("#arms tbody th").textContent === "single · h1 · oauth" && !document.querySelector("#arms th:nth-child(2)").ariaSort`)

	// What has the focus of the keyboard shows it.
	b.run(chromedp.Focus(`#arms th:nth-child(2) button`, chromedp.ByQuery), chromedp.KeyEvent("\t"))
	b.expect(`document.activeElement !== document.body && parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2 && getComputedStyle(document.activeElement).outlineStyle !== "none"`)

	// Plots can be zoomed, and say what is under the pointer.
	b.expect(`document.querySelectorAll("#plot-over-time canvas").length === 5`)
	b.run(chromedp.ScrollIntoView(`#plot-latency-percentile .u-over`, chromedp.ByQuery))
	const over = `document.querySelector("#plot-latency-percentile .u-over").getBoundingClientRect().toJSON()`
	at := asked[map[string]float64](b, over)
	b.run(chromedp.MouseEvent("mouseMoved", at["x"]+at["width"]/2, at["y"]+at["height"]/2), chromedp.Poll(`!document.querySelector("#plot-latency-percentile .tip").hidden`, nil, chromedp.WithPollingTimeout(5*time.Minute)))
	b.expect(`document.querySelector("#plot-latency-percentile .tip").textContent.includes("batch10 · h2 · jwt")`)
	testZoom(b)
}

// testIntervals expects that no panel of a plot with intervals cuts them at an edge, which only the grey lines of
// its grid touch.
func testIntervals(b *tab) {
	b.t.Helper()
	b.show(1400, false)
	b.await(`document.querySelectorAll("#plot-by-level .panel canvas").length > 0`)
	b.expect(`[...document.querySelectorAll("#plot-by-level .panel")].every((panel) => {
		const canvas = panel.querySelector("canvas"), all = canvas.getBoundingClientRect(), over = panel.querySelector(".u-over").getBoundingClientRect();
		const by = canvas.width / all.width;
		const width = Math.floor(over.width * by), height = Math.floor(over.height * by);
		const {data} = canvas.getContext("2d").getImageData((over.left - all.left) * by, (over.top - all.top) * by, width, height);
		const grey = ([r, g, b, alpha]) => alpha < 60 || Math.max(r, g, b) - Math.min(r, g, b) < 40;
		return [1, height - 2].every((y) => [...Array(width).keys()].every((x) => grey(data.slice(4 * (y * width + x), 4 * (y * width + x + 1)))));
	})`)
}

// testCopy copies the table of failures: it has what the drawings say in words, once.
func testCopy(b *tab) {
	b.t.Helper()
	b.run(chromedp.Evaluate(`Object.defineProperty(navigator, "clipboard", {value: {writeText: async (text) => { window.copied = text; }}}); true`, nil))
	b.run(chromedp.Click(`#errors .tools button`, chromedp.ByQuery))
	b.await(`window.copied?.split("\n").some((line) => line.split("\t")[3] === "5–7 s")`)
	b.expect(`document.querySelectorAll("#errors td.when svg.strip title").length > 0 && !window.copied.includes("The run took")`)
}

// await waits until an expression in the page is true.
func (b *tab) await(expression string) {
	b.t.Helper()
	b.run(chromedp.Poll(expression, nil, chromedp.WithPollingTimeout(5*time.Minute)))
}

// drag drags the pointer over a part of an element, from one share of its width to another.
func (b *tab) drag(selector string, from, to float64) {
	b.t.Helper()
	b.run(chromedp.ScrollIntoView(selector, chromedp.ByQuery))
	at := asked[map[string]float64](b, `document.querySelector("`+selector+`").getBoundingClientRect().toJSON()`)
	x, y := func(share float64) float64 { return at["x"] + share*at["width"] }, at["y"]+at["height"]/2
	b.run(chromedp.MouseEvent("mousePressed", x(from), y, chromedp.ButtonLeft, chromedp.ClickCount(1)),
		chromedp.MouseEvent("mouseMoved", x((from+to)/2), y, chromedp.ButtonLeft), chromedp.MouseEvent("mouseMoved", x(to), y, chromedp.ButtonLeft),
		chromedp.MouseEvent("mouseReleased", x(to), y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
}

// testZoom drags over a part of the time, in the brush and in a panel: all panels show it alone, the brush
// says what part it is, and a button shows all again.
func testZoom(b *tab) {
	b.t.Helper()
	const panels = `[...document.querySelectorAll("#plot-over-time .panel:not(.brush) canvas")].map((c) => c.toDataURL())`
	const selected = `(parseFloat(document.querySelector("#plot-over-time .brush .u-select").style.width) / document.querySelector("#plot-over-time .brush .u-over").clientWidth)`
	b.run(chromedp.Evaluate(`window.whole = `+panels+`; true`, nil))
	for _, where := range []string{"#plot-over-time .brush .u-over", "#plot-over-time .panel .u-over"} {
		b.drag(where, 0.3, 0.6)
		b.await(panels + `.every((drawn, i) => drawn !== whole[i])`)
		b.expect(`Math.abs(` + selected + ` - 0.3) < 0.02`)
		b.run(chromedp.Click(`#plot-over-time .tools button:nth-child(3)`, chromedp.ByQuery))
		b.run(chromedp.MouseEvent("mouseMoved", 1, 1))
		b.await(panels + `.every((drawn, i) => drawn === whole[i])`)
	}
}

// testSwitch switches off what is of one button, and expects so many rows of arms then, and other lines.
func testSwitch(b *tab, button, plot string, rows int) {
	b.t.Helper()
	lines := `document.querySelector("` + plot + ` .panel canvas").toDataURL()`
	b.run(chromedp.Evaluate(`window.drawn = `+lines+`; true`, nil), chromedp.Click(button, chromedp.ByQuery))
	b.await(lines + ` !== drawn`)
	b.expect(fmt.Sprintf(`document.querySelector(%q).ariaPressed === "false" && [...document.querySelectorAll("#arms tbody tr")].filter((r) => r.checkVisibility()).length === %d`, button, rows))
}

// testPrint prints the page: all of every table is within the paper, and the drawings replace what only
// a screen can show.
func testPrint(b *tab) {
	b.t.Helper()
	var pdf []byte
	b.run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = page.PrintToPDF().WithPreferCSSPageSize(true).Do(ctx)
		return err
	}))
	b.keep(b.name+".pdf", pdf)
	expectPrinted(b, pdf)
	const paper = 1046 // px of the 277 mm between the margins of A4 landscape
	b.run(emulation.SetDeviceMetricsOverride(paper, 740, 1, false), emulation.SetEmulatedMedia().WithMedia("print"))
	for _, wrong := range asked[[]string](b, `(() => {
		const wrong = [];
		for (const cell of document.querySelectorAll("th, td")) {
			const box = cell.getBoundingClientRect();
			if (!cell.closest(".off") && (box.width < 1 || box.right > innerWidth + 1)) wrong.push("a cell is not on the paper: " + cell.textContent);
		}
		for (const svg of document.querySelectorAll(".drawing svg")) {
			const box = svg.getBoundingClientRect();
			if (box.width < 100 || box.right > innerWidth + 1) wrong.push("a drawing is not on the paper, or too small: " + svg.ariaLabel + " " + box.width);
		}
		for (const e of document.querySelectorAll("button:not(th button), canvas, nav")) if (e.checkVisibility()) wrong.push("it is of no use on paper: " + e.outerHTML.slice(0, 80));
		return wrong.slice(0, 8);
	})()`) {
		b.t.Errorf("%s on paper: %s", b.name, wrong)
	}
	b.run(emulation.SetEmulatedMedia())
}

// Without its script the page is whole: every drawing and every table is there, and nothing that needs
// the script.
func TestPageWithoutScript(t *testing.T) {
	t.Parallel()
	b := open(t, reportstest.Browser(t), "empty", []byte("<!DOCTYPE html><title>x</title>"))
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, reported(t, "html", shapes()["matrix"]), 0o600); err != nil {
		t.Fatal(err)
	}
	b.run(emulation.SetScriptExecutionDisabled(true), chromedp.Navigate("file://"+filepath.ToSlash(path)), emulation.SetScriptExecutionDisabled(false))
	b.expect(`document.querySelectorAll("button, canvas").length === 0 && document.getElementById("chips").hidden`)
	b.expect(`[...document.querySelectorAll("figure svg")].length >= 7 && [...document.querySelectorAll("figure svg")].every((e) => e.getBoundingClientRect().width > 300)`)
	b.expect(`[...document.querySelectorAll("a[download]")].map((a) => a.download).join() === "summary.json,arms.csv"`)
	if got := asked[string](b, `atob(document.querySelector("a[download]").href.split(",")[1])`); !strings.HasPrefix(got, `{"schema":"weighbridge.summary/v1"`) {
		t.Errorf("the JSON in the page begins %.60q", got)
	}
}
