package record

// AuthMS is what authentication costs a request, in ms: at the client a credential's
// cost shared by the requests made while one is good, so that a short run does not
// make it look dear, and at the server what it reports. Nil where it is not known.
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
		if a.Blocks[i].Complete { // the length of a slice that was cut short is not known
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
