package attack

import (
	"weighbridge/bench/record"
	"weighbridge/target/transport"
)

// addWire adds what went over the connections since before.
func (a *Arm) addWire(before transport.Traffic) {
	now := a.pool.Traffic()
	addBytes(&a.wire.Sent, before.Sent, now.Sent)
	addBytes(&a.wire.Received, before.Received, now.Received)
}

func addBytes(to *record.Bytes, before, now transport.Bytes) {
	to.WireBytes += now.Wire - before.Wire
	to.PlainBytes += now.Plain - before.Plain
	to.HeaderBytes += now.Header - before.Header
	to.BodyBytes += now.Body - before.Body
}
