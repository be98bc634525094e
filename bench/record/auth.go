package record

// Credentials is what a client spent on credentials in some time: Count of them were fetched or
// signed, in TotalMS altogether, with so many token requests, failed ones included.
type Credentials struct {
	Count    uint64  `json:"count"`
	TotalMS  float64 `json:"total_ms"`
	Requests uint64  `json:"requests"`
}

func (c *Credentials) merge(other Credentials) {
	c.Count += other.Count
	c.TotalMS = addMS(c.TotalMS, other.TotalMS)
	c.Requests += other.Requests
}

// AuthMS is the cost of authentication per request, in ms. The client's is the cost of a
// credential over the requests made during its lifetime, so that a short run does not
// overstate it; the server's is what it reports as auth. Nil where unknown.
func (a *Arm) AuthMS() (client, server *float64) {
	var reported Sum
	requests, seconds := uint64(0), 0.0
	for i := range a.Blocks {
		s := a.Main(&a.Blocks[i])
		if s == nil {
			continue
		}
		reported.Count += s.Server["auth"].Count
		reported.TotalMS += s.Server["auth"].TotalMS
		if a.Blocks[i].Complete { // how long a slice lasted that was cut short is unknown
			requests, seconds = requests+s.Requests, seconds+s.DurationMS/1000
		}
	}
	auth := a.Totals.ClientAuth
	if life := float64(requests) / seconds * auth.LifeMS / 1000; auth.Count > 0 && life > 0 {
		client = new(auth.TotalMS / float64(auth.Count) / life)
	}
	if reported.Count > 0 {
		server = new(reported.TotalMS / float64(reported.Count))
	}
	return client, server
}
