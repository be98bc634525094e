package main

import (
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"weighbridge/reports/reportstest"
)

// lookAt is a folder to write what the browser shows to, for a person to look at.
var lookAt = flag.String("look", "", "the `DIR` to write pictures of the page of a run to")

// The page of a run is live in a real browser: it shows the run while it is on, keeps the policy that it is
// served with, is legible on a phone, and says when the run has ended.
func TestThePageOfARunInABrowser(t *testing.T) {
	browser := reportstest.Browser(t)
	audit, err := os.ReadFile("../../reports/testdata/browser/audit.js")
	if err != nil {
		t.Fatal(err)
	}
	target, arrived, release := heldServer(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "held.yaml")
	write(t, file, heldScenario(target))
	url, exit := startRun(t, "watch at ", "run", file, "--out", filepath.Join(dir, "out"), "--serve", "localhost:0")
	<-arrived

	tab, closeTab := chromedp.NewContext(browser)
	defer closeTab()
	var mu sync.Mutex
	var wrong []string
	note := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		wrong = append(wrong, what)
	}
	chromedp.ListenTarget(tab, func(event any) {
		switch event := event.(type) {
		case *runtime.EventExceptionThrown:
			note("an exception: " + event.ExceptionDetails.Error())
		case *log.EventEntryAdded:
			note("the log says " + event.Entry.Text)
		}
	})
	do := func(actions ...chromedp.Action) {
		t.Helper()
		if err := chromedp.Run(tab, actions...); err != nil {
			t.Fatalf("%v; the page says %q", err, wrong)
		}
	}
	await := func(expression string) chromedp.Action {
		return chromedp.Poll(expression, nil, chromedp.WithPollingTimeout(5*time.Minute))
	}
	do(log.Enable(), chromedp.Navigate(url), await(`document.querySelector("#scenario").textContent === "held" && Number(document.querySelector("#arms tr")?.cells[5].textContent) > 0`),
		await(`document.querySelector("#rates path.answered")?.getAttribute("d").startsWith("M")`))
	for width, scheme := range map[int64]string{1400: "light", 390: "dark"} {
		var found []string
		var picture []byte
		do(emulation.SetDeviceMetricsOverride(width, 700, 1, width < 500), emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
			chromedp.Evaluate(string(audit), &found))
		for _, what := range found {
			t.Errorf("%d px, %s: %s", width, scheme, what)
		}
		if *lookAt != "" {
			do(chromedp.FullScreenshot(&picture, 100))
			write(t, filepath.Join(*lookAt, "watch-"+scheme+".png"), string(picture))
		}
	}
	release()
	do(await(`document.querySelector("#progress").textContent.startsWith("The run has ended")`))
	if code := <-exit; code != exitDone {
		t.Errorf("exit code %d", code)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, what := range wrong {
		t.Error(what)
	}
}
