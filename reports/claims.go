package reports

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"weighbridge/bench/record"
	"weighbridge/reports/page"
	"weighbridge/reports/plot"
	"weighbridge/reports/render"
	"weighbridge/reports/summary"
	"weighbridge/reports/web"
)

// ClaimsFormats lists the formats of WriteClaims, in the order in which to offer them.
func ClaimsFormats() []string { return []string{"table", "markdown", "json"} }

// ClaimsOf is the claims of several records by their ids, on one page.
type ClaimsOf struct {
	Judged []*Judged
	// Only are the ids wanted, as MatchesClaim reads them; none is all.
	Only []string
}

// MatchesClaim reports whether a claim's id is one of the ids, or begins with one of them and a
// hyphen: C9 is C9-cache too. No ids match all.
func MatchesClaim(id string, only []string) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(one string) bool { return id == one || strings.HasPrefix(id, one+"-") })
}

// WriteClaims prints the page in the format; only the table depends on the screen.
func WriteClaims(w io.Writer, screen Screen, format string, c ClaimsOf) error {
	switch format {
	case "table":
		return render.Table(w, screen, c.page())
	case "markdown":
		return render.Markdown(w, c.page(), nil)
	case "json":
		return c.writeJSON(w)
	}
	return unknownFormat(format, ClaimsFormats())
}

func (c ClaimsOf) page() page.Page {
	var sources []page.Source
	for _, j := range c.Judged {
		sources = append(sources, page.SourceOf(j.Printable()))
	}
	return page.ClaimsPage(sources, func(id string) bool { return MatchesClaim(id, c.Only) })
}

// ClaimsSchema is the name and version of the claims as JSON.
const ClaimsSchema = "weighbridge.claims/v1"

// claimOfRun is a claim with the run that measured it.
type claimOfRun struct {
	Scenario string     `json:"scenario"`
	Started  time.Time  `json:"started"`
	Seed     uint64     `json:"seed"`
	Valid    bool       `json:"valid"`
	Env      record.Env `json:"env"`
	summary.Claim
}

func (c ClaimsOf) writeJSON(w io.Writer) error {
	out := struct {
		Schema string       `json:"schema"`
		Claims []claimOfRun `json:"claims"`
	}{ClaimsSchema, []claimOfRun{}}
	for _, j := range c.Judged {
		for _, claim := range j.Summary().Claims {
			if MatchesClaim(claim.ID, c.Only) {
				rec := j.Record
				out.Claims = append(out.Claims, claimOfRun{rec.Scenario.Name, rec.Started, rec.Plan.Seed, len(rec.Invalid) == 0, rec.Env, claim})
			}
		}
	}
	return json.NewEncoder(w).Encode(out)
}

// ClaimsFiles makes the files of the page: claims.md, claims.html and claims.json.
func ClaimsFiles(c ClaimsOf) ([]File, error) {
	var md, html, raw bytes.Buffer
	var plots []plot.Plot
	for _, j := range c.Judged {
		p, err := plot.Claims(j.Printable())
		if err != nil {
			return nil, err
		}
		if p != nil {
			plots = append(plots, *p)
		}
	}
	if err := web.Write(&html, web.Document{Page: c.page(), Plots: plots}); err != nil {
		return nil, err
	}
	if err := render.Markdown(&md, c.page(), nil); err != nil {
		return nil, err
	}
	if err := c.writeJSON(&raw); err != nil {
		return nil, err
	}
	return []File{{"claims.md", md.Bytes()}, {"claims.html", html.Bytes()}, {"claims.json", raw.Bytes()}}, nil
}
