package alarm

import (
	"context"
	"testing"
	"time"
)

func TestAlarmsAreNeverEarly(t *testing.T) {
	for name, make := range map[string]func(context.Context) *Alarm{"of the kernel": New, "of the runtime": OfRuntime} {
		ctx, cancel := context.WithCancel(t.Context())
		a := make(ctx)
		for _, d := range []time.Duration{-time.Second, 0, time.Microsecond, time.Millisecond, 30 * time.Millisecond} {
			at := time.Now().Add(d)
			if !a.Wait(at) || time.Now().Before(at) {
				t.Errorf("alarm %s: rang %v early", name, time.Until(at))
			}
		}
		time.AfterFunc(time.Millisecond, cancel)
		if a.Wait(time.Now().Add(time.Hour)) {
			t.Errorf("alarm %s: the end of its context does not end a wait", name)
		}
		a.Close()
	}
}
