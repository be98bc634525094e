package reports

import (
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
)

// Judged is a record with what its rules and claims make of it; of a record alone
// where nothing judged it.
type Judged struct {
	Record    *record.Record
	Judgement gate.Judgement
	Claims    []gate.ClaimResult
}
