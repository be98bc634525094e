package page

import (
	"fmt"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/reports/table"
)

// claims is the section of Claims.
func claims(from Source) Section {
	t := Claims(from.Claims)
	t.About = fmt.Sprintf("Claims: one holds where the whole %g%% interval of what was measured is as it says. Claims change no verdict.", figures.Confidence*100)
	return Section{Table: t}
}

// Claims is the table of all claims.
func Claims(all []gate.ClaimResult) table.Table {
	t := table.New("", all, []table.ColumnOf[gate.ClaimResult]{
		table.Words("claim", func(c gate.ClaimResult) table.Value { return table.Text(c.ID) }),
		table.Words("says", func(c gate.ClaimResult) table.Value { return table.Text(c.Says) }),
		table.Numbers("claimed", func(c gate.ClaimResult) table.Value { return table.Claimed{Is: c.Is, V: c.Claimed} }),
		table.Numbers("measured (bounds)", func(c gate.ClaimResult) table.Value { return table.Measured{V: c.Measured, Low: c.Low, High: c.High} }),
		table.Words("verdict", func(c gate.ClaimResult) table.Value { return table.Verdict(c.Verdict) }),
		table.Words("why", func(c gate.ClaimResult) table.Value { return table.Text(c.Why) }),
		table.Words("otherwise", func(c gate.ClaimResult) table.Value { return table.Text(c.Otherwise) }),
	})
	t.Sentences = true
	return t
}

// claimPoint is a claim at one level of the axis along which it was tried.
type claimPoint struct {
	claim gate.ClaimResult
	gate.Point
}

// claimsAlong is the table of the claims that were tried along an axis, level by level.
func claimsAlong(from Source) Section {
	var rows []claimPoint
	for _, c := range from.Claims {
		if c.Along == nil {
			continue
		}
		for _, p := range c.Along.Points {
			rows = append(rows, claimPoint{c, p})
		}
	}
	t := table.New("Claims along an axis, all else being as they say.", rows, []table.ColumnOf[claimPoint]{
		table.Words("claim", func(p claimPoint) table.Value { return table.Text(p.claim.ID) }),
		table.Words("setting", func(p claimPoint) table.Value { return table.Text(p.claim.Along.Setting) }),
		table.Words("is", func(p claimPoint) table.Value { return table.Text(p.Text) }),
		table.Numbers("claimed", func(p claimPoint) table.Value { return table.Claimed{Is: p.claim.Is, V: p.claim.Claimed} }),
		table.Numbers("measured (bounds)", func(p claimPoint) table.Value { return table.Measured{V: p.Measured, Low: p.Low, High: p.High} }),
		table.Words("verdict", func(p claimPoint) table.Value { return table.Verdict(p.Verdict) }),
	})
	return Section{Title: "Claims along an axis", Details: true, Table: t}
}
